"""A line for the shell that makes the call: `$MATINEE` is the address of the server, `$TOKEN` an access token."""

import shlex
from typing import Any

from api.ask import FileReply
from api.openapi.examples import json_of
from api.route import PREFIX, Route

FILM = "film.mp4"


def curl(route: Route, *, body: Any = None, query: dict[str, Any] | None = None) -> str:
    """Write the call with its body and what it needs in the query; parameters of the path are variables too."""
    path = route.path
    for name in route.parameters:
        path = path.replace(f"{{{name}}}", f"${name.upper()}")
    asked = "&".join(f"{name}={value}" for name, value in (query or {}).items())
    words = ["curl", *([] if route.method == "GET" else [f"-X {route.method}"])]
    words.append(f'"$MATINEE{PREFIX}{path}{"?" if asked else ""}{asked}"')
    lines = [" ".join(words)]
    if route.access is not None and route.access.token == "required":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if route.sink is not None:
        lines.append(f"--data-binary @{FILM}")
    elif body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json_of(body))}"]
    if route.reply is FileReply:
        lines.append("-o file")
    return " \\\n  ".join(lines)
