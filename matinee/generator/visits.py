"""Who comes to a party, when, and when they go: sessions, their connections, and the times in which they are present."""

# ruff: noqa: PLR2004 - its figures are what this file is about

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from matinee.generator import words
from matinee.generator.arrays import MINUTE, SECOND, Flags, Ints, Reals, ranges, whole
from matinee.generator.parameters import Parameters
from matinee.generator.plans import ABANDONED, ENDED, Plans
from matinee.generator.scene import Scene, Trouble
from matinee.generator.timelines import Timelines
from matinee.generator.world import People

NEVER = -1
NO_FAULT, AT_START, UNDER_WAY = range(3)


@dataclass(frozen=True, slots=True)
class Visits:
    """One row a session, party by party, the host first. Times in ms, -1 where there is none."""

    party: Ints
    person: Ints
    host: Flags
    second: Flags
    """On a second device of somebody who is there already."""
    client: Ints
    join: Ints
    leave: Ints
    leaves: Flags
    """Whether the leave was seen."""
    dropped: Ints
    """When the connection dropped; from here to `back` nothing comes from the client."""
    noticed: Ints
    """When the server found out."""
    back: Ints
    attempt: Ints
    """When their player was first to play something; -1 where they had gone by then."""
    startup: Ints
    fault: Ints
    """`NO_FAULT`, `AT_START` or `UNDER_WAY`."""
    unseen: Flags
    """Left before the first frame, without a fault."""
    first: Ints
    """Of each party: its first session."""
    count: Ints
    ended: Ints
    """Of each party: when its host ended it, and everybody was put out; -1 where nobody did."""

    @property
    def hosting(self) -> Ints:
        """The host's session in each party, -1 where the host did not come."""
        found = np.full(len(self.first), NEVER)
        found[self.party[self.host]] = np.flatnonzero(self.host)
        return found


def visits(chance: Generator, scene: Scene) -> Visits:
    """Let people come and go."""
    parameters, people, plans, shows, until_ms = (
        scene.parameters,
        scene.people,
        scene.plans,
        scene.shows,
        scene.until_ms,
    )
    party, person, host, second = _company(chance, parameters, people, plans)
    count = len(party)
    created, start, over = plans.created[party], plans.start[party], shows.over[party]
    begun = shows.count[party] > 0
    ended = _ended(chance, plans, shows)
    length = np.maximum(over - start, 20 * SECOND)
    join = _arrivals(chance, host, created, start, length)
    join = np.minimum(join, np.where(begun, over - 8 * SECOND, until_ms - MINUTE))
    client = _clients(people, person, np.maximum(join, start), scene.trouble)
    attempt = np.where(begun, _first_played(shows, party, join), NEVER)
    startup = _startup(chance, parameters, people, person, client)
    likely = stall_chance(parameters, people, person, client)
    share, faithful = _patience(chance, parameters, likely)
    leave = np.maximum(join, start) + whole(share * length) + 5 * SECOND
    late = over + SECOND + whole(np.minimum(chance.exponential(20, count), 180) * SECOND)
    leave = np.where(host | faithful | (leave >= over - 2 * SECOND), late, leave)
    leave = np.where(begun, leave, join + whole(chance.exponential(6 * MINUTE, count)) + 10 * SECOND)
    put_out = np.where(ended[party] >= 0, ended[party] + 20 + whole(chance.random(count) * 280), until_ms - SECOND)
    leave = np.minimum(leave, put_out)
    outage = (attempt >= scene.trouble.outage[0]) & (attempt < scene.trouble.outage[1])
    fails = chance.random(count) < np.where(outage, parameters.outage_failure_share, parameters.failure_share)
    fails &= ~host & (attempt >= 0) & (attempt < leave - 2 * SECOND)
    early = (chance.random(count) < 0.7) | (leave < attempt + startup + MINUTE)
    fault = np.where(fails, np.where(early, AT_START, UNDER_WAY), NO_FAULT)
    leave = np.where(
        fault == AT_START, np.minimum(leave, attempt + whole(chance.uniform(3, 40, count) * SECOND)), leave
    )
    middle = attempt + startup + whole((leave - attempt - startup) * chance.uniform(0.2, 0.9, count))
    leave = np.where(fault == UNDER_WAY, np.maximum(middle, attempt + startup + 5 * SECOND), leave)
    waits = np.maximum(0, startup - parameters.patience_ms) / SECOND
    gives_up = (chance.random(count) < 1 - np.exp(-parameters.hazard_per_second * waits)) & ~host & (fault == NO_FAULT)
    patience = parameters.patience_ms + whole((startup - parameters.patience_ms) * chance.uniform(0.1, 0.9, count))
    leave = np.where(gives_up & (attempt >= 0), np.minimum(leave, attempt + patience), leave)
    leave = np.minimum(np.maximum(leave, join + 3 * SECOND), put_out)
    attempt = np.where(attempt < leave - 500, attempt, NEVER)
    unseen = (attempt >= 0) & (fault == NO_FAULT) & (leave < attempt + startup + SECOND)
    dropped, noticed, back = _drops(chance, parameters, join, leave, ~host & (fault == NO_FAULT))
    first = np.searchsorted(party, np.arange(len(plans.host)))
    return Visits(
        party=party,
        person=person,
        host=host,
        second=second,
        client=client,
        join=join,
        leave=leave,
        leaves=host | (chance.random(count) >= parameters.missing_leave),
        dropped=dropped,
        noticed=noticed,
        back=back,
        attempt=attempt,
        startup=startup,
        fault=fault,
        unseen=unseen,
        first=first,
        count=np.bincount(party, minlength=len(plans.host)),
        ended=ended,
    )


