"""What the standard wants to be written down is written down, in the part of docs/security.md that people write."""

import re

import pytest

from tests.asvs.items import items
from tests.asvs.page import BEGINNING, PAGE

WRITTEN = PAGE.read_text(encoding="utf-8").partition(BEGINNING)[0]
WANTED = [
    name
    for name, item in items().items()
    if "asvs/test_page::test_the_page_says_what_the_standard_wants_written" in item.by
]


@pytest.mark.parametrize("name", WANTED)
def test_the_page_says_what_the_standard_wants_written(name: str) -> None:
    """Each is named in brackets behind the paragraph that answers it."""
    (paragraph,) = (
        part for part in re.split(r"\n\n", WRITTEN) if re.search(rf"\((?:[\d., ]+, )?{re.escape(name)}[,)]", part)
    )
    assert len(paragraph) > 120, paragraph


def test_somebody_who_finds_a_hole_knows_what_to_do() -> None:
    assert "## How to report" in WRITTEN
