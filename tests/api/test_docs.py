"""The page about REST says what the tables say."""

from pathlib import Path

from api.problems import PROBLEMS
from api.routes import ROUTES

PAGE = (Path(__file__).parents[2] / "docs" / "rest.md").read_text(encoding="utf-8")


def test_the_page_lists_every_route_and_no_other() -> None:
    listed = [
        line for line in PAGE.splitlines() if line.startswith(("| GET", "| POST", "| PUT", "| PATCH", "| DELETE"))
    ]
    assert listed == [
        f"| {route.method} `{route.path}` | {route.access.name if route.access else ''} | {route.summary} |"
        for route in ROUTES
    ]


def test_the_page_lists_every_problem() -> None:
    for code, meaning in PROBLEMS.items():
        retry = "yes" if meaning.retry else ""
        assert f"| `{code}` | {meaning.status} | {meaning.title} | {retry} |" in PAGE
