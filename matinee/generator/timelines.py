"""What each party plays when: stretches in which the film runs, and the controls in between.

One party after the other in plain Python: each has a dozen stretches, its people thousands of events.
"""

# ruff: noqa: PLR2004 - its figures are what this file is about

import random
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from matinee.generator.arrays import MINUTE, SECOND, Ints, Reals
from matinee.generator.plans import ABANDONED, TIDYING_MS, Plans
from matinee.generator.words import KIND
from matinee.generator.world import Films

UNDISTURBED_MS = 9 * MINUTE
"""On average this passes between two things that somebody does to the playback."""
MOST_CONTROLS = 60


class Stretch(NamedTuple):
    """A time in which the film runs."""

    party: int
    slot: int
    """0 the first film, 1 the second."""
    film: int
    opens: int
    closes: int
    position: int
    rate: float


class Control(NamedTuple):
    """What somebody did to the playback: the playback is then at `position`, running or not."""

    kind: int
    party: int
    at: int
    film: int
    position: int
    before: int
    """Position before a seek, -1 elsewhere."""
    rate: float
    running: bool
    cause: str


@dataclass(frozen=True, slots=True)
class Timelines:
    """Stretches party by party in order of time; where each party's begin; the ends of the parties."""

    party: Ints
    slot: Ints
    film: Ints
    opens: Ints
    closes: Ints
    position: Ints
    rate: Reals
    first: Ints
    count: Ints
    over: Ints
    """When the playing of each party is over; `start` where it never began."""
    controls: list[Control]


def timelines(seed: int, plans: Plans, films: Films, until_ms: int) -> Timelines:
    """Play all parties."""
    chance = random.Random(seed)  # noqa: S311 - a made-up history
    stretches: list[Stretch] = []
    controls: list[Control] = []
    first, over = [], []
    for party in range(len(plans.host)):
        first.append(len(stretches))
        show = _Show(chance, party, int(plans.start[party]), until_ms - TIDYING_MS, float(plans.rate[party]))
        if plans.ending[party] != ABANDONED:
            chosen = [int(plans.film[party]), *([int(plans.second[party])] if plans.second[party] >= 0 else [])]
            for slot, film in enumerate(chosen):
                share = float(plans.stop[party]) if slot == len(chosen) - 1 else 1.0
                show.play(slot, film, int(films.duration_ms[film]), share)
        stretches += show.stretches
        controls += show.controls
        over.append(show.at)
    columns = list(zip(*stretches, strict=True)) or [()] * len(Stretch._fields)
    whole = [np.array(column, dtype=np.int64) for column in columns[:6]]
    begins = np.array([*first, len(stretches)], dtype=np.int64)
    party_of, slot_of, film_of, opens, closes, position = whole
    return Timelines(
        party=party_of,
        slot=slot_of,
        film=film_of,
        opens=opens,
        closes=closes,
        position=position,
        rate=np.array(columns[6], dtype=np.float64),
        first=begins[:-1],
        count=np.diff(begins),
        over=np.array(over, dtype=np.int64),
        controls=controls,
    )


class _Show:
    """One party's playback, written down while it goes on."""

    def __init__(self, chance: random.Random, party: int, at: int, until: int, rate: float) -> None:
        self.chance, self.party, self.at, self.until, self.rate = chance, party, at, until, rate
        self.stretches: list[Stretch] = []
        self.controls: list[Control] = []
        self._film, self._position, self._slot = -1, 0, 0

    def play(self, slot: int, film: int, duration: int, share: float) -> None:
        """Play a film up to a share of it."""
        if self.at >= self.until:
            return
        self._slot, self._film, self._position = slot, film, 0
        if slot:
            self.at += self.chance.randint(2 * SECOND, 40 * SECOND)
            self._control("playback.video_changed", running=False)
        else:
            self._control("party.started", running=True)
        if self.rate != 1 and not slot:
            self._control("playback.rate", running=False, cause="rate")
        self._control("playback.played", running=True)
        stop = int(duration * share)
        for _ in range(MOST_CONTROLS):
            calm = int(self.chance.expovariate(1 / UNDISTURBED_MS)) + 3 * SECOND
            left = int((stop - self._position) / self.rate)
            if self._run(min(calm, left, self.until - self.at)) or self._position >= stop - 500:
                break
            self._touch(duration)
        else:
            self._run(min(int((stop - self._position) / self.rate), self.until - self.at))
        self._control("playback.paused", running=False, cause="ended" if share == 1 else "pause")

    def _run(self, length: int) -> bool:
        """Let the film run; True where the history's end has come."""
        if length > 0:
            self.stretches.append(
                Stretch(self.party, self._slot, self._film, self.at, self.at + length, self._position, self.rate)
            )
            self.at += length
            self._position += int(length * self.rate)
        return self.at >= self.until

    def _touch(self, duration: int) -> None:
        drawn = self.chance.random()
        if drawn < 0.6:
            self._control("playback.paused", running=False)
            self.at += min(int(self.chance.expovariate(1 / (35 * SECOND))) + 2 * SECOND, 5 * MINUTE)
            self._control("playback.played", running=True)
            return
        before = self._position
        if drawn < 0.9:
            self._position = max(0, before - self.chance.choice((10, 10, 10, 30, 60)) * SECOND)
        else:
            self._position = min(duration - SECOND, before + self.chance.choice((10, 30, 90)) * SECOND)
        self._control("playback.sought", running=True, before=before, cause="seek")
        self.at += 300

    def _control(self, kind: str, *, running: bool, before: int = -1, cause: str = "") -> None:
        self.controls.append(
            Control(
                KIND[kind],
                self.party,
                self.at,
                self._film,
                self._position,
                before,
                self.rate,
                running,
                cause or {"playback.played": "play", "playback.paused": "pause"}.get(kind, ""),
            )
        )