def spans(visits: Visits) -> tuple[Ints, Ints, Ints]:
    """Give the times in which sessions are connected: the session, from, to; two for one that dropped."""
    again = np.flatnonzero(visits.back >= 0)
    session = np.append(np.arange(len(visits.party)), again)
    begins = np.append(visits.join, visits.back[again])
    ends = np.append(np.where(visits.back >= 0, visits.dropped, visits.leave), visits.leave[again])
    order = np.lexsort((begins, session))
    return session[order], begins[order], ends[order]


def present(visits: Visits, party: Ints, at: Ints) -> tuple[Ints, Ints, Ints]:
    """Find who is connected to `party` at `at`, and for a second more: the asking row, the session, the end of its span."""
    row, session = ranges(visits.first[party], visits.count[party])
    when, back = at[row], visits.back[session]
    before = np.where(back >= 0, visits.dropped[session], visits.leave[session])
    early = (visits.join[session] < when) & (when < before - SECOND)
    late = (back >= 0) & (back < when) & (when < visits.leave[session] - SECOND)
    found = np.flatnonzero(early | late)
    return row[found], session[found], np.where(early, before, visits.leave[session])[found]


def _company(
    chance: Generator, parameters: Parameters, people: People, plans: Plans
) -> tuple[Ints, Ints, Flags, Flags]:
    """Choose who comes: the host, friends of the host, others, guests; each once, some with a second device."""
    parties = len(plans.host)
    hosts_come = np.flatnonzero((plans.ending != ABANDONED) | (chance.random(parties) < 0.6))
    party = np.repeat(np.arange(parties), plans.guests)
    created, count = plans.created[party], len(party)
    drawn = chance.random(count)
    circle = (plans.host[party] + chance.geometric(0.12, count)) % people.users
    others = people.among(people.attends, chance.random(count), created, chance)
    person = np.where(drawn < parameters.circle_share, people.known(circle, created, chance), others)
    quits = people.campaign[person] & (chance.random(count) > parameters.quitters_factor)
    person = np.where(quits, people.among(people.attends, chance.random(count), created, chance), person)
    guests = len(people.ids) - people.users
    guest = people.users + (chance.random(count) * guests).astype(np.int64)
    person = np.where(chance.random(count) < parameters.guest_share, guest, person)
    doubled = np.flatnonzero(chance.random(count) < parameters.second_device)
    party = np.concatenate([hosts_come, party, party[doubled]])
    person = np.concatenate([plans.host[hosts_come], person, person[doubled]])
    rank = np.repeat([0, 1, 2], [len(hosts_come), count, len(doubled)])
    order = np.lexsort((np.arange(len(party)), rank, party))
    party, person, rank = party[order], person[order], rank[order]
    _, once = np.unique(
        np.where(rank == 2, -1 - np.arange(len(party)), party * len(people.ids) + person), return_index=True
    )
    kept = np.sort(once)
    party, person, rank = party[kept], person[kept], rank[kept]
    return party, person, rank == 0, rank == 2


def _ended(chance: Generator, plans: Plans, shows: Timelines) -> Ints:
    ended = shows.over + whole(chance.uniform(0.5, 8, len(plans.host)) * SECOND)
    return np.where((shows.count > 0) & (plans.ending == ENDED), ended, NEVER)


