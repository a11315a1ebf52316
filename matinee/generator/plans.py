"""The parties of a history before anything happens in them: who invites whom to what, and when."""

# ruff: noqa: PLR2004 - its figures are what this file is about

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from matinee.generator import ids, words
from matinee.generator.arrays import DAY, HOUR, MINUTE, Chances, Ints, Reals, whole
from matinee.generator.parameters import Parameters
from matinee.generator.world import Films, People

ENDED, VACATED, OPEN, ABANDONED = range(4)
"""How a party goes out."""

_HOURS = (
    0.3, 0.15, 0.08, 0.05, 0.04, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6,
    0.8, 0.9, 0.9, 1.0, 1.2, 1.6, 2.4, 3.4, 4.0, 3.5, 2.0, 0.9,
)  # fmt: skip
"""How many parties begin in each hour of the host's day."""
_STAYED = 0.6
"""Share of a party that its people see on average; with the events of a minute it foretells how many there will be."""
_EVENTS_A_MINUTE = 6.6
_EVENTS_A_VISIT = 7.5
_EVENTS_A_PARTY = 16.0
TIDYING_MS = 20 * MINUTE
"""No party goes on in the last minutes of a history, so that all of it has happened."""


@dataclass(frozen=True, slots=True)
class Plans:
    """Parties in the order in which they are made."""

    chance: Chances
    """What their ids are made of, with `created`."""
    host: Ints
    film: Ints
    second: Ints
    """A second film, -1 for none."""
    created: Ints
    start: Ints
    scheduled: Ints
    """When it is to begin, -1 where nobody said."""
    guests: Ints
    """How many come beside the host."""
    ending: Ints
    stop: Reals
    """Share of the last film that is played."""
    rate: Reals
    expected: Reals
    """How many events it may come to."""

    def take(self, places: Ints | slice) -> "Plans":
        """Choose parties, in another order or fewer of them."""
        return Plans(*(getattr(self, field.name)[places] for field in fields(self)))


def plans(
    chance: Generator, parameters: Parameters, people: People, films: Films, *, events: int, span: tuple[int, int],
    surge_day: int | None,
) -> Plans:  # fmt: skip
    """Plan as many parties as come to about `events`, over all days."""
    count = 16 + round(events / 250)
    while True:
        found = _drawn(chance, parameters, people, films, events=events, span=span, surge_day=surge_day, count=count)
        total = np.cumsum(found.expected)
        if total[-1] >= events:
            enough = int(np.searchsorted(total, events)) + 1
            found = found.take(slice(0, enough))
            return found.take(np.lexsort((found.chance, found.created)))
        count *= 2


