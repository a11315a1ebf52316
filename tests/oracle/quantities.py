"""What the recount by hand counts: views, heartbeats, voices of a party, and what follows from each view alone."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.oracle.presence import Interval


@dataclass
class View:
    """An attempt to watch one film in one session."""

    at: int
    length: int | None
    started: bool
    failed: bool
    startup_ms: int | None
    party_id: str = ""
    session_id: str = ""
    video_id: str = ""
    viewer: str | None = None
    machine: dict[str, str | None] = field(default_factory=dict)
    beats: int = 0
    watched: int = 0
    stalls: int = 0
    stall_ms: int = 0
    drifts: list[float] = field(default_factory=list)
    pieces: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_view(self) -> bool:
        return self.beats > 0 and self.watched >= 3_000

    @property
    def engaged(self) -> bool:
        half = self.length is not None and 2 * self.watched >= self.length
        return self.is_view and (self.watched >= 30_000 or half)

    @property
    def ebvs(self) -> bool:
        return not self.started and not self.failed

    @property
    def played(self) -> list[int]:
        """How many pieces play each of the 100 bins."""
        if self.length is None:
            return [0] * 100
        # A bin's middle is (b + 1/2) L / 100; both sides are taken 200 times, so that nothing is rounded.
        middles = [(2 * number + 1) * self.length for number in range(100)]
        return [sum(200 * start <= middle < 200 * end for start, end in self.pieces) for middle in middles]

    @property
    def furthest(self) -> int | None:
        return max((end for _, end in self.pieces), default=None)

    @property
    def completed(self) -> bool:
        if self.length is None:
            return False
        longest = run = 0
        for count in self.played:
            run = run + 1 if count else 0
            longest = max(longest, run)
        return longest >= 95 or (self.furthest is not None and self.furthest >= self.length - 2_000)

    @property
    def coverage(self) -> int:
        return sum(count > 0 for count in self.played)

    @property
    def smoothness(self) -> float:
        spent = self.stall_ms + self.watched
        ratio = self.stall_ms / spent if spent else 0.0
        return (100 / math.sqrt(1 + (self.stalls / 2) ** 2) + 100 * math.exp(-10 * ratio)) / 2

    @property
    def startup_score(self) -> float | None:
        return None if self.startup_ms is None else 100 * 8 / (8 + self.startup_ms / 1000)

    @property
    def experience(self) -> float | None:
        """None where it is neither a view nor failed."""
        if self.failed:
            return 0.0
        if not self.is_view:
            return None
        known = [self.smoothness]
        if self.startup_score is not None:
            known.append(self.startup_score)
        if self.drifts:
            known.append(100 * math.exp(-interpolated(self.drifts, 0.95) / 1000 / 2))
        return 0.5 * min(known) + 0.5 * sum(known) / len(known)


@dataclass
class Beat:
    """A heartbeat, or a stall (`stall_ms` set, nothing watched)."""

    party_id: str
    video_id: str | None
    session_id: str
    viewer: str | None
    machine: dict[str, str | None]
    at: int
    watched: int = 0
    drift: float | None = None
    stall_ms: int | None = None


@dataclass
class Voice:
    """One message or reaction."""

    at: int
    video_id: str | None
    viewer: str | None
    kind: str


@dataclass
class Party:
    """All base quantities of one party."""

    party_id: str
    host: str | None = None
    created: int | None = None
    first_started: int | None = None
    ended: int | None = None
    invited: int = 0
    accepted: int = 0
    presence: list[Interval] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    machines: dict[str, dict[str, str | None]] = field(default_factory=dict)
    views: list[View] = field(default_factory=list)
    beats: list[Beat] = field(default_factory=list)
    voices: list[Voice] = field(default_factory=list)
    uploaders: dict[str, str | None] = field(default_factory=dict)


def interpolated(values: Iterable[float], share: float) -> float:
    """Give the percentile by linear interpolation between neighbours."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def ranked(values: list[float], per_cent: int) -> float:
    """Give the value of rank ceil(n · per cent), at least 1, of some values."""
    return sorted(values)[max(1, -(-len(values) * per_cent // 100)) - 1]
