"""Every route with every kind of caller: each cell of docs/authorisation.md is called over a real socket."""

import json
import re
from typing import Any

import pytest

from api.routes import ROUTES
from tests.api.authorisation.page import PAGE, page
from tests.api.authorisation.row import Row
from tests.api.authorisation.rows import ROWS
from tests.api.authorisation.rules import RULES, Caller, Rule
from tests.api.authorisation.world import World
from tests.api.client import Api, Reply

pytestmark = pytest.mark.integration

NAMED = re.compile(r"{(\w+)}")
CASES = [(row, thing) for row in ROWS.values() for thing in row.things()]


def test_every_route_has_its_reviewed_row_and_the_rule_that_was_reviewed() -> None:
    stated = {route.name: Rule(route.access.name, route.access.token) for route in ROUTES if route.access is not None}
    assert stated == {name: row.rule for name, row in ROWS.items()}, "review tests/api/authorisation/rows_*.py"


def test_every_rule_has_been_reviewed() -> None:
    assert {row.rule for row in ROWS.values()} <= {rule for rule, _ in RULES}, "review tests/api/authorisation/rules.py"


def test_what_lets_in_others_than_its_rule_says_why() -> None:
    assert all(row.why for row in ROWS.values() if row.but)


def test_the_page_shows_the_tables_as_they_are_now() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.api.authorisation.page`"


@pytest.mark.parametrize(("row", "thing"), CASES, ids=[f"{row.route} {thing}" for row, thing in CASES])
@pytest.mark.gen_test(timeout=60)
async def test_each_caller_is_let_in_or_refused_as_reviewed(api: Api, world: World, row: Row, thing: str) -> None:
    await world.begin()
    made: dict[str, Any] | None = None
    found: dict[Caller, str] = {}
    for caller in row.expected(thing):
        if made is None or row.changes:
            made = await world.make(names_in(row), thing)
        found[caller] = outcome(await send(api, row, made, world.credential(caller), world.clip))
    assert found == row.expected(thing)


def names_in(row: Row) -> set[str]:
    named = set(NAMED.findall(json.dumps([row.route, row.body, dict(row.query), dict(row.headers)])))
    return named | ({row.raw} if row.raw else set())


async def send(api: Api, row: Row, made: dict[str, Any], credential: str, clip: bytes) -> Reply:
    method, _, path = row.route.partition(" ")
    return await api.call(
        method,
        filled(path, made),
        filled(row.body, made),
        raw=(made[row.raw] or clip) if row.raw else None,
        token=credential,
        query=filled(dict(row.query), made) or None,
        headers=filled(dict(row.headers), made),
    )


def filled(value: Any, made: dict[str, Any]) -> Any:
    """Put what was made in the place of its name in braces."""
    if isinstance(value, dict):
        return {name: filled(inner, made) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, made) for inner in value]
    return NAMED.sub(lambda match: str(made[match[1]]), value) if isinstance(value, str) else value


def outcome(reply: Reply) -> str:
    return "yes" if reply.status < 400 else str(reply.body["code"])
