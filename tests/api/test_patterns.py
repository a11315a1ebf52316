"""No pattern of a field can be made to take long by what is matched against it (ReDoS)."""

import re
import time
from typing import Any

import pytest

from api.openapi import document
from api.routes import ROUTES

LONG = 60_000  # a body has 64 KiB
PIECES = ("a", "a.", ".", "-", "_", "0", "@", "a@", "a.a@", "A-", "=", "ä", "\n", " ")
MOST_SECONDS = 0.5
"""Linear ones take two milliseconds; a quadratic one takes minutes."""


def patterns(found: Any) -> set[str]:
    """List all patterns of a document."""
    if isinstance(found, dict):
        own = {found["pattern"]} if isinstance(found.get("pattern"), str) else set()
        return own.union(*(patterns(value) for value in found.values()))
    if isinstance(found, list):
        return set().union(*(patterns(value) for value in found))
    return set()


PATTERNS = sorted(patterns(document(ROUTES, version="1")))


def test_there_are_some() -> None:
    assert len(PATTERNS) > 3


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_is_linear(pattern: str) -> None:
    compiled = re.compile(pattern)
    for piece in PIECES:
        whole = piece * (LONG // len(piece))
        for text in (whole, whole + "!", "a@" + whole, whole + "\n", "a@" + whole + " "):
            started = time.process_time()
            compiled.search(text)
            assert time.process_time() - started < MOST_SECONDS, (pattern, piece)
