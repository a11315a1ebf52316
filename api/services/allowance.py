"""How often something may be asked for: per account and per address of the network, alike for accounts that do not exist."""

from collections import OrderedDict

from api.problems import Problem
from conf.clock import Clock

WINDOW_MS = 15 * 60_000
PER_ACCOUNT = 5
PER_ADDRESS = 30
"""A household or an office behind one address asks more often than one person."""
KNOWN = 100_000
"""Counters kept; the one that was used longest ago is let go first."""


class Allowance:
    """Counts in memory: a restart forgives, and each node counts for itself."""

    def __init__(
        self, *, clock: Clock, what: str, per_account: int = PER_ACCOUNT, per_address: int = PER_ADDRESS
    ) -> None:
        self._clock = clock
        self._what = what
        self._per_account = per_account
        self._per_address = per_address
        self._spent: OrderedDict[tuple[str, str], list[float]] = OrderedDict()

    def spend(self, ip: str, account: str) -> None:
        """Count one; raises `Problem("rate_limited")`, and counts nothing, where that is too many."""
        keys = ((("ip", ip), self._per_address), (("account", account), self._per_account))
        now_ms = self._clock.now_ms()
        for key, most in keys:
            recent = self._recent(key, now_ms)
            if len(recent) >= most:
                wait_ms = recent[0] + WINDOW_MS - now_ms
                raise Problem("rate_limited", f"Too many {self._what}.", retry_after_seconds=wait_ms / 1000)
        for key, _most in keys:
            self._spent[key] = [*self._recent(key, now_ms), now_ms]
            self._spent.move_to_end(key)
        while len(self._spent) > KNOWN:
            self._spent.popitem(last=False)

    def _recent(self, key: tuple[str, str], now_ms: float) -> list[float]:
        return [at for at in self._spent.get(key, ()) if at > now_ms - WINDOW_MS]
