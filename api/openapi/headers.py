"""The header lines that a route reads and answers with."""

from typing import Any

from api.access import VIDEO_VISIBLE
from api.ask import FileReply, StreamReply
from api.middleware.idempotency import LONGEST_KEY
from api.route import Route
from api.services.videos import SEAT

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}

SHOWN: dict[str, tuple[Schema, str]] = {
    "Accept-Ranges": (TEXT, "Ranges of bytes can be asked for."),
    "Content-Disposition": (TEXT, "How a browser calls the file that it keeps."),
    "Content-Range": (TEXT, "Which bytes these are, and of how many."),
    "ETag": (TEXT, "Names this state, for If-None-Match and If-Match."),
    "Idempotency-Replayed": (
        {"const": "true"},
        "This is the reply to the first request with the same Idempotency-Key.",
    ),
    "Last-Modified": (TEXT, "When the file was last written."),
    "Location": (TEXT, "Where it is."),
    "Range": (TEXT, "Which bytes have arrived."),
    "RateLimit-Limit": (NUMBER, "Requests of this kind in a window."),
    "RateLimit-Policy": (TEXT, "The limit and its window in seconds."),
    "RateLimit-Remaining": (NUMBER, "Requests that are left."),
    "RateLimit-Reset": (NUMBER, "Seconds until all of them are there again."),
    "Retry-After": ({"type": "integer", "minimum": 1}, "Seconds to wait before the next try."),
    "Set-Cookie": (TEXT, "The refresh token of a browser: HttpOnly, SameSite=Strict."),
    "WWW-Authenticate": (TEXT, "The credential that is wanted."),
    "X-Request-Id": (TEXT, "Names this request in the log."),
}
"""Every header line of replies that means something to a client; `Reply` repeats none of those that HTTP itself needs."""
ALWAYS = frozenset({"X-Request-Id"})
LIMITED = ("RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset")
NEEDED: dict[int, frozenset[str]] = {
    206: frozenset({"Content-Range"}),
    307: frozenset({"Location"}),
    416: frozenset({"Content-Range"}),
    429: frozenset({"Retry-After"}),
}
"""What a reply of a status is never without."""


def components() -> Schema:
    return {name: {"description": text, "schema": schema} for name, (schema, text) in SHOWN.items()}


def of_reply(route: Route, status: int) -> Schema:
    """Name the header lines of a reply."""
    names = {*ALWAYS, *(LIMITED if route.rate_class else ()), *_by_status(route, status)}
    found: Schema = {}
    for name in sorted(names):
        if name in NEEDED.get(status, ()):
            schema, text = SHOWN[name]
            found[name] = {"required": True, "description": text, "schema": schema}
        else:
            found[name] = {"$ref": f"#/components/headers/{name}"}
    return found


def _by_status(route: Route, status: int) -> set[str]:
    good = status < 300  # noqa: PLR2004 - RFC 9110: successful
    found: set[str] = set(NEEDED.get(status, ()))
    if status in {429, 503, 409, 403}:
        found.add("Retry-After")
    if status == 401:  # noqa: PLR2004 - unauthorised
        found.add("WWW-Authenticate")
    if good and route.same_origin:
        found.add("Set-Cookie")
    if good and route.keeps_reply:
        found.add("Idempotency-Replayed")
    if status == 201:  # noqa: PLR2004 - created
        found.add("Location")
    if status == 308:  # noqa: PLR2004 - resume
        found.add("Range")
    if (good or status == 304) and not (route.sink and not good):  # noqa: PLR2004 - not modified
        found.add("ETag")
    if route.reply is StreamReply and good:
        found.add("Content-Disposition")
    if route.reply is FileReply and (good or status in {304, 416}):
        found |= {"Accept-Ranges", "Last-Modified", "Content-Disposition", "ETag"}
    return found


def of_request(route: Route) -> list[Schema]:
    """Describe the header lines that a route reads."""
    found: list[Schema] = []
    if route.keeps_reply or route.knows_repeats:
        text = "The same key of the same person has effect once; its reply is kept for a day."
        found.append(_asked("Idempotency-Key", text, {"type": "string", "maxLength": LONGEST_KEY}))
    if "precondition_failed" in route.problems:
        found.append(_asked("If-Match", "Change only this state; else 412.", TEXT))
    if route.method == "GET" and (304 in route.also or route.reply is not FileReply):  # noqa: PLR2004 - not modified
        found.append(_asked("If-None-Match", "Answer 304 where this is still the state.", TEXT))
    if route.reply is FileReply:
        found.append(_asked("Range", "The bytes that are wanted, as in `bytes=0-1023`.", TEXT))
    if route.sink is not None and "range_not_satisfiable" not in route.problems:
        found.append(_asked("Content-Range", "Which bytes these are, as in `bytes 0-1023/4096`.", TEXT))
    if route.access is VIDEO_VISIBLE:
        text = "The session that the `welcome` of the party in `party_id` gave: guests show it instead of a token."
        found.append(_asked(SEAT, text, TEXT))
    if route.same_origin:
        text = "`web` has the refresh token set as a cookie instead of given in the body."
        found.append(_asked("X-Matinee-Client", text, TEXT))
    return found


def _asked(name: str, text: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}
