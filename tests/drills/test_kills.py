"""kill -9 in the middle of a simulation: every acknowledged command is in the log once, and everybody comes back."""

import json
import subprocess
import sys
import threading
import time
from typing import Any

import pytest

from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

SHORT_KILLS, LONG_KILLS = 2, 10
BETWEEN_SECONDS = 3.0
"""Between two kills: enough to come back, act and be acknowledged; too short for every bot to settle."""
PARTIES, VIEWERS, SEED = 3, 10, 7


@pytest.fixture(scope="module")
def system(plain: RunningSystem) -> RunningSystem:
    simulate(plain, seconds=1)  # accounts and the film are there before anything is measured
    return plain


def simulate(system: RunningSystem, *, seconds: float, killer: "Killer | None" = None) -> dict[str, Any]:
    """Play the scenario; as soon as everybody is in, let the killer loose. What the bots know, and what they told."""
    command = [
        *(sys.executable, "-m", "matinee", "simulate", "--data", str(system.data), "--seed", str(SEED)),
        *("--parties", str(PARTIES), "--viewers", str(VIEWERS), "--for", f"{seconds}s"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        told = []
        for line in running.stderr:
            told.append(line)
            if killer is not None and line.startswith("everybody is in"):
                killer.start()
        (line,) = running.stdout.read().splitlines() or [""]
    assert running.returncode == 0, f"{''.join(told)}\n{system.errors()}"
    figures: dict[str, Any] = json.loads(line)
    return {**figures, "told": "".join(told)}


class Killer(threading.Thread):
    """Kills one part again and again, while the simulation goes on."""

    def __init__(self, system: RunningSystem, part: str, kills: int) -> None:
        super().__init__(daemon=True)
        self.system, self.part, self.kills = system, part, kills
        self.took: list[float] = []
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in range(self.kills):
                time.sleep(BETWEEN_SECONDS)
                self.took.append(self.system.kill_part(self.part))
        except BaseException as failure:  # noqa: BLE001 - told by the test, not by a thread
            self.failure = failure


@pytest.mark.parametrize(
    "kills", [SHORT_KILLS, pytest.param(LONG_KILLS, marks=pytest.mark.long)], ids=["short", "long"]
)
@pytest.mark.parametrize("part", ["web", "mongod"])
def test_nothing_acknowledged_is_lost_and_all_resume(system: RunningSystem, part: str, kills: int) -> None:
    seconds = kills * (BETWEEN_SECONDS + 1.5) + 5
    killer = Killer(system, part, kills)
    figures = simulate(system, seconds=seconds, killer=killer)
    killer.join(120)
    assert killer.failure is None
    assert len(killer.took) == kills
    print(f"\n{kills} kills of {part}: again after {max(killer.took):.2f} s at most; {without_text(figures)}")
    print(figures["told"])
    assert figures["commands_acked"] > VIEWERS
    assert figures["commands_lost"] == 0
    assert figures["events_duplicated"] == 0
    for word in ("lost", "missing", "without an answer", "not acknowledged", "refused"):
        assert f": {word}" not in figures["told"]
        assert f"{word}: " not in figures["told"]
    assert [party["unique_viewers"] for party in figures["parties"]] == [4, 3, 3]
    if part == "web":
        assert figures["resumes"] >= kills * VIEWERS


def without_text(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if name != "told"}
