"""Keeps the answers while a history is made."""

from dataclasses import dataclass

import numpy as np

from matinee.generator import words
from matinee.generator.answers import Answers, Burst, ClientAnswers, Cohort, DayAnswers, PartyAnswers
from matinee.generator.arrays import DAY, MINUTE, Flags, Ints
from matinee.generator.logbook import Ends
from matinee.generator.plans import Plans
from matinee.generator.presence import intervals, live
from matinee.generator.rows import Columns, taken
from matinee.generator.tallies import accepted, day_name, distinct, levels, summed
from matinee.generator.visits import Visits
from matinee.generator.voices import Bursts
from matinee.generator.words import KIND
from matinee.generator.world import Films, People

VIEW_MS = 3_000
ENGAGED_MS = 30_000
COHORT_DAYS = (1, 2, 3, 7, 14, 28)
_VIEW_KINDS = [KIND[name] for name in KIND if name.startswith("view.")]


@dataclass(frozen=True, slots=True)
class Made:
    """A part of a history as it was made, places counted within the part."""

    plans: Plans
    visits: Visits
    ends: Ends
    bursts: Bursts
    rows: Columns
    party_ids: list[str]


@dataclass(frozen=True, slots=True)
class Attempts:
    """What players sent, by session and film: each an attempt, most of them views."""

    of: Ints
    """The attempt that each row belongs to, -1 for none."""
    session: Ints
    film: Ints
    at: Ints
    watched: Ints
    view: Flags
    started: Flags
    failed: Flags


