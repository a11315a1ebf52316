"""Two recounts that share no code but the words they follow: SQL in DuckDB, and loops over a small lake."""

import math
from pathlib import Path

import pytest

from tests.oracle.duck import oracle
from tests.oracle.histories import Maker
from tests.oracle.lakes import written
from tests.oracle.lines import Lines
from tests.oracle.recount import recounted
from tests.oracle.recount_scopes import Figures, scoped


@pytest.mark.parametrize("seed", range(8))
def test_sql_and_loops_count_the_same(seed: int, tmp_path: Path) -> None:
    rows = Maker(seed).lake()
    by_loops = scoped(recounted(rows))
    with oracle(written(rows, tmp_path)) as duck:
        by_sql = duck.figures()
    scopes = by_loops.keys() | by_sql.keys()
    found = {scope: differences(by_loops.get(scope, Figures()), by_sql.get(scope, Figures())) for scope in scopes}
    assert {scope: told for scope, told in found.items() if told} == {}


def test_sql_and_loops_count_the_same_on_every_line(tmp_path: Path) -> None:
    rows = Lines().lake()
    by_loops = scoped(recounted(rows))
    with oracle(written(rows, tmp_path)) as duck:
        by_sql = duck.figures()
    assert by_loops.keys() == by_sql.keys()
    assert {scope: differences(by_loops[scope], by_sql[scope]) for scope in by_sql} == {scope: [] for scope in by_sql}


@pytest.mark.long
def test_sql_and_loops_count_the_same_of_ten_thousand_events(tmp_path: Path) -> None:
    rows = Maker(1, coarse=50).lake(parties=3, sessions=100, beats=160)
    assert len(rows) > 10_000
    by_loops = scoped(recounted(rows))
    with oracle(written(rows, tmp_path)) as duck:
        by_sql = duck.figures()
    assert by_loops.keys() == by_sql.keys()
    assert [scope for scope in by_sql if differences(by_loops[scope], by_sql[scope])] == []


def differences(one: Figures, other: Figures) -> list[str]:
    """Name what differs between two countings of one scope."""
    names = one.sums.keys() | other.sums.keys()
    found = [f"sums.{name}" for name in names if not same(one.sums.get(name, 0), other.sums.get(name, 0))]
    by_hour = one.hours.keys() & other.hours.keys()
    found += [f"hours.{name}" for name in by_hour if one.hours[name] != other.hours[name]]
    groups = ("viewers", "chatters", "reactors", "new_viewers")
    found += [f"people.{name}" for name in groups if one.people[name] != other.people[name]]
    films = {video: bins for video, bins in one.films.items() if any(bins[0])}
    found += ["films"] if other.films and films != other.films else []
    found += ["peak"] if one.peak != other.peak else []
    return found + (["quantiles"] if one.quantiles != other.quantiles else [])


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
