"""What nodes counted of a day against the platform's figures of it, for a history that nodes would have seen."""

from typing import Any

import pytest
from pymongo.database import Database

from pipeline.jobs import reconcile
from pipeline.live_totals import live_found
from pipeline.place import Place
from store.job_runs import JobRuns
from store.live import day_id
from tests.factories.events import a_history
from tests.fakes.metrics import RecordingMetrics
from tests.pipeline.stored import LATER_MS, a_pipeline, keep

pytestmark = pytest.mark.integration
DAY = "2026-11-23"


def counted(mongo: Database[dict[str, Any]], node: str, chat: int, *, day: str = DAY, whole: bool = True) -> None:
    counts = {"chat": chat, "reactions": 0, "joins": 7}
    mongo["live_days"].replace_one({"_id": day_id(day, node)}, {"day": day, "whole": whole, **counts}, upsert=True)


def test_what_the_nodes_counted_is_held_against_the_figures(place: Place, mongo: Database[dict[str, Any]]) -> None:
    history = a_history(parties=2, viewers=4)
    keep(mongo, history)
    assert a_pipeline(place, now_ms=LATER_MS).run().failed == {}
    row = mongo["aggregates"].find_one({"_id": f"platform_day:platform:all:{DAY}"})
    assert row is not None
    chats = row["values"]["sums"]["chat_messages"]
    assert chats > 1
    assert live_found(mongo, DAY) == []
    counted(mongo, "a", chats - 1)
    counted(mongo, "b", 1, whole=False)
    counted(mongo, "a", 99, day="2026-11-22")
    counted(mongo, "a", 99, day="2026-11-24")
    found = {one.name: one for one in live_found(mongo, DAY)}
    assert (found["chat_messages"].live, found["chat_messages"].figures) == (chats, chats)
    assert (found["chat_messages"].difference, found["chat_messages"].nodes, found["chat_messages"].cut) == (0, 2, 1)
    assert found["reactions"].difference == row["values"]["sums"]["reactions"]
    counted(mongo, "b", 4)
    assert {one.name: one.difference for one in live_found(mongo, DAY)}["chat_messages"] == 3


def test_the_job_tells_a_difference_and_goes_on(place: Place, mongo: Database[dict[str, Any]]) -> None:
    keep(mongo, a_history(parties=2, viewers=4))
    now_ms, metrics = LATER_MS + 7 * 3_600_000, RecordingMetrics()
    assert a_pipeline(place, now_ms=now_ms).run().failed == {}
    counted(mongo, "a", 0)
    chat, reactions = (one.figures for one in live_found(mongo, DAY))
    counted(mongo, "a", chat + 2)
    assert a_pipeline(place, now_ms=now_ms, metrics=metrics).run(job=reconcile.NAME).failed == {}
    assert metrics.gauges["pipeline.live_difference"] == 2 + reactions
    assert metrics.gauges["pipeline.reconcile_difference"] == 0
    (told, _) = JobRuns(mongo).latest(reconcile.NAME, 1)[0].outcome["live"]
    assert (told["day"], told["live"] - told["figures"], told["cut"]) == (DAY, 2, 0)


def test_a_day_without_figures_has_none(mongo: Database[dict[str, Any]]) -> None:
    counted(mongo, "a", 2)
    assert [(one.name, one.difference) for one in live_found(mongo, DAY)] == [("chat_messages", 2), ("reactions", 0)]
