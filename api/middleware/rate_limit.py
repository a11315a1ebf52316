"""How many requests somebody may make: a token bucket for each class of routes and each user, or address without one."""

import math
from collections.abc import Mapping

from api.middleware.buckets import Buckets, Level, Limit
from api.middleware.port import Exchange, Middleware
from api.problems import Problem
from api.route import RateClass
from conf.clock import Clock


class RateLimit(Middleware):
    """Asked before the body is read and before any password is looked at.

    Who shows a credential that is refused is counted by address, so that guessing one is limited too.
    """

    name = "rate_limit"

    def __init__(self, *, buckets: Buckets, limits: Mapping[RateClass, Limit], clock: Clock) -> None:
        self._buckets = buckets
        self._limits = dict(limits)
        self._clock = clock

    async def admitted(self, exchange: Exchange) -> None:
        if exchange.route is None or exchange.route.rate_class is None:
            return
        kind = exchange.route.rate_class
        limit = self._limits[kind]
        who = exchange.caller.user_id or f"ip:{exchange.ip}"
        level = await self._buckets.take(f"{kind}:{who}", limit, self._clock.now_ms())
        exchange.reply_lines |= lines(level, limit)
        if not level.allowed:
            wait = level.next_in_seconds(limit)
            raise Problem("rate_limited", retry_after_seconds=math.ceil(wait))


def lines(level: Level, limit: Limit) -> dict[str, str]:
    """Say how things stand, in the header lines of draft-ietf-httpapi-ratelimit-headers-06."""
    return {
        "RateLimit-Limit": str(limit.requests),
        "RateLimit-Remaining": str(level.remaining),
        "RateLimit-Reset": str(math.ceil(level.full_in_seconds(limit))),
        "RateLimit-Policy": f"{limit.requests};w={limit.seconds:g}",
    }
