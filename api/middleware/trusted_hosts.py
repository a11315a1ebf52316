"""Only names of ours are answered to.

A page of evil.example whose name is made to lead to our address (DNS rebinding) is, to the browser, of our origin; it
cannot hide the name that it came by, though: the Host line says it.
"""

from collections.abc import Collection

from api.middleware.port import Exchange, Middleware
from api.problems import Problem


class TrustedHosts(Middleware):
    name = "trusted_hosts"

    def __init__(self, *, trusted: Collection[str]) -> None:
        self._trusted = frozenset(host.lower() for host in trusted)

    async def arrived(self, exchange: Exchange) -> None:
        if exchange.route is not None and exchange.route.tag == "health":
            return  # balancers ask by address
        if exchange.request.host_name.lower() not in self._trusted:
            raise Problem("misdirected")
