"""Metrics behind one small port: counts, gauges and timings, by names that are declared in `conf.metric_names`."""

import logging
import threading
from typing import Protocol

from statsd import StatsClient

from conf.metric_names import METRICS

RESOLVE_AGAIN_SECONDS = 30.0
"""How long an unresolvable statsd host is left alone before it is looked up again."""


class Metrics(Protocol):
    """Where figures go. No method blocks or raises for a fault of the network."""

    def count(self, name: str, n: int = 1) -> None:
        """Add `n` to a counter."""
        ...

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        ...

    def timing(self, name: str, ms: float) -> None:
        """Record a duration in milliseconds."""
        ...

    def close(self) -> None:
        """Send what is held and let go of the socket."""
        ...


class NullMetrics:
    """Keeps nothing."""

    def count(self, name: str, n: int = 1) -> None: ...

    def gauge(self, name: str, value: float) -> None: ...

    def timing(self, name: str, ms: float) -> None: ...

    def close(self) -> None: ...


class StatsdMetrics:
    """Sends each figure to statsd by UDP, through the `statsd` package.

    The package resolves the host at construction and raises where it cannot; a metrics host that is away must never
    hurt a party, so the look-up runs on a thread of its own, again and again, and figures are dropped meanwhile.
    """

    def __init__(self, host: str, port: int, prefix: str) -> None:
        self._host, self._port, self._prefix = host, port, prefix
        self._client: StatsClient | None = None
        self._closed = threading.Event()
        self._lock = threading.Lock()
        self._resolver = threading.Thread(target=self._resolve, name="statsd-resolve", daemon=True)
        self._resolver.start()

    def count(self, name: str, n: int = 1) -> None:
        if client := self._ready(name):
            client.incr(name, n)

    def gauge(self, name: str, value: float) -> None:
        if client := self._ready(name):
            client.gauge(name, value)

    def timing(self, name: str, ms: float) -> None:
        if client := self._ready(name):
            client.timing(name, ms)

    def close(self) -> None:
        with self._lock:
            self._closed.set()
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until the host is resolved; False where it is not within `seconds`."""
        self._resolver.join(seconds)
        return self._client is not None

    def _ready(self, name: str) -> StatsClient | None:
        if name not in METRICS:
            raise KeyError(f"metric {name!r} is not declared in conf.metric_names")
        return self._client

    def _resolve(self) -> None:
        log = logging.getLogger("conf.metrics")
        warned = False
        while not self._closed.is_set():
            try:
                client = StatsClient(self._host, self._port, prefix=self._prefix or None)
            except OSError as error:
                if not warned:
                    log.warning("statsd host %s cannot be resolved (%s); figures are dropped", self._host, error)
                    warned = True
                self._closed.wait(RESOLVE_AGAIN_SECONDS)
            else:
                self._adopt(client)
                return

    def _adopt(self, client: StatsClient) -> None:
        """Use `client`, unless `close` came while its host was being looked up."""
        with self._lock:
            if not self._closed.is_set():
                self._client = client
                return
        client.close()


class MetricsAddressError(ValueError):
    """`MATINEE_STATSD` is not `host:port`."""


def from_setting(statsd: str, prefix: str) -> Metrics:
    """Build the metrics that the setting `statsd` (`host:port`, or empty for none) asks for."""
    if not statsd:
        return NullMetrics()
    host, _, port = statsd.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:  # noqa: PLR2004
        raise MetricsAddressError(f"MATINEE_STATSD: expected host:port, got {statsd!r}")
    return StatsdMetrics(host.strip("[]"), int(port), prefix)
