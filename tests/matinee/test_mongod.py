"""The embedded mongod, with real processes. Each start costs about a second, so tests that only look share one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from conf.secrets import Secrets, load_or_create
from matinee import mongod_binary
from matinee.mongod import EmbeddedMongod, running_uri
from matinee.mongod_errors import DataFolderInUse, DiskFull, PortBusy, StartFailed
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration

CHILD = """
import sys, time
from pathlib import Path
from conf import logs
from conf.secrets import load_or_create
from matinee.mongod import EmbeddedMongod
logs.configure()
data = Path(sys.argv[1])
embedded = EmbeddedMongod(data, load_or_create(data, {}))
embedded.start()
print(embedded.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., EmbeddedMongod]]:
    """Start a mongod on the test's own folder; all are stopped afterwards."""
    started: list[EmbeddedMongod] = []

    def starter(**options: object) -> EmbeddedMongod:
        embedded = EmbeddedMongod(tmp_path, load_or_create(tmp_path, {}), **options)  # type: ignore[arg-type]
        started.append(embedded)
        embedded.start()
        return embedded

    yield starter
    for embedded in started:
        embedded.stop()


def gone(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def spawn_child(data: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", CHILD, str(data)], stdout=subprocess.PIPE, text=True)


def kill(child: subprocess.Popen[str]) -> None:
    child.kill()
    child.wait()
    assert child.stdout is not None
    child.stdout.close()


def test_the_app_may_use_its_database_and_nothing_else(mongod: EmbeddedMongod) -> None:
    with MongoClient(mongod.uri) as client:
        client.matinee.probe.insert_one({"_id": 1})
        client.matinee.probe.drop()
        with pytest.raises(OperationFailure, match="not authorized"):
            client.other.probe.insert_one({"_id": 1})
        with pytest.raises(OperationFailure, match="not authorized"):
            client.admin.command("shutdown")
        with pytest.raises(OperationFailure, match=r"no globalScriptEngine|disabled"):
            client.matinee.probe.find_one({"$where": "true"})
    with (
        MongoClient("127.0.0.1", mongod.port, directConnection=True) as nobody,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        nobody.matinee.probe.insert_one({"_id": 1})


def test_a_second_start_on_the_same_folder_says_who_has_it(start: Callable[..., EmbeddedMongod]) -> None:
    first = start()
    with pytest.raises(DataFolderInUse, match=rf"in use by another Matinee \(process {os.getpid()}\).*--data"):
        start()
    assert first.alive()


def test_others_find_the_running_one_by_a_note_without_its_password(
    start: Callable[..., EmbeddedMongod], tmp_path: Path
) -> None:
    secrets = load_or_create(tmp_path, {})
    assert running_uri(tmp_path, secrets) is None
    embedded = start()
    note = (tmp_path / "run" / "mongod.json").read_text()
    assert json.loads(note)["port"] == embedded.port
    assert json.loads(note)["pid"] == embedded.pid
    assert secrets.mongo_app_password not in note
    assert running_uri(tmp_path, secrets) == embedded.uri
    embedded.stop()
    assert running_uri(tmp_path, secrets) is None


def test_it_takes_little_disk_and_comes_back_on_its_port_with_its_documents(
    start: Callable[..., EmbeddedMongod], tmp_path: Path
) -> None:
    embedded = start()
    port = embedded.port
    with MongoClient(embedded.uri, w="majority", journal=True) as client:
        client.matinee.probe.insert_one({"_id": 1})
    assert sum(file.stat().st_size for file in (tmp_path / "db").rglob("*") if file.is_file()) < 20 * 1024**2
    os.kill(embedded.pid, signal.SIGKILL)
    assert gone(embedded.pid, 5)
    while embedded.alive():
        time.sleep(0.01)
    embedded.start()
    assert embedded.port == port
    with MongoClient(embedded.uri) as client:
        assert client.matinee.probe.find_one() == {"_id": 1}
    embedded.stop()
    assert start().port == port


def test_where_its_old_port_is_taken_a_fresh_start_goes_elsewhere(start: Callable[..., EmbeddedMongod]) -> None:
    first = start()
    port = first.port
    first.stop()
    with socket.socket() as other:  # not listening: mongod waits 30 s for a listener that says nothing
        other.bind(("127.0.0.1", port))
        second = start()
        assert second.port != port
        with MongoClient(second.uri, w="majority") as client:
            client.matinee.probe.insert_one({"_id": 1})


def test_a_taken_port_that_was_asked_for_is_named(start: Callable[..., EmbeddedMongod]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortBusy, match=f"port {port} is taken"):
            start(port=port)


def test_a_full_disk_is_said_before_anything_is_written(start: Callable[..., EmbeddedMongod], tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match=r"MB free, at least .* MB are needed: free some space"):
        start(least_free_bytes=2**63)
    assert list((tmp_path / "db").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    embedded = EmbeddedMongod(file / "data", load_or_create(tmp_path, {}))
    with pytest.raises(StartFailed, match="choose a folder that can be written"):
        embedded.start()


def test_a_folder_whose_secrets_were_lost_is_not_opened(start: Callable[..., EmbeddedMongod], tmp_path: Path) -> None:
    start().stop()
    other = Secrets(secret_keys=("k" * 32,), mongo_root_password="other", mongo_app_password="other", lake_key="l" * 32)
    embedded = EmbeddedMongod(tmp_path, other)
    with pytest.raises(StartFailed, match=r"put back the secrets\.toml"):
        embedded.start()
    assert not embedded.alive()


def test_nothing_is_left_when_the_owner_is_killed(tmp_path: Path) -> None:
    child = spawn_child(tmp_path)
    assert child.stdout is not None
    pid = int(child.stdout.readline())
    watcher = psutil.Process(pid).ppid()
    assert psutil.pid_exists(pid)
    kill(child)
    assert gone(pid, 10)
    assert gone(watcher, 10)


@pytest.mark.skipif(sys.platform != "linux", reason="the second belt is PR_SET_PDEATHSIG")
def test_nothing_is_left_when_the_watcher_is_killed(start: Callable[..., EmbeddedMongod]) -> None:
    embedded = start()
    os.kill(psutil.Process(embedded.pid).ppid(), signal.SIGKILL)
    assert gone(embedded.pid, 10)
    assert not embedded.alive()


def test_a_mongod_that_was_left_behind_is_stopped_first(
    start: Callable[..., EmbeddedMongod], tmp_path: Path, logs: ExpectedLogs
) -> None:
    (tmp_path / "db").mkdir()
    command = [str(mongod_binary.find()), "--dbpath", str(tmp_path / "db"), "--port", "19999", "--bind_ip", "127.0.0.1"]
    orphan = subprocess.Popen([*command, "--nounixsocket"], stdout=subprocess.DEVNULL)
    try:
        # Its command line shows a moment after the fork: until then nobody could know what it is.
        while not (tmp_path / "db" / "mongod.lock").exists():
            time.sleep(0.02)
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "mongod.json").write_text(json.dumps({"port": 19999, "pid": orphan.pid}))
        with logs.expect("owner died"):
            start()
        assert orphan.wait() == 0
    finally:
        orphan.kill()
        orphan.wait()


def test_a_foreign_mongod_on_the_folder_is_named(start: Callable[..., EmbeddedMongod], tmp_path: Path) -> None:
    (tmp_path / "db").mkdir()
    command = [str(mongod_binary.find()), "--dbpath", str(tmp_path / "db"), "--port", "19998", "--bind_ip", "127.0.0.1"]
    foreign = subprocess.Popen([*command, "--nounixsocket"], stdout=subprocess.DEVNULL)
    try:
        while not (tmp_path / "db" / "mongod.lock").exists():
            time.sleep(0.02)
        with pytest.raises(DataFolderInUse, match="in use by another mongod"):
            start()
    finally:
        foreign.terminate()
        foreign.wait()


@pytest.mark.drill
def test_a_first_start_that_was_killed_anywhere_is_taken_up_again(
    start: Callable[..., EmbeddedMongod], tmp_path: Path
) -> None:
    for seconds in (0.5, 0.9, 1.2):  # the interpreter needs about 0.3 s, a whole start about 1 s more
        child = spawn_child(tmp_path)
        time.sleep(seconds)
        kill(child)
    embedded = start()
    with MongoClient(embedded.uri, w="majority") as client:
        client.matinee.probe.insert_one({"_id": 1})