def _arrivals(chance: Generator, host: Flags, created: Ints, start: Ints, length: Ints) -> Ints:
    """Come a little before the start, or drop in while it goes on; the host is there first."""
    count = len(start)
    early = start - whole(chance.uniform(2, 240, count) * SECOND)
    later = start + whole(np.minimum(chance.exponential(0.07, count), 0.7) * length)
    join = np.where(chance.random(count) < 0.62, early, np.minimum(later, start + length - 40 * SECOND))
    join = np.maximum(join, created + 15 * SECOND + whole(chance.random(count) * 10 * SECOND))
    hosts = np.maximum(created + 3 * SECOND, start - whole(chance.uniform(20, 400, count) * SECOND))
    found: Ints = np.where(host, hosts, join)
    return found


def _clients(people: People, person: Ints, at: Ints, trouble: Trouble) -> Ints:
    """Give those who were chosen the newer client from its roll-out on."""
    own = people.client[person].astype(np.int64)
    newer = (own == words.CONTROL) & people.treated[person] & (at >= trouble.rollout_ms)
    return np.where(newer, words.TREATMENT, own)


def _startup(chance: Generator, parameters: Parameters, people: People, person: Ints, client: Ints) -> Ints:
    drawn = parameters.startup_median_ms * np.exp(chance.normal(0, parameters.startup_sigma, len(person)))
    faster = np.where(client == words.TREATMENT, parameters.treatment_startup, 1.0)
    return np.minimum(whole(drawn * people.slowness[person] * faster), 60 * SECOND)


def stall_chance(parameters: Parameters, people: People, person: Ints, client: Ints) -> Reals:
    """Tell how likely a stall is in ten seconds of play."""
    fewer = np.where(client == words.TREATMENT, parameters.treatment_stalls, 1.0)
    return np.minimum(0.5, parameters.stall_share * people.stalls[person] * fewer)


def _patience(chance: Generator, parameters: Parameters, likely: Reals) -> tuple[Reals, Flags]:
    """Draw for how much of the party each would stay, log-normal, and who stays to the end; stalls cost both."""
    stalled = likely * parameters.stall_median_ms * 1.38 / (10 * SECOND)
    patience = np.clip(1 - parameters.play_lost_to_stalls * stalled, 0.2, 1)
    share = np.exp(chance.normal(np.log(parameters.stay_median), parameters.stay_sigma, len(likely))) * patience
    return share, chance.random(len(likely)) < parameters.stays_to_the_end * patience


def _drops(chance: Generator, parameters: Parameters, join: Ints, leave: Ints, may: Flags) -> tuple[Ints, Ints, Ints]:
    """Drop some connections once; most are back in seconds, before or after the server noticed."""
    count = len(join)
    long = chance.random(count) < parameters.long_drop_share
    dropped = join + MINUTE + whole(chance.random(count) * np.maximum(0, leave - join - 2 * MINUTE))
    gap = np.where(long, whole(chance.uniform(45, 480, count) * SECOND), whole(chance.uniform(1, 12, count) * SECOND))
    back = dropped + gap
    drops = may & (chance.random(count) < parameters.drop_share) & (back < leave - 20 * SECOND)
    noticed = dropped + 1 + whole(chance.random(count) * 8 * SECOND)
    return np.where(drops, dropped, NEVER), np.where(drops, noticed, NEVER), np.where(drops, back, NEVER)


def _first_played(shows: Timelines, party: Ints, join: Ints) -> Ints:
    """Tell when something plays from `join` on, in each one's party; -1 where nothing does."""
    place = after(shows, party, join)
    inside = place < shows.first[party] + shows.count[party]
    opens = shows.opens[np.minimum(place, max(0, len(shows.opens) - 1))] if len(shows.opens) else join
    return np.where(inside, np.maximum(join, opens), NEVER)


def after(shows: Timelines, party: Ints, at: Ints) -> Ints:
    """Find the first stretch of each party that closes after `at`; one past its last where there is none."""
    if not len(shows.party):
        return np.zeros(len(party), dtype=np.int64)
    base = min(int(at.min(initial=0)), int(shows.opens.min()))
    wide = 1 << 45
    return np.searchsorted(shows.party * wide + (shows.closes - base), party * wide + (at - base), side="right")


def where(shows: Timelines, plans: Plans, party: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Tell which film is on in each party at `at`, and its position."""
    place = after(shows, party, at)
    has = shows.count[party] > 0
    last = np.maximum(0, shows.first[party] + shows.count[party] - 1)
    place = np.minimum(np.maximum(place, 0), last)
    if not len(shows.party):
        return plans.film[party], np.zeros(len(party), dtype=np.int64)
    ran = np.clip(at - shows.opens[place], 0, shows.closes[place] - shows.opens[place])
    position = shows.position[place] + whole(ran * shows.rate[place])
    return np.where(has, shows.film[place], plans.film[party]), np.where(has, position, 0)
