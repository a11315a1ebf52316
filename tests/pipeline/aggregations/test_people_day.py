"""A day of all users, from a history with known people."""

import msgspec
import numpy as np
import pandas as pd

from pipeline.aggregations.funnel import COLUMNS
from pipeline.aggregations.people_day import people_day
from pipeline.aggregations.user_days import KEYS, SUMS
from pipeline.slots import DAY_MS, day_of

TODAY = 20_000
LATER = (TODAY + 2) * DAY_MS
NOTHING = pd.DataFrame({name: pd.Series(dtype="int64" if name == "at" else "object") for name in COLUMNS})


def user_days(*rows: tuple[str, int]) -> pd.DataFrame:
    """Make user days of (person, days before today), with a view each."""
    made = pd.DataFrame([(f"u:{who}", TODAY - ago, "web") for who, ago in rows], columns=KEYS).astype({"day": "int64"})
    return made.assign(**dict.fromkeys(SUMS, 1))


def steps(*rows: tuple[str, str, float]) -> pd.DataFrame:
    made = [(f"u:{who}", step, round((TODAY - ago) * DAY_MS)) for who, step, ago in rows]
    return pd.DataFrame(made, columns=COLUMNS)


def test_a_day_knows_nothing_of_the_days_after_it() -> None:
    days, happened = (
        user_days(("ann", 10), ("ben", 3), ("ann", 3)),
        steps(("ann", "registered", 10), ("ben", "registered", 3)),
    )
    before = people_day(days, happened, TODAY - 1, LATER)
    more = user_days(("ann", 10), ("ben", 3), ("ann", 3), ("ann", 0), ("new", 0))
    assert people_day(more, pd.concat([happened, steps(("new", "registered", 0))]), TODAY - 1, LATER) == before
    assert before["sums"] == {"dau": 0, "wau": 2, "mau": 2, "registered": 0}
    assert people_day(more, happened, TODAY - 3, LATER)["sums"]["registered"] == 1


def test_a_day_that_is_not_over_has_no_last_cells() -> None:
    days = user_days(("ann", 1), ("ann", 0))
    [running] = people_day(days, NOTHING, TODAY, TODAY * DAY_MS + 1)["lists"]["cohorts"]
    [over] = people_day(days, NOTHING, TODAY, LATER)["lists"]["cohorts"]
    assert running == over | {"classic": {"D1": None, "D7": None, "D30": None}, "unbounded": running["unbounded"]}
    assert over["classic"]["D1"] == 1
    assert over["cohort"] == day_of((TODAY - 1) * DAY_MS)


def test_a_step_that_nobody_ever_took_is_left_out_of_the_funnel() -> None:
    happened = steps(("ann", "registered", 40), ("ann", "joined", 39), ("ann", "hosted", 38))
    told = people_day(user_days(), happened, TODAY, LATER)["lists"]["funnel"]
    assert [(one["step"], one["people"]) for one in told] == [("registered", 1), ("joined", 1), ("hosted", 1)]
    assert [one["step"] for one in people_day(user_days(), NOTHING, TODAY, LATER)["lists"]["funnel"]] == ["registered"]


def test_a_grown_history_is_told_with_everything_and_can_be_written_down() -> None:
    chance = np.random.default_rng(4)
    rows = [(f"{who}", ago) for who in range(300) for ago in range(min(130, who)) if chance.random() < 0.2]
    values = people_day(user_days(*rows), steps(*((str(who), "registered", who) for who in range(300))), TODAY, LATER)
    lists = values["lists"]
    assert sum(lists["active_days"]) == values["sums"]["mau"]
    assert [one["days"] for one in lists["lifecycle"]] == [7, 28]
    assert lists["forecast"]["backtest"]["origins"] == 56
    assert 0 < lists["retention"]["classic"]["D7"]["value"] < 1
    assert len(lists["funnel_days"]) == 60, "each of the last days had somebody"
    assert lists["clients"] == []
    assert msgspec.json.decode(msgspec.json.encode(values)) == values, "plain numbers, words, lists and nothing else"
