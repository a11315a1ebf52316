"""What a node knows of this moment in numbers: messages, reactions and joins of a sliding minute, and of each UTC day.

Nothing here waits, asks anybody or holds a person. Events are counted at the time that they carry themselves, which is the
one that the pipeline goes by: so the counts of a day must be those of its finals.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from conf.clock import utc
from store.documents import LiveBeat, LiveDay, LiveParty
from store.live import day_id
from store.sketches import bucket_of

Kind = Literal["chat", "reactions", "joins"]

MINUTE_SECONDS = 60
DAY_MS = 86_400_000
MOST_PARTIES = 100
"""Told with each beat; every beat is then below 20 KB, however many parties there are."""
BEAT_SECONDS = 5.0
BELIEVED = timedelta(seconds=20)
"""For so long after its last beat a node is counted: three may be lost."""
DAYS_KEPT = timedelta(days=10)
"""Counts of a day are kept for as long as late events can change its finals, and then some."""
LINGERS = timedelta(minutes=1)
"""After midnight an event of the day before may still be on its way to being counted."""


class Minute:
    """Counts by party over the last minute: the second that goes on, and the 59 before it."""

    def __init__(self) -> None:
        self._seconds: defaultdict[int, Counter[tuple[Kind, str]]] = defaultdict(Counter)

    def add(self, kind: Kind, party_id: str, at_ms: float) -> None:
        self._seconds[int(at_ms // 1000)][kind, party_id] += 1

    def counts(self, now_ms: float) -> Counter[tuple[Kind, str]]:
        """Add the minute up, and forget what was before it."""
        oldest = int(now_ms // 1000) - MINUTE_SECONDS + 1
        for second in [second for second in self._seconds if second < oldest]:
            del self._seconds[second]
        total: Counter[tuple[Kind, str]] = Counter()
        for counts in self._seconds.values():
            total.update(counts)
        return total


class Live:
    """The figures of one start of a node: another start is another node, or it would replace what this one counted."""

    def __init__(self, node_id: str) -> None:
        self._node_id = node_id
        self._minute = Minute()
        self._days: defaultdict[int, Counter[Kind]] = defaultdict(Counter)
        """By the days since the epoch, whose names would cost more than the counting."""
        self._told: dict[str, LiveDay] = {}

    def count(self, kind: Kind, party_id: str, at_ms: float) -> None:
        """Count something that happened."""
        self._minute.add(kind, party_id, at_ms)
        self._days[int(at_ms // DAY_MS)][kind] += 1

    def beat(
        self, now_ms: float, *, present: Mapping[str, int], is_live: Callable[[str], bool], drifts: Iterable[float]
    ) -> LiveBeat:
        """Tell how it is now. `present` counts the sessions of each party, `drifts` are in ms, early or late."""
        counts = self._minute.counts(now_ms)
        total: Counter[Kind] = Counter()
        for (kind, _), count in counts.items():
            total[kind] += count
        viewers = {party_id: sessions for party_id, sessions in present.items() if sessions and is_live(party_id)}
        fullest = sorted(viewers, key=lambda party_id: (-viewers[party_id], party_id))[:MOST_PARTIES]
        buckets = Counter(bucket_of(abs(drift)) for drift in drifts)
        return LiveBeat(
            id=self._node_id,
            at=utc(now_ms),
            viewers=sum(viewers.values()),
            live_parties=len(viewers),
            chat=total["chat"],
            reactions=total["reactions"],
            joins=total["joins"],
            drift={str(bucket): buckets[bucket] for bucket in sorted(buckets)},
            parties=[
                LiveParty(
                    party_id=party_id,
                    viewers=viewers[party_id],
                    chat=counts["chat", party_id],
                    reactions=counts["reactions", party_id],
                    joins=counts["joins", party_id],
                )
                for party_id in fullest
            ],
            expires_at=utc(now_ms) + BELIEVED,
        )

    def untold(self, now_ms: float, *, ended: bool = False) -> list[LiveDay]:
        """List the days that are not stored as they are now; with `ended` nothing comes to any of them."""
        days = (self._day(number, counts, utc(now_ms), ended=ended) for number, counts in sorted(self._days.items()))
        return [day for day in days if self._told.get(day.day) != day]

    def told(self, days: Iterable[LiveDay]) -> None:
        """Note that these are stored."""
        self._told |= {day.day: day for day in days}

    def _day(self, number: int, counts: Counter[Kind], now: datetime, *, ended: bool) -> LiveDay:
        begun = utc(number * DAY_MS)
        day, over = begun.date().isoformat(), begun + timedelta(days=1)
        return LiveDay(
            id=day_id(day, self._node_id),
            day=day,
            chat=counts["chat"],
            reactions=counts["reactions"],
            joins=counts["joins"],
            whole=ended or now >= over + LINGERS,
            expires_at=over + DAYS_KEPT,
        )
