"""Browsers that want pushes: what may be called an endpoint, and how many somebody may have."""

import hashlib
import ipaddress
from urllib.parse import urlsplit

from api.problems import Problem, invalid, not_found
from api.services.notifications.push.encryption import BadKey, browser_key
from api.services.public_addresses import is_public
from conf.clock import Clock, utc
from store.database import Store
from store.documents import PushSubscription, User

MOST = 10
"""Browsers a person; a further one takes the place of the oldest."""
HTTPS = 443


class PushSubscriptions:
    """`public_key` is None where this installation sends no pushes."""

    def __init__(self, *, store: Store, clock: Clock, public_key: str | None, private_too: bool) -> None:
        self._store = store
        self._clock = clock
        self._private_too = private_too
        self.public_key = public_key

    async def add(self, user: User, *, endpoint: str, p256dh: str, auth: str, device: str) -> PushSubscription:
        """Remember a browser. Raises `Problem`: `invalid`, or `conflict` where no pushes are sent."""
        if self.public_key is None:
            raise Problem("conflict", "This server sends no pushes.")
        self._check_endpoint(endpoint)
        try:
            browser_key(p256dh, auth)
        except BadKey as error:
            raise invalid("$.keys", f"These are no keys of a subscription: {error}.") from error
        made = PushSubscription(
            id=hashlib.sha256(endpoint.encode()).hexdigest(),
            user_id=user.id,
            endpoint=endpoint,
            p256dh=p256dh,
            auth=auth,
            device=device,
            created_at=utc(self._clock.now_ms()),
        )
        await self._store.push_subscriptions.put(made)
        others = [one for one in await self._store.push_subscriptions.of(user.id) if one.id != made.id]
        for old in others[: max(0, len(others) - MOST + 1)]:
            await self._store.push_subscriptions.remove(user.id, old.id)
        return made

    async def remove(self, user: User, subscription_id: str) -> None:
        """Forget a browser of somebody's. Raises `Problem("not_found")`."""
        if not await self._store.push_subscriptions.remove(user.id, subscription_id):
            raise not_found("subscription")

    def _check_endpoint(self, endpoint: str) -> None:
        try:
            parts = urlsplit(endpoint)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise invalid("$.endpoint", "This is no address.") from error
        if not host or parts.username is not None or not endpoint.isascii() or not endpoint.isprintable():
            raise invalid("$.endpoint", "This is no address of a push service.")
        if self._private_too:
            return
        if parts.scheme != "https" or port not in {None, HTTPS} or not _may_be_public(host):
            raise invalid("$.endpoint", "A push service has a public https address.")


def _may_be_public(host: str) -> bool:
    """Refuse at once what says itself that it is not; a name is looked at when it is resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))
    return is_public(host)
