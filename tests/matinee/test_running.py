import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from matinee import listening
from matinee.faults import Fault
from matinee.running import FolderLock, WebRecord, forget_web, record_web, running_web


def test_a_record_is_found_while_its_process_lives(tmp_path: Path) -> None:
    record = WebRecord(url="http://127.0.0.1:1", pid=os.getpid())
    record_web(tmp_path, record)
    assert running_web(tmp_path) == record


def test_a_record_of_a_process_that_is_gone_counts_for_nothing(tmp_path: Path) -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    record_web(tmp_path, WebRecord(url="http://127.0.0.1:1", pid=done.pid))
    assert running_web(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"url": 1, "pid": 2}', b"\xff"])
def test_a_record_that_cannot_be_read_counts_for_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "web.json").write_bytes(content)
    assert running_web(tmp_path) is None


def test_a_node_removes_its_own_record_only(tmp_path: Path) -> None:
    record_web(tmp_path, WebRecord(url="http://127.0.0.1:1", pid=os.getpid()))
    forget_web(tmp_path, os.getpid() + 1)
    assert running_web(tmp_path) is not None
    forget_web(tmp_path, os.getpid())
    assert running_web(tmp_path) is None


def test_a_folder_is_locked_once_and_free_again_afterwards(tmp_path: Path) -> None:
    with (
        FolderLock(tmp_path),
        pytest.raises(Fault, match=rf"in use: matinee serve runs on it \(pid {os.getpid()}\).*--data"),
        FolderLock(tmp_path),
    ):
        raise AssertionError
    with FolderLock(tmp_path):
        pass


def test_a_taken_port_names_the_next_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Fault, match=f"port {port} on 127.0.0.1 is in use.*--port {port + 1}"):
            listening.bound("127.0.0.1", port)


def test_an_address_of_another_machine_is_said_to_be_one() -> None:
    with pytest.raises(Fault, match="--address"):
        listening.bound("192.0.2.1", 0)


def test_an_address_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(Fault, match=r"no\.such\.host\.invalid.*--address"):
        listening.bound("no.such.host.invalid", 0)


def test_a_url_puts_ipv6_in_brackets() -> None:
    with listening.bound("127.0.0.1", 0) as listener:
        assert listening.url_of(listener).startswith("http://127.0.0.1:")
    if socket.has_ipv6 and Path("/proc/net/if_inet6").exists():
        with listening.bound("::1", 0) as listener:
            assert listening.url_of(listener).startswith("http://[::1]:")
