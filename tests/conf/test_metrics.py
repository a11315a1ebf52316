import socket
from collections.abc import Iterator

import pytest

from conf import metrics as metrics_module
from conf.metrics import MetricsAddressError, NullMetrics, StatsdMetrics, from_setting
from tests.conftest import ExpectedLogs


@pytest.fixture
def daemon() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(5)
        yield listener


def test_figures_arrive_in_statsd_form_many_in_a_packet(daemon: socket.socket) -> None:
    metrics = from_setting(f"127.0.0.1:{daemon.getsockname()[1]}", "matinee")
    assert isinstance(metrics, StatsdMetrics)
    assert metrics.wait_ready(5)
    for _ in range(2):
        metrics.count("ws.opened")
        metrics.gauge("ws.connections", 7)
        metrics.timing("log.commit_ms", 1.5)
    metrics.close()
    assert daemon.recv(1024).decode().splitlines() == [
        "matinee.ws.opened:2|c",
        "matinee.ws.connections:7|g",
        "matinee.log.commit_ms:1.500000|ms",
        "matinee.log.commit_ms:1.500000|ms",
    ]


def test_figures_go_out_by_themselves(daemon: socket.socket) -> None:
    metrics = StatsdMetrics("127.0.0.1", daemon.getsockname()[1], "matinee")
    assert metrics.wait_ready(5)
    metrics.count("ws.opened")
    assert daemon.recv(1024) == b"matinee.ws.opened:1|c"
    metrics.close()


def test_more_timings_than_are_held_are_left_out(daemon: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "TIMINGS_HELD", 2)
    monkeypatch.setattr(metrics_module, "SEND_SECONDS", 3600.0)
    metrics = StatsdMetrics("127.0.0.1", daemon.getsockname()[1], "")
    assert metrics.wait_ready(5)
    for ms in (1, 2, 3):
        metrics.timing("log.commit_ms", ms)
    metrics.close()
    assert daemon.recv(1024).split() == [b"log.commit_ms:1.000000|ms", b"log.commit_ms:2.000000|ms"]


def test_a_host_that_cannot_be_resolved_never_hurts(logs: ExpectedLogs) -> None:
    with logs.expect("cannot be resolved"):
        metrics = StatsdMetrics("statsd.invalid", 8125, "matinee")
        metrics.count("ws.opened")
        metrics.wait_ready(2)
        metrics.count("ws.opened")
    metrics.close()


def test_a_daemon_that_is_away_never_hurts(daemon: socket.socket) -> None:
    port = daemon.getsockname()[1]
    daemon.close()
    metrics = StatsdMetrics("127.0.0.1", port, "matinee")
    assert metrics.wait_ready(5)
    for _ in range(100):
        metrics.count("ws.opened")
    metrics.close()


def test_an_undeclared_name_is_an_error_of_the_programmer(daemon: socket.socket) -> None:
    metrics = StatsdMetrics("127.0.0.1", daemon.getsockname()[1], "matinee")
    with pytest.raises(KeyError, match="not declared"):
        metrics.count("no.such_name")
    metrics.close()


@pytest.mark.parametrize("address", ["host", "host:", ":1", "host:0", "host:70000", "host:x"])
def test_a_malformed_address_is_named(address: str) -> None:
    with pytest.raises(MetricsAddressError, match="host:port"):
        from_setting(address, "matinee")


def test_without_an_address_figures_go_nowhere() -> None:
    assert isinstance(from_setting("", "matinee"), NullMetrics)
