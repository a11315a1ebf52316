"""Staying in step: the clock, the expected position and the correction of drift, as pure functions.

The web client follows the same rules (`web/static/js/sync/`); `tests/vectors/*.json` hold the two together.

Theory. *Clock*: an exchange gives offset = ((t1 - t0) + (t2 - t3)) / 2, wrong by half the asymmetry of its two ways and
so by at most half its delay; of the last 16 only those near the least delay are trusted, and their median is taken.
*Drift* = local position - expected position, read every 250 ms and smoothed (0.6 new, 0.4 old):

    |drift| <= 10 ms      nothing (once correcting, go on until under 5 ms; after a start until under 2 ms)
    |drift| <= 2,000 ms   playback rate: up to 5 % below 200 ms, 10 % above, 2 % once in step for 10 s
    |drift| >  2,000 ms   seek: a hard seek cannot mend an error smaller than its own stall of 50-400 ms

The rate mends 1 % for each 10 ms, so a drift is gone in about a second. With d' = d - 0.25 s and s' = 0.6 d' + 0.4 s both
poles of that loop have modulus sqrt(0.4) = 0.63 and an angle of 9 degrees: it settles long before it could swing.
"""

import math
from collections import deque
from statistics import median

from msgspec import Struct

from realtime.party.playback import Playback, clamp_position, position_at

__all__ = [
    "AT_REST",
    "STARTING",
    "ClockFilter",
    "Decision",
    "Drift",
    "Latency",
    "decide",
    "landing",
    "moving",
    "position_at",
    "time_of",
]

SAMPLES_KEPT = 16
JOIN_SAMPLES = 5
SAMPLE_EVERY_MS = 10_000
SETTLING_MS = (600, 800, 1_600, 2_000, 5_000)
"""Waits between the first samples and the steady ones. The five at once all meet a server that is busy letting us in, and
were 3-12 ms wrong together on an idle machine, 27 ms on a busy one; these find it at rest."""
TRUST_MS = 2.0
"""A sample is trusted within this much of the least delay, the scheduling noise of an event loop, …"""
TRUST_RATIO = 0.1
"""… or within this share of it, on long ways."""

TICK_MS = 250
IGNORE_MS = 10.0
DONE_MS = 5.0
SETTLED_MS = 2.0
"""After a start. Of two players 5 ms off either way, and a frame's half beside, the pair would be further apart than 20 ms."""
COARSE_MS = 200.0
SEEK_MS = 2_000.0
COARSE_LIMIT = 0.1
FINE_LIMIT = 0.05
STEADY_LIMIT = 0.02
STEADY_AFTER_MS = 10_000
IN_STEP_MS = 40.0
"""Beyond this nobody would call it in step, and the steady limit is lifted."""
NEW_WEIGHT = 0.6

START_GUESS_MS = 60.0
SEEK_GUESS_MS = 150.0
LONGEST_LATENCY_MS = 1_500.0
SEEKS_KEPT = 4
SEEK_MARGIN = 1.25
"""A seek that ends early costs nothing (the start waits for its time), one that ends late starts behind."""
LATENCY_WEIGHT = 0.4


