"""The route table, and what every route has in common."""

import json
import re
from dataclasses import replace

import pytest

from api.handlers import health
from api.openapi import document
from api.problems import PROBLEMS
from api.route import Route, RouteError, check
from api.routes import ROUTES


def test_every_route_states_its_access() -> None:
    check(ROUTES)
    assert all(route.access is not None and route.access.meaning for route in ROUTES)


def test_a_route_without_access_is_refused() -> None:
    bare = Route("GET", "/bare", health.healthz, "No access stated.")
    with pytest.raises(RouteError, match="GET /bare states no access"):
        check([*ROUTES, bare])


def test_the_same_route_twice_is_refused() -> None:
    twice = replace(next(route for route in ROUTES if route.parameters), path="/videos/{other_name}", method="GET")
    with pytest.raises(RouteError, match="is there twice"):
        check([*ROUTES, twice])


def test_only_reading_and_the_way_to_an_account_are_open_to_everybody() -> None:
    open_to_all = {
        route.name
        for route in ROUTES
        if route.access is not None and route.access.token != "required" and route.method != "GET"
    }
    assert open_to_all == {
        f"POST /auth/{name}"
        for name in (
            "register",
            "login",
            "refresh",
            "logout",
            "verify-email",
            "resend-verification",
            "forgot-password",
            "reset-password",
        )
    }


def test_whatever_uses_the_cookie_is_closed_to_other_origins() -> None:
    assert {route.name for route in ROUTES if route.same_origin} == {
        f"POST /auth/{name}" for name in ("register", "login", "reauthenticate", "refresh", "logout")
    }


def test_every_problem_that_a_route_names_is_in_the_table() -> None:
    assert {code for route in ROUTES for code in route.problems} <= set(PROBLEMS)


def test_operation_ids_are_unique() -> None:
    names = [route.operation_id for route in ROUTES]
    assert len(names) == len(set(names))


def test_the_document_is_the_same_each_time() -> None:
    assert document(ROUTES, version="1") == document(ROUTES, version="1")


def test_no_pattern_lets_a_line_end_through() -> None:
    """Python's `$` also matches before one: a name with it would look like another's."""
    text = json.dumps(document(ROUTES, version="1"))
    found = {json.loads(f'"{pattern}"') for pattern in re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', text)}
    assert len(found) > 5
    assert [pattern for pattern in found if not pattern.endswith(("$(?!\\n)", "\\Z"))] == []
