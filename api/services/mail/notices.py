"""The facts of a notice, as the outbox keeps them: what it says, line by line, and where each line leads."""

from collections.abc import Mapping, Sequence

import msgspec

Line = tuple[str, str]
"""A sentence, and the path of our own address that it leads to."""


def notice(lines: Sequence[Line], more: int = 0) -> dict[str, str]:
    """Write lines as the fields of a mail; `more` says how many there was no room for."""
    return {"lines": msgspec.json.encode(lines).decode(), "more": str(more)}


def read_notice(fields: Mapping[str, str]) -> tuple[list[Line], int]:
    """Read them back; a mail that is no notice has none."""
    return msgspec.json.decode(fields.get("lines", "[]"), type=list[Line]), int(fields.get("more", "0"))
