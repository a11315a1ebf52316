"""Every figure that the pipeline publishes, beside what DuckDB counts in the same lake by SQL that shares no code with it."""

import math
from pathlib import Path
from typing import Any

import pytest

from matinee.generator import history
from pipeline.lake import Lake
from store import sketches
from store.figures import Figure, figure
from store.metric_definitions import DEFINITIONS
from store.metrics.definition import Definition, Quantile
from tests.oracle.duck import oracle
from tests.oracle.formulas import FORMULAS
from tests.oracle.histories import Maker
from tests.oracle.lakes import written
from tests.oracle.lines import Lines
from tests.oracle.ours import published
from tests.oracle.recount_scopes import Figures, Scope

FAMILY_OF = {"personal": "creator_day", "party": "party_report", "video": "video_day", "advanced": "platform_day"}
STANDARD_ERRORS = 4
"""How many of them a number of people above the limit of exact sets may be off."""


def test_each_metric_has_a_formula_of_the_oracle_s_own() -> None:
    assert FORMULAS.keys() == DEFINITIONS.keys()


@pytest.mark.parametrize("seed", range(4))
def test_lakes_in_which_everything_is_odd(seed: int, tmp_path: Path) -> None:
    compare(written(Maker(100 + seed).lake(), tmp_path / "lake"), tmp_path)


def test_a_lake_in_which_everything_lies_on_a_line(tmp_path: Path) -> None:
    compare(written(Lines().lake(), tmp_path / "lake"), tmp_path)


def test_a_hundred_thousand_events(tmp_path: Path) -> None:
    compare(generated(tmp_path / "lake", events=100_000, days=3), tmp_path)


@pytest.mark.long
def test_five_million_events(tmp_path: Path) -> None:
    compare(generated(tmp_path / "lake", events=5_000_000, days=30), tmp_path)


def generated(lake: Path, *, events: int, days: int) -> Path:
    """Write a made-up history as raw files."""
    place = Lake(url=str(lake))
    for slot, table in history(seed=11, events=events, days=days).raw_tables(minutes=60):
        place.write_raw(slot, table)
    return lake


def compare(lake: Path, folder: Path) -> None:
    """Hold every metric of every scope of a lake against the oracle's; print how many there were."""
    ours = published(lake)
    with oracle(lake, folder=folder) as duck:
        counted = duck.figures()
    told: list[str] = []
    compared = 0
    for scope in sorted(ours.keys() | counted.keys()):
        for definition in DEFINITIONS.values():
            if scope[0] in {FAMILY_OF[dashboard] for dashboard in definition.dashboards}:
                compared += 1
                told += difference(definition, scope, ours.get(scope, {}), counted.get(scope, Figures()))
        told += curves(scope, ours.get(scope, {}), counted.get(scope, Figures()))
        told += cells(scope, ours.get(scope, {}), counted.get(scope, Figures()))
    print(f"{compared:,} figures of {len(counted):,} scopes compared, {len(told)} differ")
    assert compared > 100
    assert told[:20] == []


def difference(definition: Definition, scope: Scope, values: dict[str, Any], counted: Figures) -> list[str]:
    """Tell what is wrong with one figure; nothing where it agrees."""
    mine, formula = figure(definition, values), FORMULAS[definition.name]
    n = formula.n(counted)
    expected = formula.value(counted) if n >= definition.minimum_n else None
    place = f"{':'.join(scope)} {definition.name}: ours {mine.value} of {mine.n}, the oracle's {expected} of {n}"
    if mine.reason == "not_computed":
        return [f"{place} (not computed)"]
    return [] if agree(definition, mine, expected) and agree_on_n(definition, mine, n) else [place]


def curves(scope: Scope, values: dict[str, Any], counted: Figures) -> list[str]:
    """Tell which hours of the day, and which films' bins, differ."""
    place = ":".join(scope)
    by_hour = {} if scope[0] == "party_report" else values.get("hours", {})
    told = [
        f"{place} hours.{name}: ours {hours}, the oracle's {counted.hours[name]}"
        for name, hours in by_hour.items()
        if not all(
            math.isclose(one, other, rel_tol=1e-9) for one, other in zip(hours, counted.hours[name], strict=True)
        )
    ]
    if scope[0] in {"party_report", "video_day"}:
        films = {video: (film["plays"], film["people"]) for video, film in values.get("films", {}).items()}
        films = {video: bins for video, bins in films.items() if bins[0] and any(bins[0])}
        told += [f"{place} films: ours {films}, the oracle's {counted.films}"] if films != counted.films else []
    return told


def cells(scope: Scope, values: dict[str, Any], counted: Figures) -> list[str]:
    """Tell which cells of the break-downs differ; where ours puts rare words together, their sums are left out."""
    place = ":".join(scope)
    told = []
    for (dimension, word), expected in counted.by.items():
        ours = values.get("by", {}).get(dimension, {})
        if word not in ours:
            told += [] if "other" in ours else [f"{place} by {dimension} {word}: missing, the oracle's {expected}"]
            continue
        mine = {**ours[word]["sums"], "people": sketches.size(ours[word]["viewers"]).people}
        off = {"people": STANDARD_ERRORS * sketches.size(ours[word]["viewers"]).rel_error}
        told += [
            f"{place} by {dimension} {word} {name}: ours {mine[name]}, the oracle's {value}"
            for name, value in expected.items()
            if name in mine and not math.isclose(mine[name], value, rel_tol=max(1e-9, off.get(name, 0)), abs_tol=1e-9)
        ]
    return told


def agree(definition: Definition, mine: Figure, expected: float | None) -> bool:
    if mine.value is None or expected is None:
        return mine.value is None and expected is None
    if isinstance(definition.computed, Quantile):
        return math.isclose(mine.value, expected, rel_tol=mine.rel_error, abs_tol=1)
    if isinstance(mine.value, int) and not mine.rel_error:
        return mine.value == expected
    return math.isclose(mine.value, expected, rel_tol=max(1e-9, STANDARD_ERRORS * mine.rel_error), abs_tol=1e-12)


def agree_on_n(definition: Definition, mine: Figure, n: float) -> bool:
    """The number of people may itself be an estimate."""
    of_people = definition.n_of == "people" and mine.approx
    return math.isclose(mine.n, n, rel_tol=STANDARD_ERRORS * mine.rel_error if of_people else 0)