class ClockFilter:
    """The server's clock as seen from here, out of the last 16 exchanges."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=SAMPLES_KEPT)

    def add(self, t0: float, t1: float, t2: float, t3: float) -> None:
        """Take one exchange: client send, server receive, server send, client receive. Impossible ones are dropped."""
        offset_ms = (t1 - t0 + (t2 - t3)) / 2
        delay_ms = t3 - t0 - (t2 - t1)
        if math.isfinite(offset_ms) and delay_ms >= 0:
            self._samples.append((offset_ms, delay_ms))

    @property
    def ready(self) -> bool:
        """Whether there is a reading at all."""
        return bool(self._samples)

    @property
    def delay_ms(self) -> float:
        """The least round trip of the samples kept; 0 without any."""
        return min((delay_ms for _, delay_ms in self._samples), default=0.0)

    @property
    def offset_ms(self) -> float:
        """Server time minus local time; 0 without any sample."""
        if not self._samples:
            return 0.0
        least = self.delay_ms
        bound = least + max(TRUST_MS, least * TRUST_RATIO)
        return median(offset_ms for offset_ms, delay_ms in self._samples if delay_ms <= bound)


def time_of(playback: Playback, position_ms: float) -> float | None:
    """Compute the server time at which the party reaches `position_ms`; None where it stands still."""
    if playback.paused:
        return None
    return playback.at_ms + (position_ms - playback.position_ms) / playback.rate


def moving(playback: Playback, now_ms: float, duration_ms: float | None = None) -> bool:
    """Say whether the film should be moving at server time `now_ms`: started, and not over."""
    if playback.paused or now_ms < playback.at_ms:
        return False
    return duration_ms is None or position_at(playback, now_ms, duration_ms) < duration_ms


def landing(playback: Playback, now_ms: float, latency: "Latency", duration_ms: float | None = None) -> float:
    """Choose where to put a player so that it can start in step: where the party will be when seek and start are through.

    A start that is scheduled later than that is met at its own position.
    """
    return position_at(playback, now_ms + latency.seek_ms + latency.start_ms, duration_ms)


class Drift(Struct, frozen=True):
    """What a player remembers between two ticks."""

    smoothed_ms: float | None = None
    correcting: bool = False
    settling: bool = False
    in_step_since_ms: float | None = None


AT_REST = Drift()
STARTING = Drift(correcting=True, settling=True)
"""After a start there is something to mend, whatever it is."""


class Decision(Struct, frozen=True):
    """What to do now: seek, or play at `rate` times the party's own rate."""

    state: Drift
    rate: float = 1.0
    seek: bool = False


def decide(state: Drift, drift_ms: float, now_ms: float) -> Decision:
    """Decide one tick from a new reading of the drift."""
    smoothed = drift_ms
    if state.smoothed_ms is not None:
        smoothed = NEW_WEIGHT * drift_ms + (1 - NEW_WEIGHT) * state.smoothed_ms
    size = abs(smoothed)
    if size > SEEK_MS:
        return Decision(state=AT_REST, seek=True)
    since = None
    if size <= IN_STEP_MS:
        since = now_ms if state.in_step_since_ms is None else state.in_step_since_ms
    done_ms = SETTLED_MS if state.settling else DONE_MS
    correcting = size > IGNORE_MS or (state.correcting and size >= done_ms)
    after = Drift(smoothed, correcting, state.settling and correcting, since)
    if not correcting:
        return Decision(state=after)
    limit = COARSE_LIMIT if size > COARSE_MS else FINE_LIMIT
    if since is not None and now_ms - since >= STEADY_AFTER_MS:
        limit = STEADY_LIMIT
    return Decision(state=after, rate=1 + min(limit, max(-limit, -smoothed / 1000)))


class Latency:
    """How long a player takes from a call to its effect, learned as it goes, so that calls can be made that much early."""

    def __init__(self) -> None:
        self._start_ms = START_GUESS_MS
        self._starts = 0
        self._seeks: deque[float] = deque(maxlen=SEEKS_KEPT)

    @property
    def start_ms(self) -> float:
        """From `play()` to the moment at which the film effectively begins to move."""
        return self._start_ms

    @property
    def seek_ms(self) -> float:
        """From a seek to the first frame there, with a margin."""
        return max(self._seeks) * SEEK_MARGIN if self._seeks else SEEK_GUESS_MS

    def started(self, ms: float) -> None:
        """Learn from a start. What no player does says nothing: the machine slept in between."""
        if not -100 < ms < 3_000:  # noqa: PLR2004
            return
        weight = LATENCY_WEIGHT if self._starts else 1.0
        self._starts += 1
        self._start_ms = clamp_position(self._start_ms + (ms - self._start_ms) * weight, LONGEST_LATENCY_MS)

    def sought(self, ms: float) -> None:
        """Learn from a seek."""
        self._seeks.append(clamp_position(ms, LONGEST_LATENCY_MS))
