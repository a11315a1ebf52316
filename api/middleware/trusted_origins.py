"""Pages of other origins may not use our cookie (cross-site request forgery; OWASP ASVS 5.0, 3.5.1).

A cookie is the only thing that browsers send by themselves; every other credential is a header line that only a
script of ours can set. So the check is for the routes that read or set the cookie: `same_origin` in the route table.
"""

from collections.abc import Collection
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest

from api.middleware.port import Exchange, Middleware
from api.problems import Problem


class TrustedOrigins(Middleware):
    name = "trusted_origins"

    def __init__(self, *, trusted: Collection[str]) -> None:
        self._trusted = frozenset(trusted)

    async def arrived(self, exchange: Exchange) -> None:
        if exchange.route is not None and exchange.route.same_origin:
            refuse_other_pages(exchange.request, self._trusted)


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


def _host(origin: str) -> str:
    return urlsplit(origin).netloc.lower()
