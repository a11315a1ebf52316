"""What players report: the start of a film, a heartbeat each ten seconds, stalls, jumps, faults, the end."""

# ruff: noqa: PLR2004 - its figures are what this file is about

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from matinee.generator.arrays import SECOND, Flags, Ints, Reals, counted, ranges, whole
from matinee.generator.rows import Rows
from matinee.generator.scene import Scene
from matinee.generator.timelines import Timelines
from matinee.generator.visits import AT_START, UNDER_WAY, Visits, spans, stall_chance
from matinee.generator.world import People

BEAT_MS = 10 * SECOND
LEAST_BEAT_MS = 250
LEAST_PLAYED_MS = 400
HEIGHTS = np.array([1080, 720, 720, 1080])
"""What a desktop, a phone, a tablet, a television begin with."""


@dataclass(frozen=True, slots=True)
class Played:
    """Times in which one player plays one film along, in order of sessions and time."""

    session: Ints
    slot: Ints
    film: Ints
    begins: Ints
    ends: Ints
    position: Ints
    rate: Reals
    opening: Flags
    """The first of its session and film."""
    startup: Ints


def played(chance: Generator, shows: Timelines, visits: Visits) -> Played:
    """Cut the stretches of the parties to the times in which sessions are there and past their startup."""
    session, begins, ends = spans(visits)
    party = visits.party[session]
    row, stretch = ranges(shows.first[party], shows.count[party])
    of = session[row]
    slot = shows.slot[stretch]
    later_startup = np.minimum(whole(400 * np.exp(chance.normal(0, 0.6, len(visits.party)))), 5 * SECOND)
    again = begins[row] == visits.back[of]
    first_frame = np.where(slot == 0, visits.attempt[of] + visits.startup[of], 0)
    first_frame = np.where(visits.attempt[of] < 0, np.iinfo(np.int64).max, first_frame)
    opens = np.maximum(shows.opens[stretch], begins[row] + np.where(again, 800, 0))
    opens = np.maximum(opens, first_frame)
    opens = np.where(slot == 1, opens + later_startup[of], opens)
    silent = (visits.fault[of] == AT_START) | visits.unseen[of]
    closes = np.minimum(shows.closes[stretch], ends[row] - 200)
    kept = np.flatnonzero(~silent & (closes - opens >= LEAST_PLAYED_MS))
    kept = kept[np.lexsort((opens[kept], of[kept]))]
    of, stretch, slot, opens = of[kept], stretch[kept], slot[kept], opens[kept]
    opening = np.ones(len(of), dtype=np.bool_)
    opening[1:] = (of[1:] != of[:-1]) | (slot[1:] != slot[:-1])
    return Played(
        session=of,
        slot=slot,
        film=shows.film[stretch],
        begins=opens,
        ends=closes[kept],
        position=shows.position[stretch] + whole((opens - shows.opens[stretch]) * shows.rate[stretch]),
        rate=shows.rate[stretch],
        opening=opening,
        startup=np.where(slot == 0, visits.startup[of], later_startup[of]),
    )


def report(chance: Generator, scene: Scene, visits: Visits, plays: Played, rows: Rows) -> None:
    """Write down what the players send."""
    _beats(chance, scene, visits, plays, rows)
    _starts(chance, scene.people, visits, plays, rows)
    _ends(chance, visits, plays, rows)
    _faults(visits, plays, rows)


def _who(visits: Visits, session: Ints) -> dict[str, Ints]:
    return {"session": session, "person": visits.person[session], "party": visits.party[session]}


