"""What the log of a party holds beside chat, and what the API and the nodes write down about parties and accounts."""

# ruff: noqa: PLR2004 - its figures are what this file is about

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from matinee.generator.arrays import HOUR, MINUTE, SECOND, Ints, counted, whole
from matinee.generator.plans import ABANDONED, VACATED, Plans
from matinee.generator.rows import Rows
from matinee.generator.scene import Scene
from matinee.generator.visits import NEVER, Visits, present, where
from matinee.generator.words import KIND
from matinee.generator.world import Films, People

DOORS_MS = 15 * MINUTE
"""The doors of a scheduled party are opened this long before its time."""
EMPTY_MS = 5 * MINUTE
"""A party that nobody is in for this long is a lobby again."""


@dataclass(slots=True)
class Details:
    """What some events of the log hold beside the columns, by their place here."""

    held: list[tuple[object, ...]] = field(default_factory=list)

    def place(self, *values: object) -> int:
        self.held.append(values)
        return len(self.held) - 1


@dataclass(frozen=True, slots=True)
class Ends:
    """When each party was started and ended or vacated; -1 where that was not seen."""

    started: Ints
    ended: Ints
    vacated: Ints


def party_log(chance: Generator, scene: Scene, visits: Visits, rows: Rows, details: Details) -> Ends:
    """Write the life of each party: made, begun, played, left, ended."""
    plans, shows = scene.plans, scene.shows
    places = np.arange(len(plans.host))
    rows.add(
        "party.created",
        at=plans.created,
        party=places,
        person=plans.host,
        film=plans.film,
        carries=plans.film,
        scheduled=plans.scheduled,
    )
    soon = np.flatnonzero(plans.scheduled >= 0)
    opened = np.maximum(plans.created[soon] + SECOND, plans.scheduled[soon] - DOORS_MS)
    rows.add("party.opened", at=opened, party=soon, film=plans.film[soon])
    hosting = visits.hosting
    _controls(scene, hosting, rows, details)
    _doors(chance, scene, visits, rows)
    _queue(scene, hosting, rows, details)
    _polls(chance, scene, visits, rows, details)
    begun = shows.count > 0
    last_leave = np.full(len(places), NEVER)
    np.maximum.at(last_leave, visits.party, visits.leave)
    ended = visits.ended
    vacated = np.where(begun & (plans.ending == VACATED), last_leave + EMPTY_MS, NEVER)
    over = np.flatnonzero(ended >= 0)
    rows.add("party.ended", at=ended[over], party=over, person=plans.host[over], session=hosting[over], film=_last_film(plans)[over])  # fmt: skip
    empty = np.flatnonzero(vacated >= 0)
    rows.add("party.vacated", at=vacated[empty], party=empty, film=_last_film(plans)[empty])
    return Ends(started=np.where(begun, plans.start, NEVER), ended=ended, vacated=vacated)


def _last_film(plans: Plans) -> Ints:
    return np.where(plans.second >= 0, plans.second, plans.film)


def _controls(scene: Scene, hosting: Ints, rows: Rows, details: Details) -> None:
    plans, controls = scene.plans, scene.shows.controls
    party = np.array([one.party for one in controls], dtype=np.int64)
    kind = np.array([one.kind for one in controls], dtype=np.int64)
    film = np.array([one.film for one in controls], dtype=np.int64)
    before = np.array([one.before for one in controls], dtype=np.int64)
    plays = kind != KIND["party.started"]
    rows.add(
        kind,
        at=np.array([one.at for one in controls], dtype=np.int64),
        party=party,
        person=plans.host[party],
        session=hosting[party],
        film=film,
        carries=np.where(kind == KIND["playback.video_changed"], film, -1),
        position=np.where(plays, [one.position for one in controls], -1),
        rate=np.where(plays, [one.rate for one in controls], np.nan),
        detail=[details.place(one.running, one.cause) for one in controls],
        **{"from": before},
    )


def _doors(chance: Generator, scene: Scene, visits: Visits, rows: Rows) -> None:
    """Write who came and went: by connection from the nodes, by person in the log."""
    session = np.arange(len(visits.party))
    again, seen = np.flatnonzero(visits.back >= 0), np.flatnonzero(visits.leaves)

    def these(places: Ints, at: Ints) -> dict[str, Ints]:
        party = visits.party[places]
        film, _ = where(scene.shows, scene.plans, party, at[places])
        return {"party": party, "person": visits.person[places], "session": places, "film": film, "at": at[places]}

    rows.add("party.joined", connection=2 * session, **these(session, visits.join))
    rows.add("party.left", connection=2 * again, **these(again, visits.noticed))
    rows.add("party.joined", connection=2 * again + 1, **these(again, visits.back))
    rows.add("party.left", connection=2 * seen + (visits.back[seen] >= 0), **these(seen, visits.leave))
    members = np.flatnonzero(~visits.second & ~visits.host)
    rows.add("member.joined", **these(members, visits.join))
    goes = members[visits.leaves[members] & (chance.random(len(members)) < 0.6)]
    rows.add("member.left", **these(goes, visits.leave))


