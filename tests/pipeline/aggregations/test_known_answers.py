"""Whole histories against what the people in them did."""

import pytest

from pipeline.aggregations.host_day import host_days
from pipeline.aggregations.party_report import party_reports
from tests.factories.events import History, a_history
from tests.pipeline.lakes import facts_of


@pytest.fixture(scope="module", params=[1, 2, 3])
def history(request: pytest.FixtureRequest) -> History:
    return a_history(seed=request.param, parties=4)


def test_a_party_report_says_what_the_viewers_did(history: History) -> None:
    reports = party_reports(facts_of(history))
    assert set(reports) == set(history.answers)
    for party_id, truth in history.answers.items():
        metrics = {name: figure["value"] for name, figure in reports[party_id]["metrics"].items()}
        assert metrics["watch_time_ms"] == truth.watch_time_ms
        assert metrics["unique_viewers"] == len(truth.viewers)
        assert metrics["chat_messages"] == truth.chat_messages
        assert metrics["unique_chatters"] == len(truth.chatters)
        assert metrics["peak_concurrent_viewers"] == truth.peak
        assert metrics["average_concurrent_viewers"] == pytest.approx(truth.average, rel=1e-12)
        assert reports[party_id]["party"]["host_user_id"] == truth.host


def test_the_curve_and_the_chat_series_hold_the_figures_beside_them(history: History) -> None:
    for report in party_reports(facts_of(history)).values():
        levels = [viewers for _, viewers in report["series"]["concurrent_viewers"]["points"]]
        assert max(levels) == report["metrics"]["peak_concurrent_viewers"]["value"]
        assert levels[-1] == 0
        chat = report["series"]["chat_messages_per_minute"]["points"]
        assert sum(count for _, count in chat) == report["metrics"]["chat_messages"]["value"]


def test_a_host_day_is_all_parties_of_the_host_on_that_day(history: History) -> None:
    facts = facts_of(history)
    for host in ("host0", "host1"):
        mine = {party: truth for party, truth in history.answers.items() if truth.host == host}
        days = {day for truth in mine.values() for day in truth.watch_by_day}
        found = host_days(facts[facts["party_id"].isin(mine)], days)
        for day in days:
            metrics = {name: figure["value"] for name, figure in found[day]["metrics"].items()}
            assert metrics["watch_time_ms"] == sum(truth.watch_by_day[day] for truth in mine.values())
        whole = {viewer for truth in mine.values() for viewer in truth.viewers}
        united = {viewer[2:] for values in found.values() for viewer in values["parts"]["viewers"]}
        assert united == whole
        assert sum(values["metrics"]["chat_messages"]["value"] for values in found.values()) == sum(
            truth.chat_messages for truth in mine.values()
        )
