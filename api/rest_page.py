"""The two tables of `docs/rest.md`, from the route table and the table of problems: `python -m api.rest_page`."""

import re
from pathlib import Path

from api.problems import PROBLEMS
from api.routes import ROUTES

PAGE = Path(__file__).parent.parent / "docs" / "rest.md"
ROUTES_HEAD = "| route | access | |\n|---|---|---|\n"
PROBLEMS_HEAD = "| code | status | meaning | may the same request succeed later |\n|---|---|---|---|\n"


def routes_table() -> str:
    return ROUTES_HEAD + "".join(
        f"| {route.method} `{route.path}` | {route.access.name if route.access else ''} | {route.summary} |\n"
        for route in ROUTES
    )


def problems_table() -> str:
    return PROBLEMS_HEAD + "".join(
        f"| `{code}` | {meaning.status} | {meaning.title} | {'yes' if meaning.retry else ''} |\n"
        for code, meaning in PROBLEMS.items()
    )


def page(text: str) -> str:
    """Give the page with both tables as they are now; the rest of it stays."""
    for head, table in ((ROUTES_HEAD, routes_table()), (PROBLEMS_HEAD, problems_table())):
        text = re.sub(re.escape(head) + r"(?:\|.*\n)*", lambda _old, table=table: table, text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
