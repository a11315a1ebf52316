import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matinee.faults import Fault
from matinee.parts import CommandPart, how_ended
from matinee.running import alive


class ScriptPart(CommandPart):
    """A part whose process runs a few lines of Python instead of a command of ours."""

    def __init__(self, script: str, *, start_seconds: float = 10.0, stop_seconds: float = 5.0) -> None:
        super().__init__(name="script", arguments=[], start_seconds=start_seconds, stop_seconds=stop_seconds)
        self.script = script

    def command(self) -> list[str]:
        return [sys.executable, "-c", self.script]


READY = 'import sys, time; print(\'{"ready": "here"}\', flush=True)\n'
WATCHES = "from matinee.lifeline import Lifeline; lifeline = Lifeline(supervised=True)\n"


@pytest.mark.gen_test
async def test_a_part_is_started_when_it_says_so() -> None:
    part = ScriptPart(READY + "time.sleep(60)")
    assert await part.start() == "here"
    assert part.pid is not None
    assert alive(part.pid)
    await part.stop()


@pytest.mark.gen_test
async def test_a_part_that_says_its_fault_is_quoted() -> None:
    part = ScriptPart('print(\'{"fault": "no room; make some"}\', flush=True)')
    with pytest.raises(Fault, match="no room; make some"):
        await part.start()


@pytest.mark.gen_test
async def test_a_part_that_ends_before_it_is_ready_is_said_to() -> None:
    part = ScriptPart("raise SystemExit(3)")
    with pytest.raises(Fault, match="ended with exit code 3 before it was ready"):
        await part.start()


@pytest.mark.gen_test
async def test_a_part_that_never_gets_ready_is_given_up() -> None:
    part = ScriptPart("import time; time.sleep(60)", start_seconds=0.3)
    with pytest.raises(Fault, match="did not start within"):
        await part.start()


@pytest.mark.gen_test
async def test_a_part_tells_how_it_ended() -> None:
    part = ScriptPart(READY + "time.sleep(60)")
    await part.start()
    assert part.pid is not None
    os.kill(part.pid, signal.SIGKILL)
    assert await part.ended() == "was ended by SIGKILL"
    await part.stop()


@pytest.mark.gen_test
async def test_a_part_that_does_not_stop_is_stopped_by_force() -> None:
    part = ScriptPart(
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READY + "time.sleep(60)", stop_seconds=0.3
    )
    await part.start()
    pid = part.pid
    assert pid is not None
    await part.stop()
    assert not alive(pid)


@pytest.mark.gen_test
async def test_much_that_a_part_prints_does_not_hold_it_up() -> None:
    part = ScriptPart(READY + "print('x' * 1_000_000, flush=True); raise SystemExit(0)")
    await part.start()
    assert await asyncio.wait_for(part.ended(), 10) == "ended with exit code 0"
    await part.stop()


def test_a_part_stops_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    child = WATCHES + f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = (
        "import subprocess, sys, time\n"
        f"held = subprocess.Popen([sys.executable, '-c', {child!r}], stdin=subprocess.PIPE)\ntime.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent]) as supervisor:
        pid = int(until(lambda: mark.exists() and mark.read_text()))
        supervisor.kill()
    until(lambda: not runs(pid))


def until(found, seconds: float = 10.0):  # noqa: ANN001, ANN201
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def runs(pid: int) -> bool:
    """Tell whether a process lives; a zombie that nobody reaps does not."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with exit code 0"), (-9, "was ended by SIGKILL"), (None, "closed its output")],
)
def test_ends_are_put_in_words(code: int | None, words: str) -> None:
    assert how_ended(code) == words
