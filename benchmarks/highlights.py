"""How well the highlight finder finds what was planted: precision, recall, and false alarms of chat that only flickers.

    python benchmarks/highlights.py [--parties 40]

Parties of two hours, in which people talk at a steady pace (Poisson, in a slow swell) and now and then all react to a
moment: within some 15 s from 5 s after it, a part of those present sends one voice or more. A highlight that overlaps
a planted moment (10 s to either side) is right; a moment that none overlaps is missed.
"""

import argparse

import numpy as np
import pandas as pd

from pipeline.aggregations.highlights import highlights

HOUR_MS = 3_600_000
START = 1_795_392_000_000
NEAR_MS = 10_000


class Planted:
    """A party with known moments."""

    def __init__(
        self, seed: int, *, viewers: int, per_minute: float, moments: int, joining: float, hours: float = 2.0
    ) -> None:
        chance = np.random.default_rng(seed)
        length = int(hours * HOUR_MS)
        starts = START + chance.integers(0, length // 12, viewers)
        ends = START + length - chance.integers(0, length // 12, viewers)
        self.presence = pd.DataFrame({"start": starts, "end": ends})
        every = length // (moments + 1)
        self.moments = [START + every * (one + 1) + int(chance.integers(-60_000, 60_000)) for one in range(moments)]
        at, who = self._background(chance, per_minute, length, viewers)
        present = (starts[who] <= at) & (at < ends[who])
        at, who = at[present], who[present]
        for moment in self.moments:
            there = np.flatnonzero((starts <= moment) & (ends > moment))
            joined = there[chance.random(len(there)) < joining]
            voices = np.repeat(joined, 1 + chance.poisson(0.5, len(joined)))
            at = np.concatenate([at, moment + 1_000 + chance.gamma(2.0, 3_000, len(voices)).astype("int64")])
            who = np.concatenate([who, voices])
        self.voices = pd.DataFrame(
            {
                "at": at.astype("int64"),
                "viewer": [f"u:{number}" for number in who],
                "kind": np.where(chance.random(len(at)) < 0.6, "chat", "reaction"),
                "position_ms": at - START,
            }
        )

    def score(self) -> tuple[int, int, int, int]:
        """Count found that are right, found, planted that are found, planted."""
        found = highlights(self.voices, self.presence)
        right = sum(any(self._meets(one, moment) for moment in self.moments) for one in found)
        hit = sum(any(self._meets(one, moment) for one in found) for moment in self.moments)
        return right, len(found), hit, len(self.moments)

    @staticmethod
    def _meets(one: dict[str, int], moment: int) -> bool:
        return one["start_ms"] - NEAR_MS <= moment <= one["end_ms"] + NEAR_MS

    @staticmethod
    def _background(
        chance: np.random.Generator, per_minute: float, length: int, viewers: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Talk at a pace that swells and sinks by a half in 40 minutes."""
        most = int(chance.poisson(1.5 * per_minute * length / 60_000))
        at = chance.integers(0, length, most)
        kept = at[chance.random(most) < (1 + 0.5 * np.sin(at / 2_400_000 * 2 * np.pi)) / 1.5]
        return START + kept, chance.integers(0, viewers, len(kept))


KINDS: dict[str, dict[str, float]] = {
    "8 viewers, 1 a minute": {"viewers": 8, "per_minute": 1.0, "moments": 6, "joining": 0.8},
    "30 viewers, 4 a minute": {"viewers": 30, "per_minute": 4.0, "moments": 8, "joining": 0.5},
    "200 viewers, 20 a minute": {"viewers": 200, "per_minute": 20.0, "moments": 8, "joining": 0.2},
    "2,000 viewers, 200 a minute": {"viewers": 2_000, "per_minute": 200.0, "moments": 8, "joining": 0.1},
}


def measured(kind: str, parties: int, seed: int = 0) -> tuple[float, float]:
    """Give precision and recall over some parties of a kind."""
    made = (Planted(seed + number, **KINDS[kind]) for number in range(parties))  # type: ignore[arg-type]
    right, found, hit, planted = np.sum([party.score() for party in made], axis=0)
    return right / max(1, found), hit / planted


def false_an_hour(per_minute: float, parties: int, seed: int = 0) -> float:
    """Count the highlights in an hour of a party of 50 in which nothing happens."""
    alarms = 0
    for number in range(parties):
        party = Planted(seed + number, viewers=50, per_minute=per_minute, moments=0, joining=0.0)
        alarms += len(highlights(party.voices, party.presence))
    return alarms / (2 * parties)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parties", type=int, default=40)
    parties = parser.parse_args().parties
    for kind in KINDS:
        precision, recall = measured(kind, parties)
        print(f"{kind:30} precision {precision:.3f}  recall {recall:.3f}")
    for pace in (0.5, 1, 2, 4, 8, 16, 60, 200):
        print(f"nothing, {pace:5} a minute: {false_an_hour(pace, parties):.3f} false highlights an hour")


if __name__ == "__main__":
    main()