class Counting:
    """Takes in one part after the other."""

    def __init__(self, answers: Answers, people: People, films: Films) -> None:
        self.answers = answers
        self._people = people
        self._films = films
        self._person_ids = people.ids.to_pylist()
        self._film_ids = films.ids.to_pylist()
        self._first_day = answers.from_ms // DAY
        self._active = np.zeros((people.users, answers.to_ms // DAY - self._first_day + 1), dtype=np.bool_)

    def take(self, made: Made) -> None:
        """Count a part."""
        every = made.rows
        self.answers.events += len(every["at"])
        self.answers.copies += int((every["first"] >= 0).sum())
        self.answers.old_events += int((every["v"] == 0).sum())
        self.answers.late_events += int((every["received"] - every["at"] > MINUTE).sum())
        rows = taken(every, np.flatnonzero(every["first"] < 0))
        parties = self._parties(made)
        self._presence(made, rows, parties)
        self._voices(rows, parties)
        self._views(made, rows, parties)
        self._of_days(rows)
        self._bursts(made)
        self.answers.parties |= {party.party_id: party for party in parties}

    def finish(self) -> Answers:
        """Count what needs the whole history: who came back."""
        for day in range(self._active.shape[1]):
            self._day(self._first_day + day).active_users = int(self._active[:, day].sum())
        self.answers.days = dict(sorted(self.answers.days.items()))
        registered = self._people.registered[: self._people.users] // DAY
        for day in range(self._active.shape[1]):
            users = registered == self._first_day + day
            if users.any():
                self.answers.cohorts.append(self._cohort(day, users))
        return self.answers

    def _cohort(self, day: int, users: Flags) -> Cohort:
        """Count a cohort on the days that are over; others are not there."""
        whole_days = self.answers.to_ms // DAY - self._first_day
        return Cohort(
            day=day_name(self._first_day + day),
            users=int(users.sum()),
            campaign=bool(self._people.campaign[: self._people.users][users].any()),
            active={after: int(self._active[users, day + after].sum()) for after in COHORT_DAYS if day + after < whole_days},
        )  # fmt: skip

    def _parties(self, made: Made) -> list[PartyAnswers]:
        plans = made.plans
        return [
            PartyAnswers(
                party_id=made.party_ids[place],
                host=f"u:{self._person_ids[plans.host[place]]}",
                video_ids=[self._film_ids[film] for film in (plans.film[place], plans.second[place]) if film >= 0],
                created_ms=int(plans.created[place]),
                scheduled_ms=int(plans.scheduled[place]) if plans.scheduled[place] >= 0 else None,
            )
            for place in range(len(plans.host))
        ]

    def _presence(self, made: Made, rows: Columns, parties: list[PartyAnswers]) -> None:
        visits, size = made.visits, len(parties)
        session, begins, until = intervals(visits, rows)
        party = visits.party[session]
        opens, closes = live(made.ends, party, begins, until)
        cut_begins, cut_ends = np.maximum(begins, opens[party]), np.minimum(until, closes[party])
        peak = levels(party, cut_begins, cut_ends, size)
        viewer_ms = summed(party, np.maximum(0, cut_ends - cut_begins), size)
        presence_ms = summed(party, until - begins, size)
        viewers = distinct(party, visits.person[session], size)
        for place, found in enumerate(parties):
            found.sessions = int(visits.count[place])
            found.unique_viewers = int(viewers[place])
            found.peak_concurrent_viewers = int(peak[place])
            found.viewer_ms, found.presence_ms = int(viewer_ms[place]), int(presence_ms[place])
            if visits.count[place] and closes[place] > opens[place]:
                found.live = [(int(opens[place]), int(closes[place]))]

    def _voices(self, rows: Columns, parties: list[PartyAnswers]) -> None:
        size = len(parties)
        counts = {
            name: np.bincount(rows["party"][rows["kind"] == KIND[kind]], minlength=size)
            for name, kind in (
                ("chat_messages", "chat.sent"),
                ("reactions", "reaction.sent"),
                ("invited", "party.invited"),
                ("accepted", "party.invite_accepted"),
                ("heartbeats", "view.watched"),
                ("stalls", "view.stalled"),
            )
        }
        chat = rows["kind"] == KIND["chat.sent"]
        counts["unique_chatters"] = distinct(rows["party"][chat], rows["person"][chat], size)
        _put(parties, counts)

    def _views(self, made: Made, rows: Columns, parties: list[PartyAnswers]) -> None:
        size = len(parties)
        believed, beats = accepted(rows, np.flatnonzero(rows["kind"] == KIND["view.watched"]))
        found = self._attempts(rows, believed, beats)
        self._of_clients(made, rows, found)
        self._note_views(made, found)
        length = self._films.duration_ms[found.film]
        engaged = found.view & ((found.watched >= ENGAGED_MS) | (2 * found.watched >= length))
        party = made.visits.party[found.session]
        sums = {
            "attempts": np.bincount(party, minlength=size),
            "views": np.bincount(party[found.view], minlength=size),
            "engaged_views": np.bincount(party[engaged], minlength=size),
            "started": np.bincount(party[found.started], minlength=size),
            "failed": np.bincount(party[found.failed], minlength=size),
            "watch_time_ms": summed(rows["party"][beats], believed, size),
            "stall_ms": summed(np.maximum(rows["party"], 0), np.maximum(rows["stall"], 0), size),
        }
        _put(parties, sums)
        days = rows["at"][beats] // DAY
        pairs, where = np.unique(np.stack([rows["party"][beats].astype(np.int64), days]), axis=1, return_inverse=True)
        for (place, day), total in zip(pairs.T.tolist(), summed(where, believed, pairs.shape[1]).tolist(), strict=True):
            parties[place].watch_by_day[day_name(day)] = total
            self._day(day).watch_time_ms += total

    def _attempts(self, rows: Columns, believed: Ints, beats: Ints) -> Attempts:
        """Group; an attempt is dated by its first heartbeat in the order received, without one by its first row."""
        seen = np.flatnonzero(np.isin(rows["kind"], _VIEW_KINDS) & (rows["film"] >= 0))
        wide = len(self._film_ids) + 1
        keys, place = np.unique(rows["session"][seen].astype(np.int64) * wide + rows["film"][seen], return_inverse=True)
        of = np.full(len(rows["at"]), -1)
        of[seen] = place
        order = seen[np.lexsort((rows["made"][seen], rows["at"][seen], rows["received"][seen]))]
        at = np.zeros(len(keys), dtype=np.int64)
        at[of[order[::-1]]] = rows["at"][order[::-1]]  # the first one is written last
        at[of[beats[::-1]]] = rows["at"][beats[::-1]]
        watched = summed(of[beats], believed, len(keys))

        def has(kind: str) -> Flags:
            marked = np.zeros(len(keys), dtype=np.bool_)
            marked[of[(rows["kind"] == KIND[kind]) & (of >= 0)]] = True
            return marked

        return Attempts(
            of=of,
            session=keys // wide,
            film=keys % wide,
            at=at,
            watched=watched,
            view=watched >= VIEW_MS,
            started=has("view.started") | has("view.watched"),
            failed=has("view.failed"),
        )

    def _note_views(self, made: Made, found: Attempts) -> None:
        person, day = made.visits.person[found.session], found.at // DAY
        for number in np.unique(day).tolist():
            today, answers = day == number, self._day(number)
            answers.attempts += int(today.sum())
            answers.views += int((today & found.view).sum())
            answers.failed += int((today & found.failed).sum())
        users = found.view & (person < self._people.users)
        self._active[person[users], day[users] - self._first_day] = True

    def _of_clients(self, made: Made, rows: Columns, found: Attempts) -> None:
        size = len(found.session)
        client = made.visits.client[found.session]
        since = found.at >= self.answers.experiment.since_ms
        starts = np.flatnonzero((rows["kind"] == KIND["view.started"]) & (found.of >= 0))
        startup: Ints = np.zeros(size, dtype=np.int64)
        startup[found.of[starts]] = rows["startup"][starts]
        stalls = np.bincount(found.of[rows["kind"] == KIND["view.stalled"]], minlength=size)
        for code in np.unique(client).tolist():
            ours = since & (client == code)
            answers = self.answers.clients.setdefault(words.CLIENTS[code], ClientAnswers())
            answers.attempts += int(ours.sum())
            answers.started += int((ours & found.started).sum())
            answers.startup_sum_ms += int(startup[ours].sum())
            answers.stalls += int(stalls[ours].sum())
            answers.watch_time_ms += int(found.watched[ours].sum())

    def _of_days(self, rows: Columns) -> None:
        day = rows["at"] // DAY
        counted = {
            "chat_messages": "chat.sent",
            "reactions": "reaction.sent",
            "parties_created": "party.created",
            "parties_started": "party.started",
            "parties_ended": "party.ended",
            "registered": "account.registered",
            "stalls": "view.stalled",
        }
        for number in np.unique(day).tolist():
            today, found = day == number, self._day(number)
            found.events += int(today.sum())
            kinds = np.bincount(rows["kind"][today], minlength=len(KIND))
            found.stall_ms += int(np.maximum(rows["stall"][today], 0).sum())
            for name, kind in counted.items():
                setattr(found, name, getattr(found, name) + int(kinds[KIND[kind]]))

    def _bursts(self, made: Made) -> None:
        planted = made.bursts
        for place in range(len(planted.at)):
            self.answers.bursts.append(
                Burst(
                    party_id=made.party_ids[planted.party[place]],
                    at_ms=int(planted.at[place]),
                    video_id=self._film_ids[planted.film[place]],
                    position_ms=int(planted.position[place]),
                    kind=("chat", "reactions", "both")[planted.kind[place]],
                    people=int(planted.people[place]),
                    events=int(planted.events[place]),
                )
            )

    def _day(self, number: int) -> DayAnswers:
        return self.answers.days.setdefault(day_name(number), DayAnswers())


def _put(parties: list[PartyAnswers], columns: dict[str, Ints]) -> None:
    for name, column in columns.items():
        for party, count in zip(parties, column.tolist(), strict=True):
            setattr(party, name, count)
