"""Records on disk: whole, in order, within their bound, and there for the next process after any death."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.spool import Spool, SpoolFull

Open = Callable[..., Spool]
PLENTY = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def opened(folder: Path, name: str, *, max_bytes: int = PLENTY, segment_bytes: int = 100) -> Spool:
    return Spool(folder, name=name, max_bytes=max_bytes, segment_bytes=segment_bytes)


def die(spool: Spool) -> None:
    """Leave everything as it is; the kernel closes files and takes locks off."""
    for segment in spool._segments:
        segment.close()
    spool._own._lock.close()


def numbered(first: int, last: int) -> list[bytes]:
    return [f"record {number}".encode() for number in range(first, last)]


def drained(spool: Spool, most: int = 7) -> list[bytes]:
    found: list[bytes] = []
    while not spool.empty:
        found += spool.read(most)
        spool.forget()
    return found


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.seg"))


def test_records_come_back_in_order_over_many_files_and_then_nothing_is_left(folder: Path) -> None:
    spool = opened(folder, "a")
    for n in range(0, 60, 3):
        spool.append(numbered(n, n + 3))
    assert len(files(folder)) > 3
    assert spool.bytes == sum(file.stat().st_size for file in files(folder))
    assert spool.read(5) == spool.read(5) == numbered(0, 5)
    assert drained(spool) == numbered(0, 60)
    assert (spool.empty, spool.bytes, files(folder)) == (True, 0, [])
    spool.append(numbered(60, 61))
    assert drained(spool) == numbered(60, 61)
    spool.close()
    assert [path.name for path in folder.iterdir()] == ["lock"]


def test_a_smaller_reading_after_a_larger_one_forgets_what_it_read_and_no_more(folder: Path) -> None:
    spool = opened(folder, "a", segment_bytes=1)
    for n in range(5):
        spool.append(numbered(n, n + 1))
    assert spool.read(5) == numbered(0, 5)
    assert spool.read(1) == numbered(0, 1)
    spool.forget()
    assert drained(spool) == numbered(1, 5)
    spool.close()


def test_what_is_beyond_the_bound_is_refused_as_a_whole_and_room_comes_back(folder: Path) -> None:
    spool = opened(folder, "a", max_bytes=200)
    spool.append(numbered(0, 5))
    with pytest.raises(SpoolFull):
        spool.append(numbered(5, 15))
    spool.append(numbered(5, 6))
    assert spool.bytes <= 200
    assert drained(spool) == numbered(0, 6)
    spool.append(numbered(6, 16))
    spool.close()


def test_the_next_process_takes_over_what_dead_ones_left_the_oldest_first(folder: Path) -> None:
    later, earlier = opened(folder, "b"), opened(folder, "a")
    later.append(numbered(10, 20))
    earlier.append(numbered(0, 10))
    for dead in (later, earlier):
        die(dead)
    living = opened(folder, "c")
    assert living.bytes == sum(file.stat().st_size for file in files(folder))
    living.append(numbered(20, 25))
    assert drained(living) == numbered(0, 25)
    assert sorted(path.name for path in folder.iterdir()) == ["c", "lock"]
    living.close()


def test_a_living_process_keeps_what_is_its_own(folder: Path) -> None:
    one = opened(folder, "a")
    one.append(numbered(0, 3))
    two = opened(folder, "b")
    assert (two.empty, two.bytes) == (True, 0)
    two.close()
    assert drained(one) == numbered(0, 3)
    one.close()


def test_what_a_stopped_process_left_is_there_after_it(folder: Path) -> None:
    one = opened(folder, "a")
    one.append(numbered(0, 30))
    one.read(10)
    one.forget()
    one.close()
    two = opened(folder, "b")
    left = drained(two)
    assert left == numbered(30 - len(left), 30)
    assert len(left) >= 20
    two.close()


@settings(max_examples=60)
@given(data=st.data())
def test_a_file_cut_or_damaged_anywhere_gives_its_whole_records_up_to_there(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("torn") / "spool"
    records = data.draw(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=8))
    dead = opened(folder, "a", segment_bytes=PLENTY)
    dead.append(records)
    die(dead)
    (file,) = files(folder)
    content = file.read_bytes()
    at = data.draw(st.integers(0, len(content) - 1))
    cut = content[:at]
    file.write_bytes(cut if data.draw(st.booleans()) else cut + bytes([content[at] ^ 1]) + content[at + 1 :])
    ends = [sum(len(record) + 8 for record in records[: n + 1]) for n in range(len(records))]
    living = opened(folder, "b", segment_bytes=PLENTY)
    assert drained(living) == [record for record, end in zip(records, ends, strict=True) if end <= at]
    assert (living.empty, living.bytes) == (True, 0)
    living.append([b"more"])
    assert drained(living) == [b"more"]
    living.close()


def test_a_write_that_fails_leaves_nothing_that_counts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(folder, "a", segment_bytes=PLENTY)
    spool.append(numbered(0, 2))
    with monkeypatch.context() as patch:

        def failing(_descriptor: int) -> None:
            raise OSError(5, "no disk")

        patch.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="no disk"):
            spool.append(numbered(2, 4))
    spool.append(numbered(4, 6))
    assert drained(spool) == [*numbered(0, 2), *numbered(4, 6)]
    spool.close()


def test_a_process_that_is_killed_leaves_what_it_was_told_is_durable(folder: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from store.spool import Spool
spool = Spool(Path(sys.argv[1]), name="a", max_bytes=10**6)
spool.append([b"one", b"two"])
spool.append([b"three"])
os.kill(os.getpid(), signal.SIGKILL)
"""
    ended = subprocess.run([sys.executable, "-c", program, str(folder)], check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == -9
    spool = opened(folder, "b")
    assert drained(spool) == [b"one", b"two", b"three"]
    spool.close()
