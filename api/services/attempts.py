"""Wrong passwords are counted per account and address, and per address alone: who guesses waits, its owner does not."""

from collections import OrderedDict

from api.problems import Problem
from conf.clock import Clock

WINDOW_MS = 15 * 60_000
PER_ACCOUNT = 10
PER_ADDRESS = 100
"""An office or a school behind one address may mistype more often than one person."""
KNOWN = 100_000
"""Counters kept, about 20 MB; the oldest are let go first."""


class Attempts:
    """Counts failures in memory: a restart forgives, and each node counts for itself."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def check(self, ip: str, account: str) -> None:
        """Raise `Problem("rate_limited")` where too many failed of late. Asked before the password is looked at."""
        for key, most in (((ip, account), PER_ACCOUNT), ((ip, ""), PER_ADDRESS)):
            recent = self._recent(key)
            if len(recent) >= most:
                wait_ms = recent[-most] + WINDOW_MS - self._clock.now_ms()
                raise Problem("rate_limited", "Too many wrong passwords.", retry_after_seconds=wait_ms / 1000)

    def failed(self, ip: str, account: str) -> None:
        for key in ((ip, account), (ip, "")):
            self._failures[key] = [*self._recent(key), self._clock.now_ms()][-PER_ADDRESS:]
            self._failures.move_to_end(key)
        while len(self._failures) > KNOWN:
            self._failures.popitem(last=False)

    def succeeded(self, ip: str, account: str) -> None:
        """Forget an account's failures from an address where its owner has come in."""
        self._failures.pop((ip, account), None)

    def _recent(self, key: tuple[str, str]) -> list[float]:
        since = self._clock.now_ms() - WINDOW_MS
        return [at for at in self._failures.get(key, ()) if at > since]
