"""One route as an operation of the OpenAPI document: what it takes, what it answers, and a call to copy."""

import inspect
from collections.abc import Iterable
from http import HTTPStatus
from types import NoneType
from typing import Any

import msgspec

from api.access import Access
from api.ask import FileReply, Nothing, StreamReply
from api.openapi.curl import curl
from api.openapi.examples import example, of_parameter
from api.openapi.headers import Schema, of_reply, of_request
from api.problems import PROBLEMS, Problem
from api.route import Route

ANYWHERE = ("internal", "unavailable", "misdirected")
"""Codes that every route may answer with."""
FRESH = " The session must have been opened by a password within the last 30 minutes (`POST /auth/reauthenticate`)."
REF = "#/components/schemas/{name}"


def takes_json(route: Route) -> bool:
    return route.sink is None and route.body is not Nothing


def gives_json(route: Route) -> bool:
    return route.reply not in {NoneType, FileReply, StreamReply}


def operation(route: Route, known: dict[str, Schema]) -> Schema:
    access = route.access
    assert access is not None  # api.route.check has seen to it
    parameters = _parameters(route)
    body = example(route.body) if takes_json(route) else None
    wanted = {each["name"]: each["example"] for each in parameters if each["in"] == "query" and each["required"]}
    sample = curl(route, body=body, query=wanted)
    found: Schema = {
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "description": f"{_prose(route)}Access: {access.meaning}{FRESH if route.fresh else ''}\n\n```sh\n{sample}\n```",
        "x-access": access.name,
        **({"x-fresh": True} if route.fresh else {}),
        "x-codeSamples": [{"lang": "Shell", "label": "curl", "source": sample}],
        "security": _security(route, access),
        "parameters": parameters,
        "responses": _responses(route, known),
    }
    if route.sink is not None:
        found["requestBody"] = {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    elif takes_json(route):
        found["requestBody"] = {
            "required": _needs_body(route),
            "content": {"application/json": {"schema": known[key(route.body)], "example": body}},
        }
    return found


def _prose(route: Route) -> str:
    """Say what the endpoint says of itself, where it does."""
    text = inspect.getdoc(route.endpoint)
    return f"{text}\n\n" if text else ""


def _needs_body(route: Route) -> bool:
    try:
        return any(field.required for field in msgspec.structs.fields(route.body))
    except TypeError:
        return True  # a union of commands: its tag at least is needed


def _security(route: Route, access: Access) -> list[Schema]:
    if route.takes_cookie:
        return [{}, {"cookie": []}]
    if access.name == "video:playable":
        return [{}, {"bearer": []}, {"signature": []}]
    match access.token:
        case "required":
            return [{"bearer": []}]
        case "optional":
            return [{}, {"bearer": []}]
        case _:
            return []


def _parameters(route: Route) -> list[Schema]:
    path = [
        _with_example({"name": name, "in": "path", "required": True, "schema": {"type": "string", "maxLength": 64}})
        for name in route.parameters
    ]
    if route.query is Nothing:
        return path + of_request(route)
    described = msgspec.json.schema(route.query, ref_template=REF)["$defs"][route.query.__name__]
    needed = described.get("required", ())
    query = [
        _with_example({"name": name, "in": "query", "required": name in needed, "schema": schema})
        for name, schema in described["properties"].items()
    ]
    return path + query + of_request(route)


def _with_example(parameter: Schema) -> Schema:
    found = of_parameter(parameter["name"], parameter["schema"])
    if found is None and parameter["required"]:
        found = parameter["schema"].get("enum", ["text"])[0]
    return parameter if found is None else {**parameter, "example": found}


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
    if gives_json(route):
        shown = {"schema": known[key(route.reply)], "example": example(route.reply)}
        good["content"] = {"application/json": shown}
    elif route.streams_json:
        good["content"] = {"application/json": {"schema": {"type": "object"}, "example": {}}}
    elif route.reply in {FileReply, StreamReply}:
        good["content"] = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    responses[str(route.status)] = good
    if route.method == "GET" and gives_json(route):
        responses["304"] = {"description": "Not changed since the tag in If-None-Match."}
    for status, meaning in route.also.items():
        # A part of a file is of the file's type; readiness says no with the same document.
        same = status in {HTTPStatus.PARTIAL_CONTENT, HTTPStatus.SERVICE_UNAVAILABLE}
        responses[str(status)] = {"description": meaning, **({"content": good["content"]} if same else {})}
    for status, names in _by_status(codes(route)).items():
        content = {**responses.get(str(status), {}).get("content", {}), "application/problem+json": _problem(names[0])}
        text = "; ".join(f"`{name}`: {PROBLEMS[name].title}" for name in names)
        responses[str(status)] = {"description": text, "content": content}
    return {status: {**reply, "headers": of_reply(route, int(status))} for status, reply in responses.items()}


def _problem(code: str) -> Schema:
    shown = msgspec.to_builtins(Problem(code).document("0192f0c13a7b7c1e9d2a4b6c8e0f1a2b"))
    return {"schema": {"$ref": REF.format(name="Problem")}, "example": shown}


def _by_status(names: Iterable[str]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name in names:
        found.setdefault(PROBLEMS[name].status, []).append(name)
    return dict(sorted(found.items()))


def key(kind: Any) -> str:
    """Name a type among those whose schemas were made together."""
    return repr(kind)
