"""`matinee serve` starts, stops, restarts what dies, and leaves nothing behind."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from matinee.running import LEFTOVER_SECONDS
from tests.running_system import RunningSystem, gone

pytestmark = pytest.mark.drill

STOP_SECONDS = 10


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    with RunningSystem(tmp_path_factory.mktemp("serve") / "data") as running:
        yield running


def healthy(url: str) -> bool:
    with urllib.request.urlopen(f"{url}/healthz", timeout=20) as reply:
        return bool(reply.status == 200)


def start_again(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "matinee", "serve", "--data", str(data), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_says_a_line_for_each_part_and_last_where_it_is_ready(system: RunningSystem) -> None:
    assert [line.split(":")[0] for line in system.lines[:1]] == ["mongod"]
    assert sorted(line.split(":")[0] for line in system.lines[1:-1]) == ["pipeline", "web"]
    assert re.fullmatch(r"matinee ready http://127\.0\.0\.1:\d+", system.lines[-1])
    assert healthy(system.url)


def test_a_second_start_on_the_same_folder_says_who_holds_it(system: RunningSystem) -> None:
    done = start_again(system.data, "--port", "0")
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.strip().splitlines()
    assert f"pid {system.process.pid}" in line
    assert "--data" in line
    assert healthy(system.url)


def test_a_busy_port_is_said_before_anything_is_started(system: RunningSystem, tmp_path: Path) -> None:
    port = system.url.rpartition(":")[2]
    done = start_again(tmp_path / "other", "--port", port)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert f"port {port}" in line
    assert "--port" in line
    assert not (tmp_path / "other" / "db").exists()


def test_a_missing_mongod_says_how_to_get_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "matinee", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    environment = {**os.environ, "MATINEE_MONGO_BINARY": str(tmp_path / "no-such-mongod")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "MATINEE_MONGO_BINARY" in line


def test_no_reply_names_the_server(system: RunningSystem) -> None:
    for path in ("/", "/healthz", "/api/v1/nothing", "/static/x/y", "/ws/parties/none", "/nothing"):
        connection = http.client.HTTPConnection("127.0.0.1", int(system.url.rpartition(":")[2]), timeout=20)
        connection.request("GET", path)
        with connection.getresponse() as reply:
            assert reply.getheader("Server") is None, path
        connection.close()


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small disk")
    try:
        done = start_again(small / "data", "--port", "0")
    finally:
        subprocess.run(["umount", str(small)], check=True)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "MB free" in line
    assert "free some space" in line


def test_the_scheduler_that_is_killed_comes_back(system: RunningSystem) -> None:
    def scheduler() -> psutil.Process | None:
        return next((one for one in system.family() if "scheduler" in one.cmdline()), None)

    killed = scheduler()
    assert killed is not None
    killed.kill()
    deadline = time.monotonic() + 20
    while (found := scheduler()) is None or found.pid == killed.pid:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("part", ["web", "mongod"])
def test_a_part_that_is_killed_comes_back(system: RunningSystem, part: str) -> None:
    took = system.kill_part(part)
    print(f"{part}: killed with -9, runs again after {took:.2f} s")
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(f"{system.url}/readyz", timeout=20) as reply:
                assert reply.status == 200
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningSystem, list[psutil.Process]]]:
    """Kill `matinee serve` itself and start it on the same folder; the second is given, and the processes of the first."""
    data = tmp_path_factory.mktemp("again") / "data"
    with RunningSystem(data) as killed:
        family: list[psutil.Process] = killed.family()
        killed.kill()
        started = time.monotonic()
        with RunningSystem(data, "--no-pipeline") as running:
            print(f"kill -9 of matinee serve: ready again after {time.monotonic() - started:.2f} s")
            yield running, family


def test_nothing_is_left_when_it_is_killed_and_the_folder_can_be_used_again_at_once(
    again: tuple[RunningSystem, list[psutil.Process]],
) -> None:
    running, family = again
    assert len(family) >= 4
    assert healthy(running.url)
    assert gone(family, LEFTOVER_SECONDS) == []


# These two end what the others use.


def test_ctrl_c_stops_it_too(again: tuple[RunningSystem, list[psutil.Process]]) -> None:
    running, _family = again
    for _ in range(3):  # as a terminal and tox together do
        running.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    assert running.process.wait(STOP_SECONDS) == 0, running.errors()


def test_sigterm_ends_it_with_0_within_ten_seconds_and_leaves_nothing(system: RunningSystem) -> None:
    family = system.family()
    code, seconds = system.stop()
    print(f"SIGTERM: exit code {code} after {seconds:.2f} s, {len(family)} processes")
    assert code == 0, system.errors()
    assert seconds < STOP_SECONDS
    assert gone(family, 0.5) == []
