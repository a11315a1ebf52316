"""Who there is and what there is to see: the people and the films of a history."""

# ruff: noqa: PLR2004 - its figures are what this file is about

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from matinee.generator import ids, words
from matinee.generator.arrays import DAY, HOUR, MINUTE, SECOND, Codes, Flags, Ints, Reals, counted, whole
from matinee.generator.parameters import Parameters

EARLIER_DAYS = 200
"""Accounts and films that are older than the history are at most this much older."""
EVENTS_OF_A_VISIT = 140


class Resident(msgspec.Struct, frozen=True):
    """An account that exists outside of the history and takes part in it, the most active first."""

    user_id: str
    name: str
    hosts: bool = True


class Film(msgspec.Struct, frozen=True):
    """A video that exists outside of the history and is watched in it, the most popular first."""

    video_id: str
    title: str
    duration_ms: int
    uploader: int
    """Place of its uploader among the residents."""


@dataclass(frozen=True, slots=True)
class People:
    """Users by the time of their registration, then guests. The first `residents` have ids of their own."""

    users: int
    ids: pa.StringArray
    names: list[str]
    residents: int
    registered: Ints
    """0 for guests."""
    verified: Ints
    """-1: never."""
    campaign: Flags
    attends: Reals
    """Cumulated shares of the users."""
    hosts: Reals
    country: Codes
    device: Codes
    browser: Codes
    system: Codes
    client: Codes
    treated: Flags
    slowness: Reals
    stalls: Reals
    rtt_ms: Reals
    chattiness: Reals
    skew_ms: Ints
    old_schema: Flags

    def among(self, shares: Reals, drawn: Reals, at: Ints, chance: Generator) -> Ints:
        """Draw users by cumulated shares; in the place of one who is not registered at `at`, anybody who is."""
        found = np.minimum(np.searchsorted(shares, drawn), self.users - 1)
        return self.known(found, at, chance)

    def known(self, found: Ints, at: Ints, chance: Generator) -> Ints:
        """Put somebody who is registered in the place of those who are not yet, and of most of the campaign's."""
        there = np.searchsorted(self.registered[: self.users], at - HOUR)
        anybody = (chance.random(len(found)) * there).astype(np.int64)
        return np.where(self.registered[found] > at - HOUR, anybody, found)


@dataclass(frozen=True, slots=True)
class Films:
    """Films, the most popular first, and the moments at which parties go wild."""

    ids: pa.StringArray
    titles: list[str]
    given: int
    added: Ints
    uploader: Ints
    duration_ms: Ints
    shares: Reals
    """Cumulated."""
    moments: Ints
    """Positions, film by film."""
    first_moment: Ints
    moment_count: Ints


def zipf(count: int, exponent: float) -> Reals:
    """Give cumulated shares of ranks 1 … `count` under Zipf's law."""
    return cumulated(np.arange(1, count + 1, dtype=np.float64) ** -exponent)


def cumulated(weights: NDArray[Any]) -> Reals:
    """Add up shares from the first to the last, which is 1."""
    sums: Reals = np.cumsum(weights)
    shares: Reals = sums / sums[-1]
    return shares


def people(
    chance: Generator, parameters: Parameters, *, events: int, span: tuple[int, int], campaign: tuple[int, int] | None,
    residents: Sequence[Resident],
) -> People:  # fmt: skip
    """Make as many people as `events` need; `campaign` is the time in which one brought many."""
    visits = events / EVENTS_OF_A_VISIT
    users = len(residents) + max(12, round(visits * 0.25))
    count = users + max(6, round(visits * parameters.guest_share * 0.8))
    registered = _registered(chance, users, len(residents), span, campaign)
    brought = np.zeros(count, dtype=np.bool_)
    if campaign is not None:
        brought[:users] = (registered >= campaign[0]) & (registered < campaign[1])
    country, device, browser, system, client = _equipment(chance, parameters, count)
    slow = np.array([one.slowness for one in words.COUNTRIES])[country]
    skew = chance.normal(0, 1_500, count)
    wrong = chance.random(count) < parameters.skewed_share
    skew = np.where(wrong, chance.normal(0, 40 * MINUTE, count), skew)
    return People(
        users=users,
        ids=_with_given([one.user_id for one in residents], np.append(registered, np.full(count - users, span[0])), chance),
        names=[*(one.name for one in residents), *(f"Viewer {n}" for n in range(len(residents), users)), *(f"Guest {n}" for n in range(users, count))],
        residents=len(residents),
        registered=np.append(registered, np.zeros(count - users, dtype=np.int64)),
        verified=np.where(chance.random(users) < 0.88, registered + whole(chance.exponential(2 * HOUR, users)), -1),
        campaign=brought,
        attends=_shares(chance, len(residents), parameters.user_activity, brought[:users], parameters),
        hosts=_shares(chance, sum(one.hosts for one in residents), parameters.host_activity, brought[:users], parameters),
        country=country,
        device=device,
        browser=browser,
        system=system,
        client=client,
        treated=chance.random(count) < parameters.treatment_share,
        slowness=slow * np.exp(chance.normal(0, 0.35, count)),
        stalls=slow * np.exp(chance.normal(0, 0.9, count)),
        rtt_ms=25 * slow * np.exp(chance.normal(0, 0.6, count)),
        chattiness=np.exp(chance.normal(-0.5, 1.0, count)),
        skew_ms=whole(skew),
        old_schema=client == words.OLD,
    )  # fmt: skip


