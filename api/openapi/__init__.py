"""The OpenAPI 3.1 document, made from the route table and the msgspec types that the server decodes with."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from api.openapi.headers import Schema, components
from api.openapi.operations import REF, codes, gives_json, key, operation, takes_json
from api.openapi.tags import described
from api.problems import ProblemDocument
from api.route import PREFIX, Route

__all__ = ["codes", "document"]

ABOUT = """\
Watch parties over REST. Commands of a party can be sent here or over its websocket.

Every example can be copied into a shell: `MATINEE` is the address of the server, `TOKEN` an access token of `POST /auth/login`.
"""
SECURITY: Schema = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a sign-in; good for 15 minutes.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "matinee_refresh",
        "description": "The refresh token of a browser, which no script can read (`__Host-matinee_refresh` where the public address is https); others send theirs in the body.",
    },
    "signature": {
        "type": "apiKey",
        "in": "query",
        "name": "signature",
        "description": "With `expires`: a signed address, for players, which send no token.",
    },
}


def document(table: Sequence[Route], *, version: str) -> Schema:
    """Describe every route of `table`. Pure: the same table gives the same document."""
    types = list(_types(table))
    schemas, structs = msgspec.json.schema_components(types, ref_template=REF)
    known = dict(zip(map(key, types), schemas, strict=True))
    paths: dict[str, Schema] = {}
    for route in table:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = operation(route, known)
    shared = share(paths)
    found: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": "Matinee",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": described({route.tag for route in table}),
        "paths": paths,
        "components": {
            "schemas": {
                **structs,
                "Problem": msgspec.json.schema(ProblemDocument, ref_template=REF)["$defs"]["ProblemDocument"],
            },
            "headers": components(),
            "responses": shared,
            "securitySchemes": SECURITY,
        },
    }
    plain: Schema = msgspec.json.decode(msgspec.json.encode(found))  # defaults of the types may be tuples
    return plain


def share(paths: dict[str, Schema]) -> Schema:
    """Take the refusals that are alike out of the operations, and give them by name: they are nine parts of ten."""
    named: Schema = {}
    for route in (route for methods in paths.values() for route in methods.values()):
        for status, reply in route["responses"].items():
            if set(reply.get("content", ())) != {"application/problem+json"}:
                continue
            codes_named = re.findall("`([a-z_]+)`", reply["description"])
            name = "-".join((status, *codes_named))
            while named.setdefault(name, reply) != reply:
                name += "-"
            route["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    return named


def _types(table: Iterable[Route]) -> Iterable[Any]:
    yield ProblemDocument
    for route in table:
        if takes_json(route):
            yield route.body
        if gives_json(route):
            yield route.reply
