"""`If-Match`: change it only if it is still as I saw it."""

import re

from api.ask import Headers
from api.problems import Problem

# `W/`: what compresses a reply, here or in a proxy, has to weaken its tag; the revision in it is none the weaker.
_TAG = re.compile(r'(?:W/)?"(\d{1,15})(?:-[^"]*)?"')


def expected_revision(headers: Headers) -> int | None:
    """Read the revision out of `If-Match`; None where there is no condition, or `*`.

    Our ETags begin with the revision. Raises `Problem("precondition_failed")` for a tag that is none of ours.
    """
    stated = headers.get("If-Match", "").strip()
    if stated in {"", "*"}:
        return None
    match = _TAG.fullmatch(stated)
    if match is None:
        raise Problem("precondition_failed")
    return int(match[1])
