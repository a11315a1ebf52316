"""The page about REST says what the tables say."""

from api.rest_page import PAGE, page, problems_table, routes_table


def test_the_page_has_both_tables_as_they_are_now() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert routes_table() in text, "run `python -m api.rest_page`"
    assert problems_table() in text, "run `python -m api.rest_page`"
    assert page(text) == text
