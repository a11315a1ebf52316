"""A history: made part by part, each from its own seed, and given out slot by slot in bounded memory.

Parties are made in the order of their creation, so many at a time as come to some hundred thousand events. What is
received before the next part's first party was made can be given out; the rest waits. No more waits than a few days
hold, however long the history is.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from matinee.generator import logbook, plans, timelines, viewing, visits, voices, world
from matinee.generator.answers import Anomaly, Answers, Experiment
from matinee.generator.arrays import DAY, HOUR
from matinee.generator.counting import Counting, Made
from matinee.generator.delivery import delivered
from matinee.generator.documents import Document, Documents
from matinee.generator.logbook import Details
from matinee.generator.parameters import USUAL, Parameters
from matinee.generator.pools import Pools, Pseudonym
from matinee.generator.rows import Columns, Rows, joined, taken
from matinee.generator.scene import Scene, Trouble
from matinee.generator.tables import Tables
from matinee.generator.words import CLIENTS, CONTROL, TREATMENT
from matinee.generator.world import Film, Resident

PART_EVENTS = 250_000
START_MS = 1_795_392_000_000
"""2026-11-23T00:00Z, a Monday: where histories begin for which nobody says when they end."""
LEAST_DAYS_FOR_TROUBLE = 3


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a history shall be; equal wishes give equal bytes."""

    seed: int = 1
    days: float = 30
    events: int = 1_000_000
    """About so many; parties are not cut to make it exact."""
    until_ms: int | None = None
    """Nothing is received at or after this; without it the history begins at `START_MS`."""
    residents: tuple[Resident, ...] = ()
    films: tuple[Film, ...] = ()
    films_behind: int = 0
    """How many of the made-up films are more popular than these."""
    parameters: Parameters = USUAL

    @property
    def span(self) -> tuple[int, int]:
        length = round(self.days * DAY)
        until = START_MS + length if self.until_ms is None else self.until_ms
        return until - length, until


class Part(NamedTuple):
    """What was made in one go, places counted over the whole history, and the moment before which nothing more comes."""

    made: Made
    rows: Columns
    complete_ms: int
    first_party: int
    """Place of its first party in the whole history."""


