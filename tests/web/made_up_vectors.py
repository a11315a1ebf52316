"""Cases for the rules of staying in step that nobody thought of, solved by Python, in the layout of `tests/vectors`."""

import json
import random
from pathlib import Path
from typing import Any

import msgspec

from realtime.party.playback import Playback, position_at
from realtime.sync import AT_REST, STARTING, ClockFilter, Latency, decide, landing, moving, time_of
from tests.web.made_up_evenings import evening

NOW_MS = 1_700_000_000_000.0
CASES = 100
"""Of each kind."""

Case = dict[str, Any]


def write_vectors(folder: Path, seed: int) -> None:
    """Write a file of cases for each kind."""
    chance = random.Random(seed)
    for name, make in (
        ("playback", _playback),
        ("timeline", _timeline),
        ("clock", _clock),
        ("drift", _drift),
        ("latency", _latency),
        ("replay", evening),
    ):
        cases = [{"name": f"seed {seed}, {n}", **make(chance)} for n in range(CASES)]
        (folder / f"{name}.json").write_text(json.dumps(cases), encoding="utf-8")


def _some(chance: random.Random) -> tuple[Playback, float, float | None]:
    playback = Playback(
        video_id="v",
        paused=chance.random() < 0.2,
        position_ms=chance.uniform(0, 1e7),
        rate=chance.choice([0.25, 0.5, 1, 1.25, 1.5, 2, 4, chance.uniform(0.25, 4)]),
        at_ms=NOW_MS + chance.uniform(-1e7, 2_000),
        revision=1,
    )
    return playback, NOW_MS + chance.uniform(-5_000, 5_000), chance.choice([None, chance.uniform(0, 2e7)])


def _playback(chance: random.Random) -> Case:
    playback, now_ms, duration_ms = _some(chance)
    return {
        "playback": msgspec.to_builtins(playback),
        "now_ms": now_ms,
        "duration_ms": duration_ms,
        "position_ms": position_at(playback, now_ms, duration_ms),
    }


def _timeline(chance: random.Random) -> Case:
    playback, now_ms, duration_ms = _some(chance)
    reaches_ms = chance.uniform(0, 1e7)
    return {
        "playback": msgspec.to_builtins(playback),
        "now_ms": now_ms,
        "duration_ms": duration_ms,
        "moving": moving(playback, now_ms, duration_ms),
        "reaches_ms": reaches_ms,
        "time_ms": time_of(playback, reaches_ms),
    }


def _clock(chance: random.Random) -> Case:
    clock, samples = ClockFilter(), []
    offset_ms = chance.uniform(-1e6, 1e6)
    for n in range(chance.randint(1, 40)):
        t0 = NOW_MS + n * 1_000 + chance.random()
        t1 = t0 + offset_ms + chance.expovariate(1 / 40)
        t2 = t1 + chance.random()
        samples.append([t0, t1, t2, t2 - offset_ms + chance.expovariate(1 / 40) - chance.choice([0, 0, 0, 50])])
        clock.add(*samples[-1])
    return {"samples": samples, "offset_ms": clock.offset_ms, "delay_ms": clock.delay_ms}


def _drift(chance: random.Random) -> Case:
    starting = chance.random() < 0.5
    state, steps = STARTING if starting else AT_REST, []
    width_ms = chance.choice([3, 12, 60, 300, 3_000])
    for n in range(80):
        now_ms, drift_ms = n * 250.0, chance.gauss(0, width_ms)
        decision = decide(state, drift_ms, now_ms)
        state = decision.state
        steps.append({"now_ms": now_ms, "drift_ms": drift_ms, "seek": decision.seek, "rate": decision.rate})
    return {"starting": starting, "steps": steps}


def _latency(chance: random.Random) -> Case:
    latency = Latency()
    started = [chance.uniform(-200, 3_500) for _ in range(chance.randint(0, 8))]
    sought = [chance.uniform(-50, 3_000) for _ in range(chance.randint(0, 8))]
    for ms in started:
        latency.started(ms)
    for ms in sought:
        latency.sought(ms)
    playback, now_ms, duration_ms = _some(chance)
    return {
        "started": started,
        "sought": sought,
        "start_ms": latency.start_ms,
        "seek_ms": latency.seek_ms,
        "playback": msgspec.to_builtins(playback),
        "now_ms": now_ms,
        "duration_ms": duration_ms,
        "landing_ms": landing(playback, now_ms, latency, duration_ms),
    }
