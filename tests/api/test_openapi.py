"""The OpenAPI document is whole: valid by the rules of OpenAPI 3.1, and nothing in it is left unsaid."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api.decoding import decode_body
from api.openapi import document
from api.openapi.examples import NAMED, example, json_of
from api.openapi.operations import takes_json
from api.openapi.tags import TAGS
from api.route import Route
from api.routes import ROUTES

DOCUMENT = document(ROUTES, version="0.0.test")
Operation = dict[str, Any]


def operations() -> Iterator[tuple[str, Operation]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def replies(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    for status, reply in operation["responses"].items():
        name = reply.get("$ref", "").rpartition("/")[2]
        yield status, DOCUMENT["components"]["responses"][name] if name else reply


def test_it_is_valid_by_the_rules_of_openapi_31() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_operation_says_what_it_is_and_for_whom() -> None:
    bare = [
        name
        for name, operation in operations()
        if not (operation["summary"].endswith(".") and "Access: " in operation["description"] and operation["x-access"])
    ]
    assert bare == []


def test_every_group_is_described() -> None:
    used = {tag for _, operation in operations() for tag in operation["tags"]}
    assert used <= set(TAGS)
    assert [tag["name"] for tag in DOCUMENT["tags"]] == [name for name in TAGS if name in used]


def test_every_body_and_reply_has_an_example_that_fits() -> None:
    faults = []
    for name, operation in operations():
        spots = [("body", operation.get("requestBody", {})), *replies(operation)]
        for where, spot in spots:
            for kind, media in spot.get("content", {}).items():
                if not kind.endswith("json"):
                    continue
                schema = {**media["schema"], "components": DOCUMENT["components"]}
                errors = Draft202012Validator(schema).iter_errors(media["example"])
                faults += [f"{name} {where}: {error.json_path} {error.message}" for error in errors]
    assert faults == [], "name what does not explain itself in api/openapi/examples.py"


def test_every_parameter_of_a_path_has_an_example_and_every_header_a_meaning() -> None:
    parameters = [parameter for _, operation in operations() for parameter in operation["parameters"]]
    assert all("example" in parameter for parameter in parameters if parameter["in"] == "path")
    assert all(parameter["description"] for parameter in parameters if parameter["in"] == "header")


@pytest.mark.parametrize("route", [route for route in ROUTES if takes_json(route)], ids=lambda route: route.name)
def test_the_server_decodes_its_own_examples(route: Route) -> None:
    body = decode_body(json_of(example(route.body)).encode(), route.body)
    assert body is not None


def test_every_refusal_is_a_problem_and_every_reply_names_its_request() -> None:
    for name, operation in operations():
        for status, reply in replies(operation):
            assert "X-Request-Id" in reply["headers"], (name, status)
            if int(status) >= 400 and int(status) != 503:
                problem = reply["content"]["application/problem+json"]
                assert problem["example"]["status"] == int(status), (name, status)


def test_whoever_needs_a_token_says_401_and_which_kind() -> None:
    schemes = set(DOCUMENT["components"]["securitySchemes"])
    assert schemes == {"bearer", "cookie", "signature"}
    for name, operation in operations():
        assert all(set(need) <= schemes for need in operation["security"]), name
        if operation["security"] == [{"bearer": []}]:
            assert {"401", "403"} <= set(operation["responses"]), name
    cookie = [name for name, operation in operations() if {"cookie": []} in operation["security"]]
    assert cookie == ["POST /api/v1/auth/refresh", "POST /api/v1/auth/logout"]


def test_headers_are_said_where_they_count() -> None:
    paths = DOCUMENT["paths"]
    change = paths["/api/v1/parties/{party_id}"]["patch"]
    assert {"If-Match"} <= {each["name"] for each in change["parameters"]}
    make = paths["/api/v1/parties"]["post"]
    assert {"Idempotency-Key"} <= {each["name"] for each in make["parameters"]}
    assert {"Location", "ETag", "RateLimit-Remaining", "Idempotency-Replayed"} <= set(
        make["responses"]["201"]["headers"]
    )
    refused = dict(replies(make))["429"]["headers"]
    assert refused["Retry-After"]["required"]
    assert {"Content-Range", "Accept-Ranges"} <= set(
        paths["/api/v1/videos/{video_id}/stream"]["get"]["responses"]["206"]["headers"]
    )


def test_the_document_is_small_enough_to_be_read_by_a_browser_at_once() -> None:
    assert len(json_of(DOCUMENT)) < 1_000_000


def test_no_example_is_anybodys_secret() -> None:
    assert all("example.com" in NAMED[name] for name in ("email", "url"))
