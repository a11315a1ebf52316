"""Calling addresses that strangers name, without being led into our own network (SSRF).

The name is resolved once, what is no public address is refused, and the connection goes to the address that was looked
at: a name that answers differently a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from typing import Any

from tornado.netutil import DefaultLoopResolver, Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient

CLIENTS = 10
LARGEST_REPLY_BYTES = 64 * 1024
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are an IPv4 address, perhaps one of ours."""


class NotPublic(OSError):  # noqa: N818 - named for what the address is
    """A name leads to an address that is not open to the whole Internet."""


class PublicResolver(Resolver):
    """Resolves names to public addresses only. Raises `NotPublic` where there is none."""

    def initialize(self) -> None:
        self._resolver = DefaultLoopResolver()

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = await self._resolver.resolve(host, port, family)
        # One private address among public ones is no accident.
        if not found or not all(is_public(address[0]) for _family, address in found):
            raise NotPublic("the name leads to an address that is not public")
        return found


def is_public(address: str) -> bool:
    """Say whether an IP address belongs to the open Internet, whatever it is wrapped in."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def public_client(*, private_too: bool = False) -> SimpleAsyncHTTPClient:
    """Make an HTTP client of its own that reaches public addresses only (`private_too`: any, for tests)."""
    resolver = DefaultLoopResolver() if private_too else PublicResolver()
    return SimpleAsyncHTTPClient(
        force_instance=True,
        max_clients=CLIENTS,
        resolver=resolver,
        max_body_size=LARGEST_REPLY_BYTES,
        defaults={"follow_redirects": False, "connect_timeout": 5.0, "request_timeout": 10.0},
    )
