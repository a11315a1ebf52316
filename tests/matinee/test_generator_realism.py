"""A made-up history looks like the field's figures say: one history of a fixed seed, measured."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matinee.generator import History, Parameters, history
from matinee.generator.histories import Part
from matinee.generator.rows import Columns, joined
from matinee.generator.words import KIND

Ints = NDArray[np.int64]
DAY = 86_400_000


class Whole(NamedTuple):
    made: History
    parts: list[Part]
    rows: Columns


@cache
def whole() -> Whole:
    made = history(seed=1, days=28, events=400_000)
    parts = list(made.parts())
    return Whole(made, parts, joined([part.rows for part in parts]))


def of(kind: str, name: str) -> Ints:
    rows = whole().rows
    return rows[name][(rows["kind"] == KIND[kind]) & (rows["first"] < 0)]


def slope(counts: Ints) -> float:
    """Fit the exponent of a Zipf law to the more frequent half."""
    ranked = np.sort(counts[counts > 0])[::-1]
    ranked = ranked[: len(ranked) // 2]
    return -float(np.polyfit(np.log(np.arange(1, len(ranked) + 1)), np.log(ranked), 1)[0])


def test_there_are_about_as_many_events_as_asked_for() -> None:
    assert 0.8 < whole().made.answers.events / 400_000 < 1.25


def test_films_are_as_unequally_popular_as_videos_are() -> None:
    film = np.concatenate([part.made.plans.film for part in whole().parts])
    assert 0.7 < slope(np.bincount(film)) < 1.1


def test_people_are_as_unequally_active_as_users_are() -> None:
    person = np.concatenate([part.made.visits.person for part in whole().parts])
    assert 0.35 < slope(np.bincount(person[person < whole().made.people.users])) < 0.75


def test_some_two_in_five_views_are_complete() -> None:
    session, film, to = (of("view.watched", name).astype(np.int64) for name in ("session", "film", "to"))
    view, place = np.unique(session * 10_000 + film, return_inverse=True)
    furthest = np.full(len(view), -1)
    np.maximum.at(furthest, place, to)
    known = furthest >= 0
    complete = furthest >= whole().made.films.duration_ms[view % 10_000] - 2_000
    assert 0.3 < complete[known].mean() < 0.48


def test_evenings_of_the_hosts_and_weekends_are_busier() -> None:
    made = whole().made
    start = made.plans.start
    hours = np.array([1, -6, 0, 1, -3, 5, 9, 1, 1, 10])[made.people.country[made.plans.host]]
    local = (start // 3_600_000 + hours) % 24
    assert np.isin(local, range(18, 23)).mean() > 3 * np.isin(local, range(6)).mean()
    day = (start // DAY + 3) % 7
    assert (day >= 4).mean() > 3 / 7 * 1.1


def test_parties_are_small_but_for_a_few() -> None:
    guests = whole().made.plans.guests
    assert 2 <= np.median(guests) <= 4
    assert 0.015 < (guests >= 15).mean() < 0.07
    assert guests.max() > 40


def test_events_come_late_sometimes_by_days_and_some_twice() -> None:
    rows, answers = whole().rows, whole().made.answers
    viewer = (rows["sent"] >= 0) & (rows["first"] < 0)
    late = (rows["received"] - rows["at"])[viewer]
    assert 100 < np.median(late) < 200
    assert 0.002 < (late > 30_000).mean() < 0.008
    assert late.max() > DAY
    assert (rows["received"] - rows["at"]).min() >= 0
    assert (rows["received"] - rows["at"]).max() <= 7 * DAY
    assert 0.003 < answers.copies / answers.events < 0.007


def test_nobody_is_before_the_history_or_after_its_end() -> None:
    begin, end = whole().made.wishes.span
    rows = whole().rows
    assert begin <= rows["at"].min()
    assert rows["received"].max() < end


def test_clocks_are_wrong_by_seconds_some_by_minutes() -> None:
    rows = whole().rows
    wrong = np.abs(rows["sent"] - rows["at"])[rows["sent"] >= 0]
    assert 300 < np.median(wrong) < 3_000
    assert 0.005 < (wrong > 60_000).mean() < 0.1


def test_leaves_are_missing_and_connections_drop() -> None:
    visits = [part.made.visits for part in whole().parts]
    leaves = np.concatenate([one.leaves for one in visits])
    assert 0.01 < 1 - leaves.mean() < 0.06
    back = np.concatenate([one.back for one in visits])
    assert 0.02 < (back >= 0).mean() < 0.1
    assert len(of("party.joined", "at")) == len(leaves) + (back >= 0).sum()


def test_the_newer_client_starts_sooner_and_stalls_less() -> None:
    found = whole().made.answers
    control, treatment = (found.clients[name] for name in (found.experiment.control, found.experiment.treatment))
    startup = treatment.startup_sum_ms / treatment.started / (control.startup_sum_ms / control.started)
    stalls = treatment.stalls / treatment.watch_time_ms / (control.stalls / control.watch_time_ms)
    assert 0.5 < startup < 0.9
    assert 0.25 < stalls < 0.85


def test_much_fails_during_the_outage() -> None:
    answers = whole().made.answers
    (outage,) = [one for one in answers.anomalies if one.kind == "failures"]
    bad = answers.days[str(np.datetime64(outage.from_ms // DAY, "D"))]
    others = [day for day in answers.days.values() if day is not bad]
    usual = sum(day.failed for day in others) / sum(day.attempts for day in others)
    assert bad.failed / bad.attempts > 5 * usual


def test_the_campaign_brought_many_of_whom_few_came_back() -> None:
    cohorts = whole().made.answers.cohorts
    (campaign,) = [cohort for cohort in cohorts if cohort.campaign]
    assert campaign.users > 3 * np.median([cohort.users for cohort in cohorts])
    early = [cohort for cohort in cohorts if not cohort.campaign and 7 in cohort.active]
    usual = sum(cohort.active[7] for cohort in early) / sum(cohort.users for cohort in early)
    assert campaign.active[7] / campaign.users < usual


def test_slow_starts_and_stalls_cost_play() -> None:
    def played(**changed: float) -> float:
        made = history(seed=4, days=7, events=60_000, parameters=Parameters(**changed))  # type: ignore[arg-type]
        return made.answers.total("watch_time_ms") / made.answers.total("sessions")

    assert played(startup_median_ms=15_000.0) < played() * 0.95
    assert played(stall_share=0.4, startup_median_ms=650.0) < played() * 0.95
