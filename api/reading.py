"""What is read from a request's head before anybody is admitted; every fault is a problem."""

from collections.abc import Mapping
from typing import Any

from tornado.httputil import HTTPServerRequest

from api.ask import Headers
from api.middleware.body_limits import has_body
from api.problems import Problem
from api.route import Route

LONGEST_PARAMETER = 64


def route_of(request: HTTPServerRequest, methods: Mapping[str, Route]) -> Route:
    """Find the route among those of the path. Raises `Problem`: `not_found`, `method_not_allowed`."""
    if not methods:
        raise Problem("not_found", "There is nothing at this address.")
    route = methods.get("GET" if request.method == "HEAD" else request.method or "")
    if route is None:
        raise Problem("method_not_allowed", headers={"Allow": ", ".join(allowed(methods))})
    return route


def allowed(methods: Mapping[str, Route]) -> tuple[str, ...]:
    """Name every method that a path can be asked with."""
    return tuple(sorted({*methods, "OPTIONS", *({"HEAD"} if "GET" in methods else ())}))


def parameters(matched: Mapping[str, str]) -> dict[str, str]:
    """Read the parameters of the path; nothing has a name that is longer than `LONGEST_PARAMETER`."""
    if any(len(value) > LONGEST_PARAMETER for value in matched.values()):
        raise Problem("not_found")
    return dict(matched)


def query(request: HTTPServerRequest) -> dict[str, list[str]]:
    try:
        return {name: [v.decode() for v in values] for name, values in request.query_arguments.items()}
    except UnicodeDecodeError as error:
        raise Problem("invalid", "The query is not UTF-8.") from error


def check_type(request: HTTPServerRequest, route: Route) -> None:
    """Raise `Problem("unsupported_media_type")` for a body that is no plain JSON where JSON is taken.

    A page of another origin cannot send JSON without asking first (a preflight), so forms are no way around CORS.
    """
    if not has_body(request) or route.sink is not None:
        return
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("Content-Encoding", "identity") != "identity":
        raise Problem("unsupported_media_type", "Send application/json, not compressed.")


def as_headers(headers: Any) -> Headers:
    """Narrow Tornado's headers to what endpoints may do with them: look one up."""
    found: Headers = headers
    return found
