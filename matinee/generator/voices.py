"""What people say and how they react: a steady murmur, and bursts at the great moments of a film."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from matinee.generator import words
from matinee.generator.arrays import MINUTE, SECOND, Ints, Reals, counted, ranges, whole
from matinee.generator.parameters import Parameters
from matinee.generator.rows import Rows
from matinee.generator.scene import Scene
from matinee.generator.tallies import distinct
from matinee.generator.timelines import Timelines
from matinee.generator.visits import Visits, present, spans, where
from matinee.generator.world import Films, People

CHAT, REACTIONS, BOTH = range(3)
APART_MS = 90 * SECOND
"""Of two bursts that are nearer than this the second one does not come."""


@dataclass(frozen=True, slots=True)
class Bursts:
    """Planted bursts: where, when, at which position of which film, of what kind, how many people and how many events."""

    party: Ints
    at: Ints
    film: Ints
    position: Ints
    kind: Ints
    people: Ints
    events: Ints


def murmur(chance: Generator, scene: Scene, visits: Visits, rows: Rows) -> None:
    """Let everybody say a word now and then: Poisson, each by their own talkativeness."""
    parameters = scene.parameters
    for kind, a_minute in (("chat.sent", parameters.chat_a_minute), ("reaction.sent", parameters.reactions_a_minute)):
        session, at = _moments(chance, scene.people, visits, a_minute)
        rows.add(kind, **_said(chance, kind, len(session), excited=False), **_there(scene, visits, session, at))


def bursts(chance: Generator, scene: Scene, visits: Visits, rows: Rows) -> Bursts:
    """Let parties cry out where a film's great moments are played before enough people."""
    parameters = scene.parameters
    party, at, film, position = _great_moments(chance, parameters, scene.films, scene.shows)
    row, session, until = present(visits, party, at)
    plenty = np.bincount(row, minlength=len(party)) >= parameters.burst_least_present
    kind = chance.integers(0, 3, len(party))
    joins = plenty[row] & (chance.random(len(row)) < parameters.burst_joining)
    row, session, until = row[joins], session[joins], until[joins]
    heard_rows, heard_people = [], []
    for name, kinds, more in (("reaction.sent", (REACTIONS, BOTH), 1.0), ("chat.sent", (CHAT, BOTH), 0.5)):
        taking = np.flatnonzero(np.isin(kind[row], kinds))
        person, _ = counted(1 + chance.poisson(more, len(taking)))
        who = taking[person]
        when = at[row[who]] + whole(900 + chance.gamma(2.0, 1_300, len(who)))
        in_time = when < until[who] - 300
        who, when = who[in_time], when[in_time]
        rows.add(name, **_said(chance, name, len(who), excited=True), **_there(scene, visits, session[who], when))
        heard_rows.append(row[who])
        heard_people.append(visits.person[session[who]])
    heard = np.concatenate(heard_rows)
    events = np.bincount(heard, minlength=len(party))
    took_part = distinct(heard, np.concatenate(heard_people), len(party))
    found = np.flatnonzero(events > 0)
    return Bursts(*(column[found] for column in (party, at, film, position, kind, took_part, events)))


def _moments(chance: Generator, people: People, visits: Visits, a_minute: float) -> tuple[Ints, Ints]:
    session, begins, ends = spans(visits)
    length = np.maximum(0, ends - begins - SECOND)
    rate: Reals = people.chattiness[visits.person[session]] * a_minute / MINUTE
    span, _ = counted(chance.poisson(rate * length))
    return session[span], begins[span] + 500 + whole(chance.random(len(span)) * length[span])


def _great_moments(
    chance: Generator, parameters: Parameters, films: Films, shows: Timelines
) -> tuple[Ints, Ints, Ints, Ints]:
    stretch, moment = ranges(films.first_moment[shows.film], films.moment_count[shows.film])
    into = (films.moments[moment] - shows.position[stretch]) / shows.rate[stretch] if len(stretch) else np.zeros(0)
    opens, closes = shows.opens[stretch], shows.closes[stretch]
    kept = np.flatnonzero((into > 0) & (opens + into < closes - 15 * SECOND))
    party, at = shows.party[stretch[kept]], opens[kept] + whole(into[kept])
    order = np.lexsort((at, party))
    kept, party, at = kept[order], party[order], at[order]
    near = np.zeros(len(at), dtype=np.bool_)
    near[1:] = (party[1:] == party[:-1]) & (np.diff(at) < APART_MS)
    chosen = ~near & (chance.random(len(at)) < parameters.burst_share)
    kept = kept[chosen]
    return party[chosen], at[chosen], shows.film[stretch[kept]], films.moments[moment[kept]]


def _there(scene: Scene, visits: Visits, session: Ints, at: Ints) -> dict[str, Ints]:
    party = visits.party[session]
    film, position = where(scene.shows, scene.plans, party, at)
    who = {"party": party, "session": session, "person": visits.person[session]}
    return {"at": at, "film": film, "position": position, **who}


def _said(chance: Generator, kind: str, count: int, *, excited: bool) -> dict[str, Ints]:
    if kind == "reaction.sent":
        return {"emoji": (chance.random(count) ** 2 * len(words.EMOJI)).astype(np.int64)}
    if excited:
        return {"line": len(words.SAYINGS) + chance.integers(0, len(words.EXCLAMATIONS), count)}
    return {"line": chance.integers(0, len(words.SAYINGS), count)}
