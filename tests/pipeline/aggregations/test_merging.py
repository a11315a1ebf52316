"""Any split, any order, any repeat of the events ends in the same rows."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import schema
from pipeline.aggregations.day import days
from pipeline.aggregations.party_report import party_reports
from pipeline.aggregations.tables import tables_of
from pipeline.slots import days_between
from tests.pipeline.lakes import tables_from

Row = dict[str, Any]
START = 1_795_478_400_000 - 120_000  # two minutes before a midnight in UTC

TYPES = (
    "party.created", "party.started", "party.ended", "party.vacated", "party.joined", "party.left",
    "view.started", "view.watched", "view.watched", "view.watched", "view.stalled", "view.failed", "view.ended", "chat.sent",
    "reaction.sent", "party.invited", "party.invite_accepted", "playback.played",
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
            "video_id": draw(st.sampled_from([None, "v1", "v2"])),
            "device": draw(st.sampled_from([None, "phone", "tv"])),
            "fields": {
                "from_ms": (begins := draw(st.sampled_from([None, 0, 5_000, 90_000]))),
                "to_ms": None if begins is None else begins + draw(st.sampled_from([0, 9_000, 20_000])),
                "drift_ms": draw(st.sampled_from([None, -3.5, 800.0, 1_500.0])),
                "stall_ms": draw(st.sampled_from([None, 0, 700, 10**8])),
                "startup_ms": draw(st.sampled_from([None, 0, 350])),
                "duration_ms": draw(st.sampled_from([None, 100_000, 60_000])),
                "watched_ms": draw(st.sampled_from([-5, 0, 3_000, 10_000, 10**9])),
                "connection_id": draw(st.sampled_from(["c1", "c2"])),
            },
        }
        found.extend(schema.telemetry_rows(document))
    return found


def answers(rows: list[Row]) -> str:
    """Write all tables; everything that is published is made of them alone."""
    return json.dumps({name: table.to_json() for name, table in tables_from(rows).items()})


@settings(max_examples=15, deadline=None)
@given(events(), st.data())
def test_events_in_any_order_with_repeats_give_the_same_bytes(rows: list[Row], data: st.DataObject) -> None:
    whole = answers(rows)
    again = data.draw(st.lists(st.sampled_from(rows), max_size=10))
    later = [{**row, "received_at": row["received_at"] + 61_000} for row in again]
    assert answers(data.draw(st.permutations([*rows, *again, *later]))) == whole


@settings(max_examples=15, deadline=None)
@given(events())
def test_a_party_is_made_alike_alone_and_beside_others(rows: list[Row]) -> None:
    whole = tables_from(rows)
    for party in {row["party_id"] for row in rows}:
        alone = tables_from([row for row in rows if row["party_id"] == party])
        for name, table in whole.items():
            mine = table[table["party_id"] == party].reset_index(drop=True)
            assert mine.to_json() == alone[name].reset_index(drop=True).to_json(), name


@settings(max_examples=8, deadline=None)
@given(events())
def test_what_must_hold_of_any_report(rows: list[Row]) -> None:
    for report in party_reports(tables_from(rows)).values():
        sums, peak = report["sums"], max(report["hours"]["peak"])
        assert peak <= sums["sessions"]
        assert sums["views"] <= sums["attempts"]
        assert sums["completed"] <= sums["films_n"] <= sums["views"]
        assert sums["q95"] <= sums["q75"] <= sums["q50"] <= sums["q25"] <= sums["films_n"]
        assert sums["started"] + sums["ebvs"] <= sums["attempts"]
        assert len(report["people"]["chatters"]["ids"]) <= sums["chat_messages"]
        assert 0 <= sums["in_sync_ms"] <= sums["synced_ms"] <= sums["watch_ms"] <= 20_000 * len(rows)
        assert 0 <= sums["cowatch_ms"] <= sums["viewer_ms"] <= peak * sums["live_ms"]
        levels = [level for _, level in report["series"]["concurrent_viewers"]["points"]]
        assert max(levels, default=0) == peak
        assert all(level >= 0 for level in levels)
        assert all(opens < closes for opens, closes in report["party"]["live"])
        for film in report["films"].values():
            assert all(
                people <= min(plays, film["views"]) for plays, people in zip(film["plays"], film["people"], strict=True)
            )


@settings(max_examples=6, deadline=None)
@given(events())
def test_the_days_of_the_platform_add_up_to_the_parties(rows: list[Row]) -> None:
    tables = tables_from(rows)
    reports = party_reports(tables).values()
    found = [days(tables, day)["platform_day"].get("all") for day in days_between(START, START + 600_000)]
    known = [day for day in found if day is not None]
    for name in ("watch_ms", "views", "attempts", "chat_messages", "reactions", "viewer_ms", "cowatch_ms", "stall_ms"):
        assert sum(day["sums"][name] for day in known) == sum(report["sums"][name] for report in reports), name
    people = {viewer for day in known for viewer, _ in day["people"]["viewers"]["ids"]}
    assert people == {viewer for report in reports for viewer, _ in report["people"]["viewers"]["ids"]}


def test_no_events_make_empty_tables() -> None:
    empty = schema.table([])
    assert {len(table) for table in tables_of(empty).values()} == {0}
    assert party_reports(tables_from([])) == {}