class History:
    """Makes one history, as often as it is asked to."""

    def __init__(self, wishes: Wishes) -> None:
        self.wishes = wishes
        self._answers: Answers | None = None
        chance = self._chance(0)
        span, parameters, events = wishes.span, wishes.parameters, wishes.events
        self.people = world.people(
            chance, parameters, events=events, span=span, campaign=self._campaign(), residents=wishes.residents
        )
        self.films = world.films(
            chance, parameters, self.people, events=events, span=span, given=wishes.films, behind=wishes.films_behind
        )
        self.trouble = self._trouble()
        surge = self._surge()
        self.plans = plans.plans(
            chance, parameters, self.people, self.films, events=events, span=span,
            surge_day=None if surge is None else surge // DAY,
        )  # fmt: skip
        self.pools = Pools(self.people, self.films)
        self.details = Details()

    @property
    def answers(self) -> Answers:
        """What is true of it; where nobody has asked for its events yet, they are made and thrown away."""
        if self._answers is None:
            for _ in self.parts():
                pass
        assert self._answers is not None
        return self._answers

    def raw_tables(
        self, *, minutes: int = 1, pseudonym: Pseudonym | None = None
    ) -> Iterator[tuple[str, pa.Table]]:  # fmt: skip
        """Give the raw table of each slot in order, such as `ingest` writes it; `minutes` makes slots longer."""
        tables: Tables | None = None
        for rows in self.received(minutes=minutes):
            tables = tables or Tables(self.pools, self.details, pseudonym)
            yield from tables.slots(rows, minutes)

    def documents(self) -> Iterator[tuple[str, list[Document]]]:
        """Give the documents that MongoDB would hold, by their collections, in portions: `events_…` and `party_log`."""
        documents: Documents | None = None
        for rows in self.received():
            documents = documents or Documents(self.pools, self.plans, self.details)
            yield from documents.written(rows)

    def received(self, *, minutes: int = 1) -> Iterator[Columns]:
        """Give the rows in portions, each of whole slots, none of which comes again."""
        waiting: list[Columns] = []
        length = minutes * 60_000
        for part in self.parts():
            waiting.append(part.rows)
            complete = part.complete_ms // length * length
            rows = joined(waiting)
            over = rows["received"] < complete
            waiting = [taken(rows, np.flatnonzero(~over))]
            if over.any():
                yield taken(rows, np.flatnonzero(over))
        if waiting and len(waiting[0]["at"]):
            yield waiting[0]

    def parts(self) -> Iterator[Part]:
        """Make the history; afterwards its answers are known."""
        self.pools, self.details = Pools(self.people, self.films), Details()
        counting = Counting(self._empty_answers(), self.people, self.films)
        begins = self._cuts()
        for number, begin in enumerate(begins):
            end = begins[number + 1] if number + 1 < len(begins) else len(self.plans.host)
            yield self._part(number, begin, end, counting)
        self._answers = counting.finish()

    def _cuts(self) -> list[int]:
        """Cut the plans into parts of about as many events."""
        so_far = np.cumsum(self.plans.expected)
        count = int(np.ceil(so_far[-1] / PART_EVENTS))
        found = np.searchsorted(so_far, np.arange(count) * (so_far[-1] / count))
        return sorted({int(place) for place in found})

    def _part(self, number: int, begin: int, end: int, counting: Counting) -> Part:
        chance, parameters, until_ms = self._chance(1 + number), self.wishes.parameters, self.wishes.span[1]
        planned = self.plans.take(slice(begin, end))
        after = self.wishes.span[0] if begin == 0 else int(self.plans.created[begin])
        before = until_ms if end == len(self.plans.host) else int(self.plans.created[end])
        shows = timelines.timelines(int(chance.integers(2**62)), planned, self.films, until_ms)
        scene = Scene(parameters, self.people, self.films, planned, shows, self.trouble, until_ms)
        came = visits.visits(chance, scene)
        rows = Rows()
        ends = logbook.party_log(chance, scene, came, rows, self.details)
        plays = viewing.played(chance, shows, came)
        viewing.report(chance, scene, came, plays, rows)
        viewing.unseen(came, visits.where(shows, planned, came.party, came.attempt)[0], rows)
        voices.murmur(chance, scene, came, rows)
        bursts = voices.bursts(chance, scene, came, rows)
        logbook.invitations(chance, scene, came, rows)
        logbook.arrivals(self.people, self.films, after, before, rows)
        laid = delivered(chance, parameters, self.people, rows.laid(), until_ms)
        parties, sessions = self.pools.parties.size, self.pools.sessions.ids.size
        names = self.pools.grow(chance, planned.created, planned.chance, came).to_pylist()
        made = Made(planned, came, ends, bursts, laid, names)
        counting.take(made)
        return Part(made, _placed(laid, parties, sessions), before, parties)

    def _chance(self, stream: int) -> np.random.Generator:
        return np.random.default_rng([self.wishes.seed, stream])

    def _empty_answers(self) -> Answers:
        begin, end = self.wishes.span
        parameters, surge = self.wishes.parameters, self._surge()
        anomalies = []
        if self.trouble.outage[0] >= 0:
            anomalies.append(Anomaly(kind="failures", from_ms=self.trouble.outage[0], to_ms=self.trouble.outage[1]))
        if surge is not None:
            anomalies.append(Anomaly(kind="surge", from_ms=surge, to_ms=surge + DAY))
        return Answers(
            seed=self.wishes.seed,
            from_ms=begin,
            to_ms=end,
            anomalies=anomalies,
            experiment=Experiment(
                control=CLIENTS[CONTROL],
                treatment=CLIENTS[TREATMENT],
                since_ms=self.trouble.rollout_ms,
                startup_ratio=parameters.treatment_startup,
                stall_ratio=parameters.treatment_stalls,
            ),
        )

    def _whole_day(self, share: float) -> int | None:
        """Find the beginning of a whole day in UTC that far into the history."""
        begin, end = self.wishes.span
        if self.wishes.days < LEAST_DAYS_FOR_TROUBLE:
            return None
        return (begin + round((end - begin) * share)) // DAY * DAY

    def _campaign(self) -> tuple[int, int] | None:
        day = self._whole_day(0.35)
        return None if day is None else (day, day + DAY)

    def _surge(self) -> int | None:
        return self._whole_day(0.8)

    def _trouble(self) -> Trouble:
        day, rollout = self._whole_day(0.6), self._whole_day(0.5)
        outage = (-1, -1) if day is None else (day + 12 * HOUR, day + 24 * HOUR)
        begin, end = self.wishes.span
        return Trouble(outage=outage, rollout_ms=(begin + end) // 2 if rollout is None else rollout)


def _placed(laid: Columns, parties: int, sessions: int) -> Columns:
    """Name parties and sessions by their places in the whole history."""
    rows = dict(laid)
    for name, offset in (("party", parties), ("session", sessions), ("connection", 2 * sessions)):
        rows[name] = np.where(laid[name] >= 0, laid[name] + offset, -1).astype(np.int32)
    return rows


def history(
    *,
    seed: int = 1,
    days: float = 30,
    events: float = 1_000_000,
    until_ms: int | None = None,
    residents: Sequence[Resident] = (),
    films: Sequence[Film] = (),
    films_behind: int = 0,
    parameters: Parameters = USUAL,
) -> History:
    """Plan a history of about `events` over `days`, which end at `until_ms`, in ms since 1970."""
    return History(
        Wishes(
            seed=seed,
            days=days,
            events=round(events),
            until_ms=until_ms,
            residents=tuple(residents),
            films=tuple(films),
            films_behind=films_behind,
            parameters=parameters,
        )
    )
