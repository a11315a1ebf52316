"""The mapping is whole: every requirement is in it, every test that it names is there, and the page says the same."""

import pytest

from tests.asvs.items import LEVEL_1, LEVEL_2, Item, items, names_in, place, share
from tests.asvs.page import PAGE, page

ITEMS = items()


def test_every_requirement_of_both_levels_is_there() -> None:
    levels = [item.level for item in ITEMS.values()]
    assert (levels.count(1), levels.count(2)) == (LEVEL_1, LEVEL_2)
    numbers = [tuple(map(int, name.split("."))) for name in ITEMS]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(("name", "item"), ITEMS.items(), ids=ITEMS)
def test_each_is_shown_argued_or_does_not_apply(name: str, item: Item) -> None:
    assert [bool(item.by), bool(item.na), bool(item.gap)].count(True) == 1, name
    for short in item.by:
        file, test = place(short)
        assert file.exists(), short
        assert test in names_in(file), short


def test_all_that_applies_of_level_1_is_shown() -> None:
    _, applying, shown = share(1)
    assert shown == applying


def test_four_fifths_of_what_applies_of_level_2_are_shown() -> None:
    _, applying, shown = share(2)
    print(f"\nlevel 2: {shown} of {applying} that apply")
    assert shown / applying >= 0.8


def test_the_page_says_what_the_mapping_says() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run `python -m tests.asvs.page`"
