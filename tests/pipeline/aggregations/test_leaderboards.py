"""Leaderboards: who leads, and whom nobody names."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.leaderboards import FEWEST_PEOPLE, TOP, leaderboards

HOUR = 3_600_000
WATCH = ["party_id", "video_id", "viewer", "hour", "watched"]
VIEWS = ["party_id", "video_id", "at", "is_view", "percent"]
PARTIES = pd.DataFrame({"party_id": ["p1", "p2", "p3"], "host": ["u:ann", "u:ben", None]})


def crowd(party: str, video: str | None, people: int, watched: int, hour: int = 0) -> list[tuple[object, ...]]:
    return [(party, video, f"u:{number}", hour * HOUR, watched) for number in range(people)]


def watch(*rows: list[tuple[object, ...]]) -> pd.DataFrame:
    return pd.DataFrame([row for part in rows for row in part], columns=WATCH)


def views(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=VIEWS).astype({"is_view": "bool", "percent": "float64", "at": "float64"})


def test_three_rows_make_a_list() -> None:
    rows = watch(crowd("p1", "v1", 12, 1_000), crowd("p1", "v2", 10, 3_000), crowd("p2", "v1", 12, 500))
    seen = views(("p1", "v1", 0, True, 0.5), ("p2", "v1", 0, True, 1.0), ("p1", "v1", 0, False, 0.0))
    found = leaderboards(rows, seen, PARTIES, 0, HOUR)
    first, second = found["videos"]["top"]
    assert first == {
        "rank": 1,
        "video_id": "v2",
        "watch_ms": 30_000,
        "viewers": 10,
        "parties": 1,
        "views": 0,
        "average_percentage_viewed": None,
    }
    assert (second["video_id"], second["watch_ms"], second["viewers"], second["parties"]) == ("v1", 18_000, 12, 2)
    assert (second["views"], second["average_percentage_viewed"]) == (2, pytest.approx(0.75))
    assert [(one["rank"], one["party_id"], one["viewers"]) for one in found["hosts"]["top"]] == [
        (1, "p1", 12),
        (2, "p2", 12),
    ]
    assert "u:ann" not in str(found), "who hosted is not told here"
    assert found["videos"]["unnamed"] == {"rows": 0, "watch_ms": 0}


def test_what_few_people_watched_is_not_named_but_counted() -> None:
    rows = watch(crowd("p1", "v1", FEWEST_PEOPLE - 1, 1_000_000), crowd("p2", "v2", FEWEST_PEOPLE, 1))
    found = leaderboards(rows, views(), PARTIES, 0, HOUR)
    assert [one["video_id"] for one in found["videos"]["top"]] == ["v2"]
    assert found["videos"]["unnamed"] == {"rows": 1, "watch_ms": (FEWEST_PEOPLE - 1) * 1_000_000}
    assert [one["party_id"] for one in found["hosts"]["top"]] == ["p2"]


def test_what_has_no_video_no_host_or_lies_outside_is_not_ranked() -> None:
    rows = watch(crowd("p3", None, 20, 10), crowd("p1", "v1", 20, 10, hour=1))
    found = leaderboards(rows, views(), PARTIES, 0, HOUR)
    assert found["videos"]["top"] == found["hosts"]["top"] == []
    assert leaderboards(rows.iloc[:0], views(), PARTIES, 0, HOUR) == found


drawn = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2", "p3"]),
        st.sampled_from(["v1", "v2", "v3", None]),
        st.integers(1, 30),
        st.integers(0, 99),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(drawn)
def test_the_laws_of_leaderboards(parts: list[tuple[str, str | None, int, int]]) -> None:
    rows = watch(*(crowd(*part) for part in parts))
    found = leaderboards(rows, views(), PARTIES, 0, HOUR)
    assert found == leaderboards(rows.iloc[::-1], views(), PARTIES, 0, HOUR)
    for key, one in (("video_id", found["videos"]), ("party_id", found["hosts"])):
        times = [row["watch_ms"] for row in one["top"]]
        assert times == sorted(times, reverse=True)
        assert len({row[key] for row in one["top"]}) == len(times) <= TOP
        assert all(row["viewers"] >= FEWEST_PEOPLE for row in one["top"])
    told = sum(row["watch_ms"] for row in found["videos"]["top"]) + found["videos"]["unnamed"]["watch_ms"]
    assert told == sum(people * watched for _, video, people, watched in parts if video)
