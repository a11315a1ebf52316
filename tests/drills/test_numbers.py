"""What the bots know, the dashboards say; and what a run sends to statsd is what the table declares."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from conf.metric_names import METRICS
from conf.secrets import load_or_create
from matinee.simulate.people import bot_password
from tests.e2e.chromium import Person, launched
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

DOCS = Path(__file__).parent.parent.parent / "docs"
PARTIES, VIEWERS, SECONDS, SEED = 3, 10, 20, 7
PACKET = re.compile(r"matinee\.([a-z0-9_.]+):(-?[0-9.]+)\|(c|g|ms)")
KINDS = {"c": "counter", "g": "gauge", "ms": "timer"}
ON_TROUBLE = frozenset(
    {
        *("http.errors", "http.rate_limited", "http.request.slow"),
        *("notifications.read", "notifications.dropped", "notifications.failed"),
        *("bus.lost", "bus.dropped", "cache.evictions", "cache.bypassed"),
        *(
            "ws.personal",
            "ws.bad_frames",
            "ws.slow_closed",
            "party.refused",
            "party.snapshots",
            "log.conflicts",
            "log.retries",
        ),
        *("events.duplicates", "database.retries", "mail.failed", "pipeline.job_failed", "supervisor.restarts"),
        *(
            "spool.bytes",
            "spool.refused",
            "pipeline.canary_ok",
            "pipeline.live_difference",
            "pipeline.reconcile_difference",
        ),
    }
)
"""Metrics that a run of a minute has no reason to send while nothing goes wrong and nobody does."""


class Statsd(threading.Thread):
    """Takes packets as the daemon does, and keeps the names with their kinds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.seen: dict[str, set[str]] = {}
        self.strange: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self) -> None:
        while packet := self.socket.recv(65536):
            for line in packet.decode().splitlines():
                if found := PACKET.fullmatch(line):
                    self.seen.setdefault(found[1], set()).add(KINDS[found[3]])
                else:
                    self.strange.append(line)

    def wait_for(self, names: Collection[str], seconds: float = 60) -> None:
        """Wait until all of them have come, for a while: some tell of rounds that come every few seconds."""
        until = time.monotonic() + seconds
        while not self.seen.keys() >= set(names) and time.monotonic() < until:
            time.sleep(0.1)

    def close(self) -> None:
        self.socket.sendto(b"", self.socket.getsockname())
        self.join(5)
        self.socket.close()


@pytest.fixture(scope="module")
def statsd() -> Iterator[Statsd]:
    listening = Statsd()
    listening.start()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def system(data_folder: Callable[[str], Path], statsd: Statsd) -> Iterator[RunningSystem]:
    data = data_folder("numbers")
    with RunningSystem(data, "--no-pipeline", MATINEE_STATSD=statsd.address) as running:
        yield running


def matinee(system: RunningSystem, statsd: Statsd, *arguments: str) -> str:
    command = [sys.executable, "-m", "matinee", *arguments, "--data", str(system.data)]
    environment = {**os.environ, "MATINEE_STATSD": statsd.address}
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False, env=environment)
    assert done.returncode == 0, f"{done.stderr}\n{system.errors()}"
    return done.stdout


@pytest.fixture(scope="module")
def known(system: RunningSystem, statsd: Statsd) -> dict[str, Any]:
    """Play a simulation and compute its dashboards; what the bots know."""
    scale = ("--parties", str(PARTIES), "--viewers", str(VIEWERS), "--for", f"{SECONDS}s", "--seed", str(SEED))
    line = matinee(system, statsd, "simulate", *scale)
    print(matinee(system, statsd, "pipeline", "run"))
    figures: dict[str, Any] = json.loads(line)
    return figures


