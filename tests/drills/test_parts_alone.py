"""Each part by itself, as service managers start them; and a system on a database of one's own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conf.secrets import load_or_create
from matinee.mongod import running_uri
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill


@contextmanager
def part(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run one command until it says its line; afterwards it must end with 0 on SIGTERM."""
    running = subprocess.Popen(
        [sys.executable, "-m", "matinee", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **environment},
    )
    assert running.stdout is not None
    try:
        yield running, running.stdout.readline().strip()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run a mongod by itself; give the folder that it is on."""
    folder = tmp_path_factory.mktemp("alone") / "data"
    with part("mongod", "--data", str(folder)) as (_, database):
        assert database.startswith("mongod: 127.0.0.1:")
        yield folder


def test_mongod_web_and_scheduler_run_as_services_of_their_own(data: Path) -> None:
    with (
        part("web", "--port", "0", "--data", str(data)) as (_, web),
        part("pipeline", "scheduler", "--data", str(data)) as (_, jobs),
    ):
        assert "jobs into" in jobs
        with urllib.request.urlopen(f"{web.split()[0]}/readyz", timeout=20) as reply:
            assert json.load(reply)["status"] == "ready"


def test_a_part_that_needs_a_database_says_so(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "matinee", "web", "--port", "0", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert "MATINEE_MONGO_URI" in line


def test_a_system_on_a_database_of_ones_own_starts_none(data: Path, tmp_path: Path) -> None:
    uri = running_uri(data, load_or_create(data, {}))
    assert uri is not None
    own = tmp_path / "data"
    with RunningSystem(own, "--no-embedded", "--no-pipeline", MATINEE_MONGO_URI=uri) as system:
        assert [line.split(":")[0] for line in system.lines] == ["web", "matinee ready http"]
        with urllib.request.urlopen(f"{system.url}/readyz", timeout=20) as reply:
            assert json.load(reply)["status"] == "ready"
    assert not (own / "db").exists()
