"""Highlights: a few rows at a time, their laws, and how many of the planted ones are found."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.highlights import KINDS, false_an_hour, measured
from pipeline.aggregations.highlights import BIN_MS, FEWEST_PEOPLE, GAP_MS, LAG_MS, highlights, scores

MINUTE = 60_000
PEOPLE = ["u:ann", "u:ben", "u:cem", "g:dan"]


def voices(*said: tuple[float, str], kind: str = "chat") -> pd.DataFrame:
    """Make voices of (second, person), each at a position that is an hour after its time."""
    rows = [(round(at * 1000), person, kind, round(at * 1000) + 3_600_000) for at, person in said]
    return pd.DataFrame(rows, columns=["at", "viewer", "kind", "position_ms"])


def there(*spans: tuple[int, int]) -> pd.DataFrame:
    return pd.DataFrame(spans, columns=["start", "end"], dtype="int64")


FOUR_OF_US = there(*[(0, 20 * MINUTE)] * 4)
AT_ONCE = voices(*((601 + second, person) for second, person in enumerate(PEOPLE)))


def test_four_people_at_once_in_a_silent_party_are_a_highlight() -> None:
    [found] = highlights(AT_ONCE, FOUR_OF_US)
    assert found.pop("score") == 4.0, "four voices over none, in units of ε = one voice"
    assert found == {
        "start_ms": 595_000,
        "end_ms": 605_000,
        "at_ms": 600_000,
        "people": 4,
        "kind": "chat",
        "position_ms": 3_600_000 + 602_500 - LAG_MS,
    }


def test_one_person_alone_is_none_however_loud() -> None:
    assert highlights(AT_ONCE.assign(viewer="u:ann"), FOUR_OF_US) == []


def test_two_moments_are_one_where_little_lies_between_them() -> None:
    def then(second: int) -> pd.DataFrame:
        return pd.concat([AT_ONCE, AT_ONCE.assign(at=AT_ONCE["at"] + second * 1000, kind="reaction")])

    [one] = highlights(then(20), FOUR_OF_US)
    assert (one["start_ms"], one["end_ms"], one["kind"]) == (595_000, 625_000, "reaction")
    assert len(highlights(then(30), FOUR_OF_US)) == 2


def test_a_talkative_party_needs_more_for_a_highlight() -> None:
    talk = voices(*((second, person) for second in range(0, 1200, 5) for person in PEOPLE[:3]))
    assert highlights(talk, FOUR_OF_US) == []
    assert highlights(pd.concat([talk, AT_ONCE]), FOUR_OF_US) == []
    assert len(highlights(pd.concat([talk, *[AT_ONCE] * 5]), FOUR_OF_US)) == 1


def test_voices_count_by_the_viewers_who_were_there() -> None:
    counts = np.zeros(60)
    counts[::4], counts[30] = 1, 6
    few, many = scores(counts, np.full(60, 6.0)), scores(counts, np.full(60, 600.0))
    assert few == pytest.approx(many), "per viewer, both sides of the fraction shrink alike while nobody comes or goes"
    left = np.where(np.arange(60) == 30, 1.0, 6.0)
    steady = scores(np.full(60, 20.0), left)
    assert steady[30] > 3 > steady[29] == 0, "as many voices of one as of six before"


def test_nothing_said_and_nobody_there_are_no_fault() -> None:
    assert highlights(AT_ONCE.iloc[:0], FOUR_OF_US) == []
    assert highlights(AT_ONCE.iloc[:0], FOUR_OF_US.iloc[:0]) == []
    assert len(highlights(AT_ONCE, FOUR_OF_US.iloc[:0])) <= 1
    [found] = highlights(AT_ONCE.assign(position_ms=np.nan), FOUR_OF_US)
    assert found["position_ms"] is None


said = st.lists(st.tuples(st.integers(0, 3_000), st.sampled_from(PEOPLE)), max_size=80)
present = st.lists(st.tuples(st.integers(0, 2_000_000), st.integers(1, 2_000_000)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(said, present, st.integers(0, 50))
def test_the_laws_of_highlights(drawn: list[tuple[int, str]], spans: list[tuple[int, int]], later: int) -> None:
    made, presence = voices(*drawn), there(*((start, start + length) for start, length in spans))
    found = highlights(made, presence)
    assert found == highlights(made.iloc[::-1], presence.iloc[::-1]), "no order of rows decides"
    for one in found:
        assert one["score"] >= 3
        assert one["people"] >= FEWEST_PEOPLE
        assert one["start_ms"] <= one["at_ms"] < one["end_ms"]
    for one, following in pairwise(found):
        assert following["start_ms"] - one["end_ms"] >= GAP_MS
    shift = later * BIN_MS
    moved = highlights(made.assign(at=made["at"] + shift), presence + shift)
    assert [one["at_ms"] - shift for one in moved] == [one["at_ms"] for one in found]


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_planted_is_found_and_little_else(kind: str) -> None:
    precision, recall = measured(kind, parties=10, seed=1_000)
    print(f"{kind}: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.95
    assert recall >= (0.75 if kind.startswith("8 ") else 0.97)


@pytest.mark.parametrize("per_minute", [1, 8, 60])
def test_talk_that_only_flickers_gives_hardly_any(per_minute: float) -> None:
    assert false_an_hour(per_minute, parties=10, seed=2_000) <= 0.1
