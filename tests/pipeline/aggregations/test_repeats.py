"""No repeated id goes unseen, however long the ids are, and ids that come once are left alone."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.aggregations.repeats import may_repeat

IDS = st.lists(st.one_of(st.text(max_size=40), st.sampled_from(["a", "0" * 32, "a\0", "é"])), max_size=60)


@given(IDS, st.integers(0, 3))
def test_every_row_whose_id_stands_twice_is_marked(ids: list[str], cut: int) -> None:
    array = pa.array([*["cut off"] * cut, *ids], pa.string())[cut:]
    marked = may_repeat(array).tolist()
    assert [mark for mark, each in zip(marked, ids, strict=True) if ids.count(each) > 1] == [
        True for each in ids if ids.count(each) > 1
    ]


def test_none_of_a_hundred_thousand_different_ids_is_marked() -> None:
    for width in (6, 32, 33):
        assert not may_repeat(pa.array([f"{number:0{width}d}" for number in range(100_000)])).any()


def test_two_of_many_are_found() -> None:
    ids = [f"{number:032x}" for number in range(1000)]
    ids[700] = ids[3]
    assert [place for place, mark in enumerate(may_repeat(pa.array(ids)).tolist()) if mark] == [3, 700]
