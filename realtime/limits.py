class TokenBucket:
    """Lets `per_second` through on average, and `burst` at once."""

    __slots__ = ("_at_ms", "_burst", "_per_ms", "_tokens")

    def __init__(self, per_second: float, burst: float, now_ms: float) -> None:
        self._per_ms = per_second / 1000
        self._burst = burst
        self._tokens = burst
        self._at_ms = now_ms

    def take(self, now_ms: float) -> float:
        """Take one; return 0, or the milliseconds until one may be had."""
        tokens = self._tokens
        if now_ms > self._at_ms:
            tokens = min(self._burst, tokens + (now_ms - self._at_ms) * self._per_ms)
        self._at_ms = now_ms
        self._tokens = tokens - 1 if tokens >= 1 else tokens
        return 0.0 if tokens >= 1 else (1 - tokens) / self._per_ms

    def full(self, now_ms: float) -> bool:
        """Say whether as many may be had at once as ever: then nothing is known that a new one would not know."""
        return self._tokens + max(0.0, now_ms - self._at_ms) * self._per_ms >= self._burst


class Strikes:
    """Counts what should not happen; `limit` times within `window_ms` is too often."""

    __slots__ = ("_limit", "_times", "_window_ms")

    def __init__(self, limit: int, window_ms: float) -> None:
        self._limit = limit
        self._window_ms = window_ms
        self._times: list[float] = []  # an empty deque has 760 bytes, and each connection has two of these

    def strike(self, now_ms: float) -> bool:
        """Note one more; True when that was too often."""
        self._times = [*self._times[1 - self._limit :], now_ms] if self._limit > 1 else [now_ms]
        return len(self._times) == self._limit and now_ms - self._times[0] < self._window_ms
