"""Whole histories against what the people in them did."""

import pytest

from pipeline.aggregations.day import days
from pipeline.aggregations.party_report import party_reports
from tests.factories.events import History, a_history
from tests.pipeline.lakes import tables_in


@pytest.fixture(scope="module", params=[1, 2, 3])
def history(request: pytest.FixtureRequest) -> History:
    return a_history(seed=request.param, parties=4)


def test_a_party_report_says_what_the_viewers_did(history: History) -> None:
    reports = party_reports(tables_in(history))
    assert set(reports) == set(history.answers)
    for party_id, truth in history.answers.items():
        sums, people = reports[party_id]["sums"], reports[party_id]["people"]
        assert sums["watch_ms"] == truth.watch_time_ms
        assert {viewer[2:] for viewer, _ in people["viewers"]["ids"]} == truth.viewers
        assert sums["chat_messages"] == truth.chat_messages
        assert {viewer[2:] for viewer, _ in people["chatters"]["ids"]} == truth.chatters
        assert max(reports[party_id]["hours"]["peak"]) == truth.peak
        assert sums["viewer_ms"] / sums["live_ms"] == pytest.approx(truth.average, rel=1e-12)
        assert reports[party_id]["party"]["host_user_id"] == truth.host


def test_the_curve_and_the_chat_series_hold_the_figures_beside_them(history: History) -> None:
    for report in party_reports(tables_in(history)).values():
        levels = [viewers for _, viewers in report["series"]["concurrent_viewers"]["points"]]
        assert max(levels) == max(report["hours"]["peak"])
        assert levels[-1] == 0
        chat = report["series"]["chat_messages_per_minute"]["points"]
        assert sum(count for _, count in chat) == report["sums"]["chat_messages"]


def test_a_creators_day_is_all_parties_of_the_host_on_that_day(history: History) -> None:
    tables = tables_in(history)
    watched = sorted({day for truth in history.answers.values() for day in truth.watch_by_day})
    by_day = {day: days(tables, day)["creator_day"] for day in watched}
    for host in ("host0", "host1"):
        mine = [truth for truth in history.answers.values() if truth.host == host]
        found = {day: of_day[host] for day, of_day in by_day.items() if host in of_day}
        for day, values in found.items():
            assert values["sums"]["watch_ms"] == sum(truth.watch_by_day[day] for truth in mine)
        whole = {viewer for truth in mine for viewer in truth.viewers}
        assert {viewer[2:] for values in found.values() for viewer, _ in values["people"]["viewers"]["ids"]} == whole
        messages = sum(values["sums"]["chat_messages"] for values in found.values())
        assert messages == sum(truth.chat_messages for truth in mine)


def test_the_hours_of_a_day_add_up_to_its_sums(history: History) -> None:
    for family in days(tables_in(history), "2026-11-23").values():
        for values in family.values():
            for name in ("watch_ms", "views", "chat_messages", "reactions", "viewer_ms", "live_ms"):
                assert sum(values["hours"][name]) == values["sums"][name], name