def films(
    chance: Generator, parameters: Parameters, everybody: People, *, events: int, span: tuple[int, int],
    given: Sequence[Film], behind: int = 0,
) -> Films:  # fmt: skip
    """Make the films: some short, most as long as an episode, some as long as a film."""
    count = len(given) + int(np.clip(events / EVENTS_OF_A_VISIT / 40, 8, 2_000))
    kind = chance.choice(3, size=count, p=[0.3, 0.45, 0.25])
    median = np.array([4.5, 34.0, 102.0])[kind]
    sigma = np.array([0.5, 0.25, 0.15])[kind]
    duration = np.maximum(45 * SECOND, whole(median * np.exp(chance.normal(0, 1, count) * sigma) * 60) * SECOND)
    old = chance.random(count) < 0.8
    added = span[0] - DAY - whole(chance.random(count) * (EARLIER_DAYS // 2) * DAY)
    added = np.where(old, added, span[0] + whole(chance.random(count) * (span[1] - span[0] - HOUR)))
    there = np.searchsorted(everybody.registered[: everybody.users], added)
    uploader = (chance.random(count) ** 2 * np.maximum(1, there)).astype(np.int64)
    for place, one in enumerate(given):
        duration[place], uploader[place], added[place] = one.duration_ms, one.uploader, span[0] - 3 * DAY
    minutes = duration / MINUTE
    moment_count = np.where(minutes < 4, 0, np.minimum(6, 1 + (minutes / 18).astype(np.int64)))
    film, number = counted(moment_count)
    share = (number + 0.25 + 0.5 * chance.random(len(film))) / moment_count[film]
    return Films(
        ids=_with_given([one.video_id for one in given], added, chance),
        titles=[*(one.title for one in given), *(_title(n) for n in range(count - len(given)))],
        given=len(given),
        added=added,
        uploader=uploader,
        duration_ms=duration,
        shares=cumulated(_ranks(count, len(given), behind) ** -parameters.film_popularity),
        moments=whole((0.04 + 0.88 * share) * duration[film]),
        first_moment=np.cumsum(moment_count) - moment_count,
        moment_count=moment_count,
    )


def _ranks(count: int, given: int, behind: int) -> Reals:
    """Rank the films in their order, but let the given ones come behind some of the others."""
    behind = min(behind, count - given)
    place = np.arange(1, count + 1, dtype=np.float64)
    return np.concatenate([place[behind : behind + given], place[:behind], place[behind + given :]])


def _title(number: int) -> str:
    first, second = number % len(words.TITLES), number // len(words.TITLES)
    part = second // len(words.NOUNS)
    return f"{words.TITLES[first]} {words.NOUNS[(second + first) % len(words.NOUNS)]}" + (
        f" {part + 1}" if part else ""
    )


def _registered(
    chance: Generator, users: int, residents: int, span: tuple[int, int], campaign: tuple[int, int] | None
) -> Ints:
    """Six in ten were here before; of the others the campaign brought a good part."""
    drawn = chance.random(users)
    older = span[0] - HOUR - whole(drawn / 0.6 * EARLIER_DAYS * DAY)
    newer = span[0] + whole((drawn - 0.6) / 0.4 * (span[1] - span[0] - 2 * HOUR))
    found = np.where(drawn < 0.6, older, newer)
    if campaign is not None:
        brought = (drawn >= 0.6) & (chance.random(users) < 0.2)
        found = np.where(brought, campaign[0] + whole(chance.random(users) * (campaign[1] - campaign[0])), found)
    found[:residents] = span[0] - (EARLIER_DAYS + 1) * DAY + np.arange(residents)
    found[residents : residents + 8] = np.minimum(found[residents : residents + 8], span[0] - DAY)
    return np.sort(found)


def _shares(chance: Generator, favoured: int, exponent: float, brought: Flags, parameters: Parameters) -> Reals:
    """Rank the users by chance, those in favour first, and cumulate their shares."""
    rank = np.append(np.arange(favoured), favoured + chance.permutation(len(brought) - favoured))
    weights = (rank + 1.0) ** -exponent * np.where(brought, parameters.quitters_factor, 1.0)
    return cumulated(weights)


def _with_given(given: Sequence[str], made_ms: Ints, chance: Generator) -> pa.StringArray:
    made = ids.texts(made_ms, ids.chances(chance, len(made_ms)))
    return pa.concat_arrays([pa.array(given, pa.string()), made.slice(len(given))])


def _equipment(chance: Generator, parameters: Parameters, count: int) -> tuple[Codes, Codes, Codes, Codes, Codes]:
    """Choose country, device, browser, system and client so that they go together."""
    country = chance.choice(len(words.COUNTRIES), size=count, p=[one.share for one in words.COUNTRIES])
    device = chance.choice(4, size=count, p=[0.52, 0.30, 0.07, 0.11])
    drawn = chance.random(count)
    system = np.select(
        [device == 0, device == 3],
        [np.searchsorted([0.62, 0.9], drawn), np.where(drawn < 0.5, 3, 5)],
        np.where(drawn < 0.6, 3, 4),
    )
    browser = np.searchsorted([0.62, 0.72, 0.86, 0.96], chance.random(count))
    browser = np.select([system == 4, device == 3], [1, 4], browser)
    client = np.full(count, words.CONTROL)
    client[chance.random(count) < parameters.old_schema_share] = words.OLD
    client[(device == 0) & (chance.random(count) < 0.02)] = words.PYTHON
    client[device == 3] = words.TV
    return (
        country.astype(np.int16),
        device.astype(np.int16),
        browser.astype(np.int16),
        system.astype(np.int16),
        client.astype(np.int16),
    )
