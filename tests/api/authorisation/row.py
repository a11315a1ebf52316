"""One row of the matrix: how a route is called so that it succeeds, and where it lets in others than its rule does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.api.authorisation.rules import RULES, Caller, Rule, things

PREFIX = "/api/v1"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What has been reviewed about one route. Words in braces stand for what `world.py` makes for each cell."""

    route: str
    """Method and path."""
    rule: Rule
    body: Any = None
    raw: str | None = None
    """Name of bytes that are sent instead of a body."""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    but: Mapping[str, str] = field(default_factory=dict)
    """Outcome by caller, or by `thing caller`, where it is not the rule's: the reason stands in `why`."""
    why: str = ""
    changes: bool = True
    """False where calling it changes nothing, so that all cells may share one thing."""

    def expected(self, thing: str) -> dict[Caller, str]:
        """Give the reviewed outcome of each caller."""
        return {
            caller: self.but.get(f"{thing} {caller}", self.but.get(caller, outcome))
            for caller, outcome in RULES[self.rule, thing].items()
        }

    def things(self) -> list[str]:
        return things(self.rule)


OPEN = Rule("public", "ignored")
OPTIONAL = Rule("public", "optional")
USER = Rule("user", "required")
VERIFIED = Rule("verified", "required")
STAFF = Rule("staff", "required")


def get(path: str, rule: Rule, **given: Any) -> Row:
    return Row(route=f"GET {path}", rule=rule, changes=False, **given)


def post(path: str, rule: Rule, body: Any = None, **given: Any) -> Row:
    return Row(route=f"POST {path}", rule=rule, body=body, **given)


def patch(path: str, rule: Rule, body: Any = None, **given: Any) -> Row:
    return Row(route=f"PATCH {path}", rule=rule, body=body, **given)


def put(path: str, rule: Rule, body: Any = None, **given: Any) -> Row:
    return Row(route=f"PUT {path}", rule=rule, body=body, **given)


def delete(path: str, rule: Rule, **given: Any) -> Row:
    return Row(route=f"DELETE {path}", rule=rule, **given)