def ask(system: RunningSystem, path: str, body: object = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{system.url}/api/v1{path}", data=content, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def host_of(system: RunningSystem, number: int) -> tuple[str, str]:
    """Give the address and the password of a party's host."""
    email = f"bot-{SEED}-{number}@bots.example"
    return email, bot_password(email, load_or_create(system.data, {}).secret_keys[-1])


def host_token(system: RunningSystem, number: int) -> str:
    email, password = host_of(system, number)
    return str(ask(system, "/auth/login", {"email": email, "password": password})["access_token"])


def test_the_line_has_the_fields_of_the_contract(known: dict[str, Any]) -> None:
    assert list(known) == [
        "parties",
        "commands_acked",
        "commands_lost",
        "events_duplicated",
        "resumes",
        "drift_p95_ms",
    ]
    assert len(known["parties"]) == PARTIES
    assert all(
        list(party) == ["id", "unique_viewers", "chat_messages", "watch_time_ms", "peak_concurrent_viewers"]
        for party in known["parties"]
    )
    assert sum(party["unique_viewers"] for party in known["parties"]) == VIEWERS
    assert known["commands_acked"] > 0
    assert known["commands_lost"] == known["events_duplicated"] == 0


def test_dashboards_say_what_the_bots_know(system: RunningSystem, known: dict[str, Any]) -> None:
    for number, party in enumerate(known["parties"]):
        metrics = ask(system, f"/dashboards/parties/{party['id']}", token=host_token(system, number))["metrics"]
        shown = {name: metrics[name]["value"] for name in metrics}
        print({name: (party[name], shown[name]) for name in party if name != "id"})
        for exact in ("unique_viewers", "chat_messages", "peak_concurrent_viewers"):
            assert shown[exact] == party[exact], exact
        assert party["watch_time_ms"] > 0
        assert shown["watch_time_ms"] == pytest.approx(party["watch_time_ms"], rel=0.01)


@pytest.mark.gen_test(timeout=60)
async def test_the_pages_show_what_the_bots_know(
    system: RunningSystem, known: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    party = known["parties"][0]
    async with launched(reporter) as browser:
        host = await Person.arrive(browser, system.url)
        await host.sign_in(*host_of(system, 0))
        await host.goto("/dashboard")

        async def shows(words: str, value: int) -> None:
            tile = host.page.locator(".tile", has=host.page.get_by_text(words, exact=True))
            await expect(tile.locator(".value")).to_have_text(str(value))

        await shows("Unique viewers", VIEWERS)  # the film is theirs, so all who watched it count, wherever
        await host.page.get_by_role("link", name="Report of").click()
        await host.page.wait_for_url(f"**/dashboard/parties/{party['id']}")
        await shows("Chat messages", party["chat_messages"])
        await shows("Most at once", party["peak_concurrent_viewers"])
        await expect(host.page.get_by_label("Who was there").get_by_role("row")).to_have_count(
            party["unique_viewers"] + 1
        )
        await host.page.get_by_role("link", name="Your dashboard").click()
        await host.page.locator('a[href^="/dashboard/videos/"]').first.click()
        await expect(host.page.get_by_text("Which parts are seen")).to_be_visible()  # by everybody: all parties show it
        host.assert_content()


def test_what_was_sent_to_statsd_is_what_is_declared(statsd: Statsd, known: dict[str, Any]) -> None:
    expected = METRICS.keys() - ON_TROUBLE
    statsd.wait_for(expected)
    assert statsd.strange == []
    undeclared = {name: kinds for name, kinds in statsd.seen.items() if kinds != {METRICS[name].kind}}
    assert undeclared == {}
    assert expected <= statsd.seen.keys(), sorted(expected - statsd.seen.keys())


def test_the_metrics_page_is_the_table_with_what_was_seen(statsd: Statsd, known: dict[str, Any]) -> None:
    rows = []
    for name, metric in METRICS.items():
        seen = "on trouble" if name in ON_TROUBLE else "yes"
        rows.append(f"| `{name}` | {metric.kind} | {seen} | {metric.meaning} |")
    page = (DOCS / "metrics.md").read_text(encoding="utf-8") if (DOCS / "metrics.md").exists() else ""
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert listed == rows, "docs/metrics.md: its rows should be\n" + "\n".join(rows)
