"""The small parts of the generator, for any input; and any small history, beside a recount."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from matinee.generator import history, ids
from matinee.generator.arrays import counted, ranges
from matinee.generator.slicing import slices
from matinee.generator.tallies import levels
from matinee.generator.world import zipf
from store.ids import made_at_ms
from tests.matinee.recounting import recount, rows_of

MOMENTS = st.integers(0, 2**48 - 1)


@given(st.lists(st.tuples(MOMENTS, st.integers(0, 2**62 - 1)), min_size=1))
def test_ids_are_uuid7_that_sort_by_their_making(made: list[tuple[int, int]]) -> None:
    moments = np.array([moment for moment, _ in made], dtype=np.int64)
    drawn = np.array([chance for _, chance in made], dtype=np.uint64)
    found = ids.texts(moments, drawn).to_pylist()
    for (moment, _), text in zip(made, found, strict=True):
        assert len(text) == 32
        assert made_at_ms(text) == moment
        assert text[12] == "7"
        assert text[16] in "89ab"
    assert len(set(found)) == len(set(made))
    halves = [tuple(both) for both in ids.halves(moments, drawn).tolist()]
    assert np.argsort(found, kind="stable").tolist() == sorted(range(len(made)), key=halves.__getitem__)


@given(st.lists(st.integers(0, 5)), st.lists(st.integers(0, 100)))
def test_ranges_lie_one_after_the_other(counts: list[int], begins: list[int]) -> None:
    size = min(len(counts), len(begins))
    group, value = ranges(np.array(begins[:size], dtype=np.int64), np.array(counts[:size], dtype=np.int64))
    expected = [(place, begins[place] + number) for place in range(size) for number in range(counts[place])]
    assert list(zip(group.tolist(), value.tolist(), strict=True)) == expected
    assert counted(np.array(counts[:size], dtype=np.int64))[0].tolist() == group.tolist()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 20))))
def test_levels_are_the_most_that_overlap(intervals: list[tuple[int, int, int]]) -> None:
    columns = [np.array([one[place] for one in intervals], dtype=np.int64) for place in range(3)]
    found = levels(*columns, size=4)
    for key in range(4):
        ours = [(begin, end) for of, begin, end in intervals if of == key]
        expected = max((sum(begin <= at < end for begin, end in ours) for at in range(21)), default=0)
        assert found[key] == expected


@given(st.lists(st.one_of(st.none(), st.sampled_from(["b", "a", "ö", "👏", "c"])), min_size=1), st.data())
def test_cut_tables_are_the_same_rows_with_their_own_words(values: list[str | None], data: st.DataObject) -> None:
    inner = data.draw(st.sets(st.integers(1, max(1, len(values) - 1))) if len(values) > 1 else st.just(set()))
    begins = [0, *sorted(inner)]
    column = pa.array(values, pa.string()).dictionary_encode()
    table = pa.table({"word": column, "row": list(range(len(values)))})
    cut = list(slices(table, begins))
    assert [row for one in cut for row in one.to_pylist()] == table.to_pylist()
    for one in cut:
        present = {value for value in one.column("word").to_pylist() if value is not None}
        assert one.column("word").chunk(0).dictionary.to_pylist() == sorted(present)


@given(st.integers(1, 500), st.floats(0.1, 2.0))
def test_zipf_shares_fall_and_add_up_to_one(count: int, exponent: float) -> None:
    cumulated = zipf(count, exponent)
    shares = np.diff(cumulated, prepend=0)
    assert abs(cumulated[-1] - 1) < 1e-9
    assert (np.diff(shares) <= 1e-12).all()


@settings(max_examples=15)
@given(st.integers(0, 2**32), st.floats(0.3, 9), st.integers(200, 2_500), st.integers(0, 86_400_000))
def test_any_history_comes_to_its_answers(seed: int, days: float, events: int, into_the_day: int) -> None:
    made = history(seed=seed, days=days, events=events, until_ms=1_796_000_000_000 + into_the_day)
    rows = rows_of(table for _, table in made.raw_tables(minutes=60))
    begin, end = made.wishes.span
    assert all(begin <= row["at"] <= row["received_at"] < end for row in rows)
    found = recount(rows)
    assert set(found) == set(made.answers.parties)
    for party_id, party in made.answers.parties.items():
        again = found[party_id]
        assert again.watch_time_ms == party.watch_time_ms
        assert (again.views, again.attempts, again.failed) == (party.views, party.attempts, party.failed)
        assert len(again.viewers) == party.unique_viewers
        assert again.peak == party.peak_concurrent_viewers
        assert again.live == [tuple(window) for window in party.live]
        assert sum(end - start for start, end in again.presence) == party.presence_ms
