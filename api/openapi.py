"""The OpenAPI 3.1 document, made from the route table and the msgspec types that the server decodes with."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from types import NoneType
from typing import Any

import msgspec

from api.access import Access
from api.ask import FileReply, Nothing, StreamReply
from api.middleware.idempotency import LONGEST_KEY
from api.problems import PROBLEMS, ProblemDocument
from api.route import PREFIX, Route

Schema = dict[str, Any]

ANYWHERE = ("internal", "unavailable", "misdirected")
"""Codes that every route may answer with."""
FRESH = " The session must have been opened by a password within the last 30 minutes (`POST /auth/reauthenticate`)."
REF = "#/components/schemas/{name}"


def document(table: Sequence[Route], *, version: str) -> Schema:
    """Describe every route of `table`. Pure: the same table gives the same document."""
    types = list(_types(table))
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    known = dict(zip(map(_key, types), schemas, strict=True))
    paths: dict[str, Schema] = {}
    for route in table:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Matinee",
            "version": version,
            "description": "Watch parties over REST. Commands of a party can be sent here or over its websocket.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {
                **components,
                "Problem": msgspec.json.schema(ProblemDocument, ref_template=REF)["$defs"]["ProblemDocument"],
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _types(table: Iterable[Route]) -> Iterable[Any]:
    yield ProblemDocument
    for route in table:
        if _takes_json(route):
            yield route.body
        if _gives_json(route):
            yield route.reply


def _key(kind: Any) -> str:
    return repr(kind)


def _takes_json(route: Route) -> bool:
    return route.sink is None and route.body is not Nothing


def _gives_json(route: Route) -> bool:
    return route.reply not in {NoneType, FileReply, StreamReply}


def _operation(route: Route, known: dict[str, Schema]) -> Schema:
    access = route.access
    assert access is not None  # api.route.check has seen to it
    operation: Schema = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": f"Access: {access.meaning}{FRESH if route.fresh else ''}",
        "x-access": access.name,
        **({"x-fresh": True} if route.fresh else {}),
        "security": _security(access),
        "parameters": _parameters(route),
        "responses": _responses(route, known),
    }
    if route.sink is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    elif _takes_json(route):
        operation["requestBody"] = {
            "required": _needs_body(route),
            "content": {"application/json": {"schema": known[_key(route.body)]}},
        }
    return operation


def _needs_body(route: Route) -> bool:
    try:
        return any(field.required for field in msgspec.structs.fields(route.body))
    except TypeError:
        return True  # a union of commands: its tag at least is needed


def _security(access: Access) -> list[Schema]:
    match access.token:
        case "required":
            return [{"bearer": []}]
        case "optional":
            return [{}, {"bearer": []}]
        case _:
            return []


def _parameters(route: Route) -> list[Schema]:
    known = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}}
        for name in route.parameters
    ]
    if route.keeps_reply:
        schema = {"type": "string", "maxLength": LONGEST_KEY}
        known.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema})
    if route.query is Nothing:
        return known
    properties = msgspec.json.schema(route.query, ref_template=REF)["$defs"][route.query.__name__]["properties"]
    return known + [{"name": name, "in": "query", "schema": schema} for name, schema in properties.items()]


def codes(route: Route) -> list[str]:
    """Name every problem code that a route may answer with: what follows from its access and body, and its own."""
    access = route.access
    found = {*ANYWHERE, *route.problems}
    if access is not None and access.token != "ignored":
        found |= {"unauthenticated", "token_expired", "suspended"}
    if route.parameters:
        found.add("not_found")
    if route.rate_class is not None:
        found.add("rate_limited")
    if route.tag != "health":
        found.add("maintenance")
    if route.keeps_reply:
        found |= {"idempotency_mismatch", "in_progress"}
    if access is not None and (access.name in {"staff", "verified"} or access.name in {"party:entered", "party:host"}):
        found.add("forbidden")
    if route.fresh:
        found.add("reauthentication_required")
    if route.same_origin:
        found.add("cross_origin")
    if route.sink is not None:
        found |= {"too_large"}
    else:
        found |= {"bad_json", "invalid", "too_large", "unsupported_media_type"}
    return sorted(found)


def _responses(route: Route, known: dict[str, Schema]) -> Schema:
    responses: Schema = {}
    good: Schema = {"description": "Done."}
    if _gives_json(route):
        good["content"] = {"application/json": {"schema": known[_key(route.reply)]}}
    elif route.reply in {FileReply, StreamReply}:
        good["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    responses[str(route.status)] = good
    if route.method == "GET" and _gives_json(route):
        responses["304"] = {"description": "Not changed since the tag in If-None-Match."}
    for status, meaning in route.also.items():
        # A part of a file is of the file's type; readiness says no with the same document.
        same = status in {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.SERVICE_UNAVAILABLE}
        responses[str(status)] = {"description": meaning, **({"content": good["content"]} if same else {})}
    for status, names in _by_status(codes(route)).items():
        problem = {"schema": {"$ref": REF.format(name="Problem")}}
        content = {**responses.get(str(status), {}).get("content", {}), "application/problem+json": problem}
        text = "; ".join(f"`{name}`: {PROBLEMS[name].title}" for name in names)
        responses[str(status)] = {"description": text, "content": content}
    return responses


def _by_status(names: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name in names:
        found.setdefault(PROBLEMS[name].status, []).append(name)
    return dict(sorted(found.items()))
