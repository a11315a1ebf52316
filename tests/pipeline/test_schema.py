"""What of an event enters the lake, and what never does."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema

RECEIVED = 1_795_392_000_000


def telemetry(**values: Any) -> dict[str, Any]:
    document = {"_id": "e1", "type": "view.watched", "at_ms": RECEIVED, "received_ms": RECEIVED, **values}
    (row,) = schema.telemetry_rows(document)
    return schema.table([row]).to_pylist()[0]


def said(body: Any, **values: Any) -> dict[str, Any]:
    event = {"event_id": "e1", "seq": 7, "type": "chat.sent", "at_ms": RECEIVED, "body": body, **values}
    rows = schema.log_rows({"party_id": "p", "received_ms": RECEIVED, "events": [event]})
    return schema.table(rows).to_pylist()[0]


def test_no_chat_text_name_or_address_enters_the_lake() -> None:
    secrets = ["my words", "Ann Example", "203.0.113.9", "a title"]
    row = said({
        "message": {"body": "my words", "name": "Ann Example", "position_ms": 12.6},
        "member": {"name": "Ann Example"}, "title": "a title", "ip": "203.0.113.9", "cause": "play",
    })  # fmt: skip
    assert not any(secret in repr(row) for secret in secrets)
    assert (row["length"], row["position_ms"], row["seq"], row["party_id"]) == (8, 13, 7, "p")
    assert json.loads(row["extra"]) == {"cause": "play"}
    row = telemetry(
        ip="203.0.113.9",
        fields={"ip": "203.0.113.9", "note": "my words", "code": "ROOMCODE", "state": "idle", "odd": 2},
    )
    assert not any(secret in repr(row) for secret in secrets)
    assert json.loads(row["extra"]) == {"odd": 2, "state": "idle"}


@pytest.mark.parametrize(
    ("at_ms", "believed"),
    [
        (RECEIVED - 6 * 86_400_000, RECEIVED - 6 * 86_400_000),
        (RECEIVED - 8 * 86_400_000, RECEIVED),
        (RECEIVED + 30_000, RECEIVED + 30_000),
        (RECEIVED + 61_000, RECEIVED),
        (2**62, RECEIVED),
        (None, RECEIVED),
    ],
)
def test_an_impossible_time_is_replaced_by_the_time_of_arrival(at_ms: int | None, believed: int) -> None:
    assert schema.believed_ms(at_ms, RECEIVED) == believed


def test_nested_playback_gives_position_and_rate() -> None:
    row = said({"playback": {"position_ms": 1500.4, "rate": 1.5, "paused": False}}, type="playback.played")
    assert (row["position_ms"], row["rate"], row["extra"]) == (1500, 1.5, None)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from([column.name for column in schema.COLUMNS]) | st.text(max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(names, anything, max_size=6), st.dictionaries(names, anything, max_size=4))
def test_whatever_a_client_sends_makes_a_row_or_is_refused_as_unreadable(
    fields: dict[str, Any], top: dict[str, Any]
) -> None:
    document = {"at_ms": RECEIVED, **top, "_id": "e1", "type": "x", "received_ms": RECEIVED, "fields": fields}
    (row,) = schema.telemetry_rows(document)
    table = schema.table([row])
    assert table.schema.equals(schema.arrow_schema())
    assert len(table) == 1


def test_rows_in_any_order_make_the_same_table() -> None:
    rows = [telemetry_row(number) for number in range(20)]
    assert schema.table(rows).equals(schema.table(rows[::-1]))


def test_words_are_listed_sorted_and_only_those_that_are_there() -> None:
    made = schema.table([schema.telemetry_rows({"_id": n, "type": n, "received_ms": RECEIVED})[0] for n in "bac"])
    assert made.column("type").chunk(0).dictionary.to_pylist() == ["a", "b", "c"]
    part = schema.canonical(made.slice(1, 1))
    assert part.column("type").chunk(0).dictionary.to_pylist() == part.column("type").to_pylist()


@pytest.mark.parametrize("kind", ["party.created", "playback.video_changed"])
def test_a_video_that_comes_on_tells_its_length_and_whose_it_is(kind: str) -> None:
    video = {"id": "v1", "title": "private", "duration_ms": 5_000, "uploader_id": "ann", "source": "upload"}
    row = said({"video": video}, type=kind, video_id="other")
    assert (row["video_id"], row["duration_ms"], row["uploader_id"]) == ("v1", 5_000, "ann")
    assert row["extra"] is None
    row = said({"video": None}, type=kind, video_id="other")
    assert (row["video_id"], row["duration_ms"], row["uploader_id"]) == ("other", None, None)


def test_the_time_for_which_a_party_is_announced_is_a_time() -> None:
    for kind in ("party.created", "party.rescheduled"):
        row = said({"scheduled_for_ms": RECEIVED + 5}, type=kind)
        assert row["scheduled_at"].timestamp() * 1000 == RECEIVED + 5
        assert row["extra"] is None
    assert said({"scheduled_for_ms": None}, type="party.rescheduled")["scheduled_at"] is None


@pytest.mark.parametrize(
    ("value", "watched", "drift"),
    [
        (10_000.5, 10_000, 10_000.5),
        (True, 1, 1.0),
        (2**53 + 1, 2**53, 2.0**53),
        (float("-inf"), -(2**53), -(2.0**53)),
        (float("nan"), None, None),
        ("7", None, None),
    ],
)
def test_a_measure_is_a_number_within_bounds(value: Any, watched: int | None, drift: float | None) -> None:
    row = telemetry(fields={"watched_ms": value, "drift_ms": value, "odd": value})
    assert (row["watched_ms"], row["drift_ms"]) == (watched, drift)


@pytest.mark.parametrize("odd", [{"_id": 7}, {"type": None}, {"type": 1.5}, {"fields": "text"}, {"received_ms": None}])
def test_a_document_without_our_shape_makes_no_row(odd: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, KeyError, TypeError, ValueError)):
        telemetry(**odd)


def telemetry_row(number: int) -> dict[str, Any]:
    document = {
        "_id": f"e{number}", "type": "x", "at_ms": RECEIVED + number % 3, "received_ms": RECEIVED,
        "session_id": f"s{number % 2}", "video_id": None if number % 5 else "v",
    }  # fmt: skip
    return schema.telemetry_rows(document)[0]


def test_a_file_of_an_older_version_reads_with_nulls_for_what_it_did_not_know() -> None:
    old = pa.table({"event_id": ["e1"], "type": ["x"], "watched_ms": pa.array([5], pa.int32())})
    new = schema.adapted(old)
    assert new.schema.equals(schema.arrow_schema())
    assert new.column("watched_ms").to_pylist() == [5]
    assert new.column("party_id").to_pylist() == [None]


def test_the_page_about_the_lake_has_the_columns_as_they_are() -> None:
    assert schema.described() in Path("docs/lake.md").read_text(encoding="utf-8")
