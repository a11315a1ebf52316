"""Writes `docs/authorisation.md` from the reviewed tables: `python -m tests.api.authorisation.page`."""

from pathlib import Path

from tests.api.authorisation.rows import ROWS
from tests.api.authorisation.rules import CALLERS, MEANINGS
from tests.realtime.authorisation.roles import HELD, ROLES, expected

PAGE = Path(__file__).parents[3] / "docs" / "authorisation.md"
SIGNS = {
    "yes": "✓",
    "unauthenticated": "401",
    "token_expired": "401",
    "suspended": "403",
    "forbidden": "403",
    "conflict": "409",
}
SOCKET_SIGNS = {"yes": "✓"}

HEAD = """\
# Who may do what

Written by `python -m tests.api.authorisation.page` from the tables in `tests/api/authorisation/` and `tests/realtime/authorisation/`,
which people have reviewed and which do not read the code. `tests/api/test_matrix.py` and `tests/realtime/test_role_matrix.py` call
every cell over a real socket; a route or a command without a row fails them. ✓ is let in, a number is the status of the refusal: 404
where the caller may not even learn that the thing exists.

"""


def page() -> str:
    return HEAD + _callers() + _routes() + _commands()


def _callers() -> str:
    lines = "".join(f"* **{caller}** {meaning}.\n" for caller, meaning in MEANINGS.items())
    return f"## Callers\n\n{lines}\n"


def _routes() -> str:
    head = f"| route | rule | thing | {' | '.join(CALLERS)} | |\n|---|---|---|{'---|' * len(CALLERS)}---|\n"
    lines = []
    for row in ROWS.values():
        for thing in row.things():
            cells = " | ".join(SIGNS.get(outcome, "404") for outcome in row.expected(thing).values())
            about = "" if thing == "-" else thing
            lines.append(f"| {_name(row.route)} | {row.rule.name} | {about} | {cells} | {row.why} |\n")
    return f"## Routes\n\n{head}{''.join(lines)}\n"


def _commands() -> str:
    head = f"| frame | {' | '.join(ROLES)} | |\n|---|{'---|' * len(ROLES)}---|\n"
    lines = [
        f"| `{frame}` | {' | '.join(SOCKET_SIGNS.get(cell, cell) for cell in expected(frame).values())} | {held.why} |\n"
        for frame, held in HELD.items()
    ]
    text = (
        "By role in the party, with the settings of a new one. An *outsider* has a connection and has not said hello. A role may\n"
        "act on lower ones only, never on itself or an equal. Words are the codes of the refusals.\n"
    )
    return f"## Frames of the websocket\n\n{text}\n{head}{''.join(lines)}"


def _name(route: str) -> str:
    method, _, path = route.partition(" ")
    return f"{method} `{path}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
