"""Any split, any order, any repeat of the events ends in the same rows."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.aggregations.facts import RAW_COLUMNS, facts, merged
from pipeline.aggregations.host_day import host_days
from pipeline.aggregations.party_report import party_reports

Row = dict[str, Any]
START = 1_795_478_400_000 - 120_000  # two minutes before a midnight in UTC

TYPES = (
    "party.created", "party.started", "party.ended", "party.vacated", "party.joined", "party.left",
    "view.watched", "view.stalled", "chat.sent", "reaction.sent",
)  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> list[Row]:
    """Draw events of few people in few parties, in any order that a hostile network could make of them."""
    found = []
    for number in range(draw(st.integers(1, 40))):
        at = START + draw(st.integers(0, 300)) * 1_000
        session = draw(st.sampled_from([None, "s1", "s2", "s3"]))
        document = {
            "_id": f"e{number:03}",
            "type": draw(st.sampled_from(TYPES)),
            "at_ms": at,
            "received_ms": at + draw(st.sampled_from([0, 50, 4_000, 90_000])),
            "party_id": draw(st.sampled_from(["p1", "p2"])),
            "session_id": session,
            "user_id": draw(st.sampled_from([None, "ann", "bob"])),
            "guest_id": draw(st.sampled_from([None, "guest"])),
            "fields": {
                "watched_ms": draw(st.sampled_from([-5, 0, 3_000, 10_000, 10**9])),
                "connection_id": draw(st.sampled_from(["c1", "c2"])),
            },
        }
        found.extend(schema.telemetry_rows(document))
    return found


def partial_of(rows: list[Row]) -> pa.Table:
    return facts(schema.table(rows).select(list(RAW_COLUMNS)))


def answers(partials: list[pa.Table]) -> str:
    whole = merged(partials)
    days = ["2026-11-23", "2026-11-24"]
    return json.dumps([party_reports(whole), host_days(whole, days)], sort_keys=True)


@settings(max_examples=15, deadline=None)
@given(events(), st.data())
def test_partials_in_any_split_and_order_with_repeats_are_the_whole(rows: list[Row], data: st.DataObject) -> None:
    whole = answers([partial_of(rows)])
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10))
    later = [{**row, "received_at": row["received_at"] + 61_000} for row in again]
    shuffled = data.draw(st.permutations([*rows, *again, *later]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    parts = [shuffled[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    assert answers([partial_of(part) for part in parts if part]) == whole


@settings(max_examples=15, deadline=None)
@given(events())
def test_what_must_hold_of_any_report(rows: list[Row]) -> None:
    for report in party_reports(merged([partial_of(rows)])).values():
        value = {name: figure["value"] for name, figure in report["metrics"].items()}
        sessions = report["metrics"]["unique_viewers"]["n"]
        assert value["peak_concurrent_viewers"] <= sessions
        assert value["views"] <= sessions
        assert value["unique_chatters"] <= value["chat_messages"]
        assert 0 <= value["watch_time_ms"] <= 20_000 * len(rows)
        average = value["average_concurrent_viewers"]
        assert average is None or 0 <= average <= value["peak_concurrent_viewers"]
        levels = [level for _, level in report["series"]["concurrent_viewers"]["points"]]
        assert max(levels, default=0) == value["peak_concurrent_viewers"]
        assert all(level >= 0 for level in levels)
        assert all(opens < closes for opens, closes in report["party"]["live"])


@settings(max_examples=12, deadline=None)
@given(events())
def test_the_days_of_a_host_add_up_to_their_parties(rows: list[Row]) -> None:
    whole = merged([partial_of(rows)])
    reports = party_reports(whole)
    days = host_days(whole, {day for report in reports.values() for day in report["party"]["days"]})
    for name in ("watch_time_ms", "views", "chat_messages"):
        by_day = sum(day["metrics"][name]["value"] for day in days.values())
        assert by_day == sum(report["metrics"][name]["value"] for report in reports.values())
    for name in ("viewer_ms",):
        assert sum(day["parts"][name] for day in days.values()) == sum(
            report["parts"][name] for report in reports.values()
        )
    people = {viewer for day in days.values() for viewer in day["parts"]["viewers"]}
    assert people == {viewer for report in reports.values() for viewer in report["parts"]["viewers"]}
