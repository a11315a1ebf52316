"""Pages of other origins: which may read our replies (CORS), and which may use our cookie (none but ours)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

from api.problems import Problem


def refuse_other_pages(request: HTTPServerRequest, trusted: Collection[str]) -> None:
    """Raise `Problem("cross_origin")` where a browser says that a page of another origin sent the request.

    Browsers tell by Sec-Fetch-Site, older ones by Origin; who sends neither is no browser and holds no cookie of ours.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site in {"same-origin", "none"} or (site is None and origin is None):
        return
    if origin is not None and (origin in trusted or (site is None and _host(origin) == request.host.lower())):
        return
    raise Problem("cross_origin", "This route answers pages of its own origin only.")


def reply_headers(request: HTTPServerRequest, trusted: Collection[str]) -> list[tuple[str, str]]:
    """Name the header lines that let a page of a trusted origin read the reply; none for any other."""
    origin = request.headers.get("Origin")
    if origin is None or origin not in trusted:
        return []
    lines = [
        ("Vary", "Origin"),
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "ETag, X-Request-Id, Retry-After, Range"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]
    if request.method == "OPTIONS":
        lines += [
            ("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE"),
            (
                "Access-Control-Allow-Headers",
                "Authorization, Content-Type, Content-Range, If-Match, If-None-Match, Range, X-Matinee-Client, X-Request-Id",
            ),
            ("Access-Control-Max-Age", "600"),
        ]
    return lines


def _host(origin: str) -> str:
    return urlsplit(origin).netloc.lower()