def _beats(chance: Generator, scene: Scene, visits: Visits, plays: Played, rows: Rows) -> None:
    people, parameters = scene.people, scene.parameters
    length = plays.ends - plays.begins
    play, number = counted((length + BEAT_MS - LEAST_BEAT_MS) // BEAT_MS)
    begins = plays.begins[play] + number * BEAT_MS
    ends = np.minimum(begins + BEAT_MS, plays.ends[play])
    session, count = plays.session[play], len(play)
    person, rate = visits.person[session], plays.rate[play]
    likely = stall_chance(parameters, people, person, visits.client[session]) * (ends - begins) / BEAT_MS
    drawn = chance.random(count)
    stall = whole(parameters.stall_median_ms * np.exp(chance.normal(0, 0.8, count))) + 50
    stall = np.where((drawn < likely) & (ends - begins > 2 * SECOND), np.minimum(stall, ends - begins - SECOND), 0)
    watched = whole((ends - begins - stall) * rate)
    start = plays.position[play] + whole(number * BEAT_MS * rate)
    drift = chance.normal(0, parameters.drift_sigma_ms, count) * np.sqrt(people.rtt_ms[person] / 25)
    jumpy = chance.random(count) < 0.01
    drift = np.where(jumpy, drift * 20, drift) - stall * chance.uniform(0.1, 0.9, count)
    rtt = people.rtt_ms[person] * np.exp(chance.normal(0, 0.25, count))
    old = people.old_schema[person]
    rows.add(
        "view.watched",
        at=ends,
        film=plays.film[play],
        watched=watched,
        **{"from": np.where(old, -1, start), "to": np.where(old, -1, start + watched)},
        drift=np.where(old, np.nan, np.round(drift, 1)),
        rtt=np.where(old, np.nan, np.round(rtt, 1)),
        **_who(visits, session),
    )
    dry = np.flatnonzero(stall > 0)
    until = begins[dry] + stall[dry] + whole((ends - begins - stall)[dry] * chance.uniform(0.05, 0.95, len(dry)))
    rows.add(
        "view.stalled",
        at=until,
        film=plays.film[play[dry]],
        stall=stall[dry],
        position=start[dry] + whole((until - begins[dry] - stall[dry]) * rate[dry]),
        **_who(visits, session[dry]),
    )


def _starts(chance: Generator, people: People, visits: Visits, plays: Played, rows: Rows) -> None:
    opening = np.flatnonzero(plays.opening)
    session = plays.session[opening]
    rows.add(
        "view.started",
        at=plays.begins[opening],
        film=plays.film[opening],
        startup=plays.startup[opening],
        position=plays.position[opening],
        **_who(visits, session),
    )
    long = opening[plays.ends[opening] - plays.begins[opening] > 5 * SECOND]
    device = np.where(visits.second[plays.session[long]], 1, people.device[visits.person[plays.session[long]]])
    rows.add(
        "view.quality",
        at=plays.begins[long] + 1_000 + whole(chance.random(len(long)) * 2_000),
        film=plays.film[long],
        height=HEIGHTS[device],
        **_who(visits, plays.session[long]),
    )
    switching = np.flatnonzero((chance.random(len(plays.session)) < 0.05) & (plays.ends - plays.begins > 40 * SECOND))
    rows.add(
        "view.quality",
        at=plays.begins[switching] + 20 * SECOND + whole(chance.random(len(switching)) * 15 * SECOND),
        film=plays.film[switching],
        height=chance.choice(np.array([360, 480, 720, 1080]), len(switching)),
        **_who(visits, plays.session[switching]),
    )
    jumping = np.flatnonzero((chance.random(len(plays.session)) < 0.06) & (plays.ends - plays.begins > 10 * SECOND))
    into = whole(chance.random(len(jumping)) * (plays.ends - plays.begins - 2 * SECOND)[jumping]) + SECOND
    rows.add(
        "view.sought",
        at=plays.begins[jumping] + into,
        film=plays.film[jumping],
        position=plays.position[jumping] + whole(into * plays.rate[jumping]),
        **_who(visits, plays.session[jumping]),
    )


def _ends(chance: Generator, visits: Visits, plays: Played, rows: Rows) -> None:
    """Say that a film is over, where the player can still say anything."""
    closing = np.ones(len(plays.session), dtype=np.bool_)
    closing[:-1] = plays.opening[1:]
    last = np.flatnonzero(closing & visits.leaves[plays.session] & (visits.fault[plays.session] != UNDER_WAY))
    rows.add(
        "view.ended",
        at=plays.ends[last] + 5 + whole(chance.random(len(last)) * 150),
        film=plays.film[last],
        position=plays.position[last] + whole((plays.ends - plays.begins)[last] * plays.rate[last]),
        **_who(visits, plays.session[last]),
    )


def _faults(visits: Visits, plays: Played, rows: Rows) -> None:
    last = np.zeros(len(visits.party), dtype=np.int64)
    film = np.full(len(visits.party), -1)
    last[plays.session], film[plays.session] = plays.ends, plays.film  # the last one of each session stays
    broken = np.flatnonzero((visits.fault == UNDER_WAY) & (film >= 0))
    rows.add("view.failed", at=last[broken] + 100, film=film[broken], **_who(visits, broken))


def unseen(visits: Visits, first_film: Ints, rows: Rows) -> None:
    """Write down the attempts that came to nothing: faults at the start, and people who went before the first frame."""
    broken = np.flatnonzero((visits.fault == AT_START) & (visits.attempt >= 0))
    rows.add(
        "view.failed",
        at=visits.attempt[broken] + np.minimum(visits.startup[broken], (visits.leave - visits.attempt)[broken] - 300),
        film=first_film[broken],
        position=0,
        **_who(visits, broken),
    )
    gone = np.flatnonzero(visits.unseen)
    rows.add("view.ended", at=visits.leave[gone] - 200, film=first_film[gone], position=0, **_who(visits, gone))