def _queue(scene: Scene, hosting: Ints, rows: Rows, details: Details) -> None:
    """Queue the second film while the first one runs; it leaves the queue when it is put on."""
    plans, shows = scene.plans, scene.shows
    change = {one.party: one.at for one in shows.controls if one.kind == KIND["playback.video_changed"]}
    party = np.array(sorted(change), dtype=np.int64)
    put_on = np.array([change[one] for one in sorted(change)], dtype=np.int64)
    added = plans.start[party] + (put_on - plans.start[party]) // 3
    who = {"party": party, "person": plans.host[party], "session": hosting[party], "film": plans.film[party]}
    item = [details.place(int(film)) for film in plans.second[party]]
    rows.add("queue.added", at=added, detail=item, **who)
    rows.add("queue.voted", at=added + 20 * SECOND, detail=item, **who)
    rows.add("queue.removed", at=put_on, detail=item, **who)


def _polls(chance: Generator, scene: Scene, visits: Visits, rows: Rows, details: Details) -> None:
    """Ask some parties a question, and mute somebody in a few."""
    plans, shows, hosting = scene.plans, scene.shows, visits.hosting
    length = shows.over - plans.start
    many = (plans.guests >= 3) & (length > 10 * MINUTE)
    party = np.flatnonzero(many & (chance.random(len(length)) < 0.12))
    opened = plans.start[party] + length[party] // 4
    host = {"party": party, "person": plans.host[party], "session": hosting[party], "film": plans.film[party]}
    rows.add("poll.opened", at=opened, detail=[details.place()] * len(party), **host)
    row, session, until = present(visits, party, opened)
    when = opened[row] + 2 * SECOND + whole(chance.random(len(row)) * 20 * SECOND)
    votes = np.flatnonzero((when < until - 300) & (chance.random(len(row)) < 0.6))
    chosen = session[votes]
    option = [details.place(int(one)) for one in chance.integers(0, 3, len(votes))]
    rows.add("poll.voted", at=when[votes], detail=option, party=visits.party[chosen], session=chosen, person=visits.person[chosen], film=plans.film[visits.party[chosen]])  # fmt: skip
    rows.add("poll.closed", at=opened + 40 * SECOND, detail=[details.place()] * len(party), **host)
    loud = np.flatnonzero(many & (chance.random(len(length)) < 0.04))
    row, session, _ = present(visits, loud, plans.start[loud] + length[loud] // 3)
    muted = np.full(len(loud), NEVER)
    guests = ~visits.host[session]
    muted[row[guests]] = session[guests]
    loud, muted = loud[muted >= 0], muted[muted >= 0]
    rows.add("member.muted", at=plans.start[loud] + length[loud] // 3, party=loud, person=plans.host[loud], session=hosting[loud], film=plans.film[loud], detail=[details.place(int(one)) for one in visits.person[muted]])  # fmt: skip


def invitations(chance: Generator, scene: Scene, visits: Visits, rows: Rows) -> None:
    """Invite more people than come, most of them before the start; whoever accepts comes soon after."""
    people, plans = scene.people, scene.plans
    guests = np.where(plans.ending == ABANDONED, 0, np.minimum(plans.guests, 40))
    party, _ = counted(chance.poisson(guests * 0.9))
    room = np.maximum(1, plans.start[party] - plans.created[party] - SECOND)
    rows.add(
        "party.invited",
        at=plans.created[party] + 500 + whole(chance.random(len(party)) * room),
        party=party,
        person=plans.host[party],
    )
    may = ~visits.host & ~visits.second & (visits.person < people.users)
    accepting = np.flatnonzero(may & (chance.random(len(may)) < 0.5))
    earliest = plans.created[visits.party[accepting]] + 2 * SECOND
    before = whole(np.minimum(chance.exponential(20 * MINUTE, len(accepting)), 8 * HOUR))
    rows.add(
        "party.invite_accepted",
        at=np.maximum(earliest, visits.join[accepting] - SECOND - before),
        party=visits.party[accepting],
        person=visits.person[accepting],
    )
    signing = np.flatnonzero((visits.person < people.users) & (chance.random(len(may)) < 0.2))
    rows.add("account.logged_in", at=visits.join[signing] - 1_500, person=visits.person[signing])


def arrivals(people: People, films: Films, begin: int, end: int, rows: Rows) -> None:
    """Write down the accounts and films that were made in [begin, end)."""
    for kind, at in (("account.registered", people.registered[: people.users]), ("account.verified", people.verified)):
        found = np.flatnonzero((at >= begin) & (at < end))
        rows.add(kind, at=at[found], person=found)
    for kind, at in (("video.added", films.added), ("video.ready", films.added + 20 * SECOND)):
        found = np.flatnonzero((at >= begin) & (at < end))
        rows.add(kind, at=at[found], person=films.uploader[found], film=found, carries=found)
