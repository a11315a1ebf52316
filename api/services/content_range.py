"""`Content-Range` of an upload's piece and `Range` of a download, as RFC 9110 writes them."""

import re
from typing import NamedTuple

from api.problems import Problem

_PIECE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Piece(NamedTuple):
    """Bytes `start` to `stop` (not included) of a file of `total`; start == stop asks how much has arrived."""

    start: int
    stop: int
    total: int | None
    whole: bool = False
    """The request holds the whole file; there is no Content-Range."""


def parse_piece(header: str) -> Piece:
    """Read `Content-Range: bytes 0-99/1000`, or `bytes */1000`. Raises `Problem("invalid")`."""
    match = _PIECE.fullmatch(header.strip())
    if match is None:
        raise Problem("invalid", "Content-Range reads `bytes first-last/total`.")
    total = None if match[3] == "*" else int(match[3])
    if match[1] is None:
        if total is None:
            raise Problem("invalid", "Content-Range: a question needs the total, as in `bytes */1000`.")
        return Piece(0, 0, total)
    start, stop = int(match[1]), int(match[2]) + 1
    if stop <= start or (total is not None and stop > total):
        raise Problem("invalid", "Content-Range: the first byte comes before the last, and both before the total.")
    return Piece(start, stop, total)


class Slice(NamedTuple):
    """Bytes `start` to `stop` (not included)."""

    start: int
    stop: int


def parse_range(header: str, size: int) -> Slice | None:
    """Read `Range` for a file of `size` bytes; None where the whole file is to be sent.

    RFC 9110 14.2: a header that is not understood (several ranges, another unit) is ignored. Raises
    `Problem("range_not_satisfiable")` for one beyond the end.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, stop = max(0, size - int(match[2])), size
        beyond = match[2].strip("0") == "" or size == 0
    else:
        start = int(match[1])
        stop = min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
        beyond = start >= size
    if beyond:
        raise Problem("range_not_satisfiable", headers={"Content-Range": f"bytes */{size}"})
    return Slice(start, stop)