def _drawn(
    chance: Generator, parameters: Parameters, people: People, films: Films, *, events: int, span: tuple[int, int],
    surge_day: int | None, count: int,
) -> Plans:  # fmt: skip
    host_place = np.minimum(np.searchsorted(people.hosts, chance.random(count)), people.users - 1)
    zone_hours = np.array([one.hours for one in words.COUNTRIES])[people.country[host_place]]
    start = _starts(chance, parameters, zone_hours, span, surge_day)
    scheduled = chance.random(count) < parameters.scheduled_share
    lead = np.where(scheduled, chance.exponential(14 * HOUR, count) + HOUR, chance.uniform(2, 15, count) * MINUTE)
    late = whole(np.maximum(0, chance.normal(90, 120, count)) * 1_000)
    created = np.minimum(start - whole(np.minimum(lead, 4 * DAY)), span[1] - TIDYING_MS)
    created = np.maximum(created, span[0] + 1_000 + whole(chance.random(count) * 60_000))
    start = np.maximum(start, created + 100_000)
    host = people.known(host_place, created, chance)
    film = np.searchsorted(films.shares, chance.random(count))
    film = _available(chance, films, film, created)
    second = np.searchsorted(films.shares, chance.random(count))
    second = _available(chance, films, second, created)
    second = np.where((chance.random(count) < parameters.second_film) & (second != film), second, -1)
    stop = np.where(chance.random(count) < parameters.early_end, chance.uniform(0.2, 0.95, count), 1.0)
    rate = np.where(chance.random(count) < 0.02, 1.25, 1.0)
    ending = np.searchsorted(
        np.cumsum([parameters.hosts_end, 1 - parameters.hosts_end - parameters.never_closed]), chance.random(count)
    )
    ending = np.where(chance.random(count) < parameters.abandoned_share, ABANDONED, ending)
    alone = second < 0
    first_length = films.duration_ms[film] * np.where(alone, stop, 1.0)
    length = whole(first_length + np.where(alone, 0.0, films.duration_ms[second] * stop))
    guests = _guests(chance, parameters, length, events)
    guests = np.where(ending == ABANDONED, 0, guests)
    start = np.minimum(start, np.maximum(span[1] - TIDYING_MS - whole(length * 1.3), created + 100_000))
    start = np.maximum(start, created + 100_000)
    minutes = np.minimum(length / MINUTE, np.maximum(0.0, (span[1] - TIDYING_MS - start) / MINUTE))
    expected = (1 + guests * 0.96) * (minutes * _STAYED * _EVENTS_A_MINUTE + _EVENTS_A_VISIT) + _EVENTS_A_PARTY
    return Plans(
        chance=ids.chances(chance, count),
        host=host,
        film=film,
        second=second,
        created=created,
        start=start,
        scheduled=np.where(scheduled, np.maximum(created, start - late), -1),
        guests=guests,
        ending=ending,
        stop=stop,
        rate=rate,
        expected=np.where(ending == ABANDONED, 4.0, expected),
    )  # fmt: skip


def _starts(
    chance: Generator, parameters: Parameters, zone_hours: Ints, span: tuple[int, int], surge_day: int | None
) -> Ints:
    """Choose days, weekends more often, and hours, evenings of the host's country more often."""
    first = span[0] // DAY
    days = np.arange(first, -(-span[1] // DAY))
    covered = np.minimum(span[1], (days + 1) * DAY) - np.maximum(span[0], days * DAY)
    weights = np.where(np.isin((days + 3) % 7, (4, 5, 6)), parameters.weekend_factor, 1.0) * covered
    if surge_day is not None:
        weights = np.where(days == surge_day, weights * 2, weights)
    day = chance.choice(days, size=len(zone_hours), p=weights / weights.sum())
    hour = (chance.choice(24, size=len(zone_hours), p=np.array(_HOURS) / sum(_HOURS)) - zone_hours) % 24
    start = day * DAY + hour * HOUR + whole(chance.random(len(zone_hours)) * HOUR)
    lasts = span[1] - span[0]
    # The first and the last day are cut where the history begins and ends in the middle of one.
    inside: Ints = np.where((start < span[0]) | (start >= span[1]), span[0] + (start - span[0]) % lasts, start)
    return inside


def _available(chance: Generator, films: Films, film: Ints, at: Ints) -> Ints:
    """Put an older film in the place of one that is not there yet."""
    old = np.flatnonzero(films.added < films.added.min() + (at.min() - films.added.min()) + 1)
    other = old[(chance.random(len(film)) ** 2 * len(old)).astype(np.int64)]
    return np.where(films.added[film] > at - HOUR, other, film)


def _guests(chance: Generator, parameters: Parameters, length: Ints, events: int) -> Ints:
    """Draw how many come: geometric, with a heavy tail; no party makes more than a twelfth of a history."""
    count = len(length)
    few = chance.geometric(1 / (1 + parameters.mean_guests), count) - 1
    crowd = parameters.crowd_least * (1 - chance.random(count)) ** (-1 / parameters.crowd_exponent)
    guests = np.where(chance.random(count) < parameters.crowd_share, np.minimum(crowd, parameters.crowd_most), few)
    most = np.maximum(3, events / 12 / (length / MINUTE * 5 + 10))
    found: Ints = np.minimum(guests, most).astype(np.int64)
    return found
