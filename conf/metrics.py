"""Metrics behind one small port: counts, gauges and timings, by names that are declared in `conf.metric_names`."""

import logging
import threading
from collections import Counter
from typing import Protocol

from statsd import StatsClient

from conf.metric_names import METRICS

RESOLVE_AGAIN_SECONDS = 30.0
"""How long an unresolvable statsd host is left alone before it is looked up again."""
SEND_SECONDS = 0.25
TIMINGS_HELD = 50_000
"""Between two sendings, about 5 MB; what is beyond is left out."""


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
    """Sends figures to statsd by UDP, through the `statsd` package: four times a second, many in a packet.

    A packet for each figure cost a node 40 us a command, a third of all. Counts are added up, of a gauge the last value
    counts, and each timing is sent. A thread of its own does it: the package resolves the host at construction and raises
    where it cannot, and a metrics host that is away must never hurt a party. So the look-up is repeated there, and figures
    are dropped meanwhile.
    """

    def __init__(self, host: str, port: int, prefix: str) -> None:
        self._host, self._port, self._prefix = host, port, prefix
        self._held = _Held()
        self._holding = threading.Lock()
        self._client: StatsClient | None = None
        self._sending = threading.Lock()
        self._closed = threading.Event()
        self._resolved = threading.Event()
        threading.Thread(target=self._work, name="statsd", daemon=True).start()

    def count(self, name: str, n: int = 1) -> None:
        _check_declared(name)
        with self._holding:
            self._held.counts[name] += n

    def gauge(self, name: str, value: float) -> None:
        _check_declared(name)
        with self._holding:
            self._held.gauges[name] = value

    def timing(self, name: str, ms: float) -> None:
        _check_declared(name)
        with self._holding:
            if len(self._held.timings) < TIMINGS_HELD:
                self._held.timings.append((name, ms))

    def close(self) -> None:
        self._closed.set()
        self._send()
        with self._sending:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def wait_ready(self, seconds: float) -> bool:
        """Wait until the host is resolved; False where it is not within `seconds`."""
        return self._resolved.wait(seconds)

    def _work(self) -> None:
        self._resolve()
        while not self._closed.wait(SEND_SECONDS):
            self._send()

    def _send(self) -> None:
        with self._holding:
            held, self._held = self._held, _Held()
        with self._sending:
            if self._client is None:
                return
            packets = self._client.pipeline()
            for name, n in held.counts.items():
                packets.incr(name, n)
            for name, value in held.gauges.items():
                packets.gauge(name, value)
            for name, ms in held.timings:
                packets.timing(name, ms)
            packets.send()

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
                self._send()  # to nobody
                self._closed.wait(RESOLVE_AGAIN_SECONDS)
            else:
                self._adopt(client)
                return

    def _adopt(self, client: StatsClient) -> None:
        """Use `client`, unless `close` came while its host was being looked up."""
        with self._sending:
            if not self._closed.is_set():
                self._client = client
                self._resolved.set()
                return
        client.close()


class _Held:
    """Figures that wait to be sent."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.gauges: dict[str, float] = {}
        self.timings: list[tuple[str, float]] = []


def _check_declared(name: str) -> None:
    if name not in METRICS:
        raise KeyError(f"metric {name!r} is not declared in conf.metric_names")


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
