"""What cannot be true is set aside with the name of the check, whatever else is in the table."""

from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest

from pipeline import quality, schema
from realtime.party.events import AnyEvent
from realtime.protocol import ViewerEventType
from tests.factories.events import START, a_history
from tests.pipeline.lakes import raw_tables

Row = dict[str, Any]
GOOD: Row = {
    "event_id": "e", "type": "view.watched", "v": 1, "at": START, "received_at": START, "session_id": "s",
    "party_id": "p", "video_id": "v", "watched_ms": 10_000, "from_ms": 0, "to_ms": 10_000, "drift_ms": -3.5,
}  # fmt: skip


def examined(*rows: Row) -> quality.Examined:
    return quality.examine(schema.table([{**GOOD, **row, "event_id": str(n)} for n, row in enumerate(rows)]))


@pytest.mark.parametrize(
    ("check", "row"),
    [
        ("impossible_number", {"watched_ms": -1}),
        ("impossible_number", {"position_ms": 2**53}),
        ("impossible_number", {"drift_ms": -(2.0**53)}),
        ("impossible_number", {"rate": -0.5}),
        ("too_long", {"watched_ms": 600_001}),
        ("backwards", {"from_ms": 10_001}),
        ("far_off", {"at": START - 7 * 86_400_000 - 1}),
        ("far_off", {"at": START + 60_001}),
        ("no_session", {"session_id": None}),
        ("no_session", {"type": "party.joined", "session_id": None}),
        ("no_party", {"type": "chat.sent", "party_id": None}),
    ],
)
def test_what_cannot_be_true_is_set_aside_whole(check: str, row: Row) -> None:
    found = examined({}, row, {})
    assert found.good.column("event_id").to_pylist() == ["0", "2"]
    assert found.bad.column("check").to_pylist() == [check]
    whole = schema.table([{**GOOD, **row, "event_id": "1"}])
    assert found.bad.drop_columns(["check"]).to_pylist() == whole.to_pylist()
    assert quality.counted(found.bad) == {check: 1}


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"drift_ms": -5_000.0},
        {"watched_ms": 600_000},
        {"watched_ms": 0, "from_ms": 10_000},
        {"at": START - 7 * 86_400_000},
        {"at": START + 60_000},
        {"type": "view.sought", "from_ms": 50_000},
        {"type": "view.watched", "party_id": None},
        {"type": "account.registered", "party_id": None, "session_id": None},
        {"watched_ms": None, "from_ms": None, "drift_ms": None},
    ],
)
def test_what_may_be_true_stays(row: Row) -> None:
    found = examined(row)
    assert (len(found.good), len(found.bad), len(found.unknown)) == (1, 0, 0)


def test_a_row_that_fails_twice_is_counted_once_by_the_first_check() -> None:
    found = examined({"watched_ms": -1, "session_id": None})
    assert quality.counted(found.bad) == {"impossible_number": 1}


def test_a_type_that_is_not_known_is_kept_and_counted() -> None:
    found = examined({"type": "view.dreamt"}, {"type": "hologram.opened", "session_id": None, "party_id": None}, {})
    assert (len(found.good), found.unknown.tolist()) == (3, [START, START])
    assert quality.counted(found.bad, len(found.unknown)) == {"unknown_type": 2}


def test_all_that_the_server_tells_is_known() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(AnyEvent)}
    assert tags
    assert tags | set(get_args(ViewerEventType)) <= quality.KNOWN


def test_a_history_and_nothing_pass() -> None:
    for table in (*raw_tables(a_history(seed=4)).values(), schema.table([])):
        found = quality.examine(table)
        assert found.good.equals(table)
        assert (len(found.bad), len(found.unknown)) == (0, 0)
        assert found.bad.schema.equals(quality.quarantine_schema())


def test_each_check_says_what_it_means_on_the_page_about_the_lake() -> None:
    text = Path("docs/lake.md").read_text(encoding="utf-8")
    assert all(f"| `{check.name}` | {check.meaning} |" in text for check in quality.CHECKS)


def test_the_table_may_lie_in_pieces() -> None:
    pieces = pa.concat_tables([schema.table([GOOD]), schema.table([{**GOOD, "type": "chat.sent", "party_id": None}])])
    assert quality.examine(pieces).bad.column("check").to_pylist() == ["no_party"]
