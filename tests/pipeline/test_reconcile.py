"""MongoDB = lake = figures, and what is told where they are not; and only what is in order is ever dropped."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline.jobs import canary, compact, erase, expire, quality_watch, reconcile
from pipeline.place import Place
from store.event_days import EventDays
from store.job_runs import JobRuns
from store.manifest import INGEST
from tests.factories.events import START, History, Maker, a_history
from tests.fakes.metrics import RecordingMetrics
from tests.pipeline.erased import handed_on, renamed
from tests.pipeline.stored import LATER_MS, a_pipeline, keep

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
DAY = "2026-11-23"
DAY_MS = 86_400_000
NOW_MS = LATER_MS + 7 * 3_600_000
DIFFER = "MongoDB and the lake differ"


@pytest.fixture
def history(place: Place, mongo: Mongo) -> History:
    history = a_history(parties=2, viewers=4)
    keep(mongo, history)
    assert a_pipeline(place, now_ms=NOW_MS).run().failed == {}
    return history


def reconciled(place: Place, mongo: Mongo, now_ms: float = NOW_MS) -> tuple[float, dict[str, Any]]:
    """Run it; return the metric and what it told."""
    metrics = RecordingMetrics()
    assert a_pipeline(place, now_ms=now_ms, metrics=metrics).run(job=reconcile.NAME).failed == {}
    told = JobRuns(mongo).latest(reconcile.NAME, 1)[0].outcome
    assert metrics.gauges["pipeline.reconcile_difference"] == told["difference"]
    return metrics.gauges["pipeline.reconcile_difference"], told


def test_a_history_that_went_through_is_in_order_down_to_each_message(
    place: Place, mongo: Mongo, history: History
) -> None:
    difference, told = reconciled(place, mongo)
    assert difference == 0
    documents = sum(mongo[f"events_{day.replace('-', '')}"].count_documents({}) for day in EventDays(mongo).days())
    assert sum(day["events"] for day in told["days"].values()) == documents + len(history.commits)
    assert {day for day, found in told["days"].items() if found["files"]} <= set(told["in_order"])
    chats = sum(answers.chat_messages for answers in history.answers.values())
    totals = [one for one in told["totals"] if one["name"] == "chat_messages"]
    assert sum(one["log"] for one in totals) == sum(one["figures"] for one in totals) == chats > 0
    created = [one for one in told["totals"] if one["name"] == "parties_created"]
    assert sum(one["figures"] for one in created) == 2


def test_it_is_so_after_packing_erasing_and_a_canary_too(place: Place, mongo: Mongo, history: History) -> None:
    pipeline = a_pipeline(place, now_ms=NOW_MS)
    pipeline.run(job=canary.NAME)
    renamed(mongo, "user0")
    handed_on(mongo, "user0", utc(NOW_MS))
    assert reconciled(place, mongo)[0] == 0, "who is just being erased is a difference that is due"
    for job in (compact.NAME, erase.NAME):
        assert a_pipeline(place, now_ms=NOW_MS).run(job=job).failed == {}
    later_ms = NOW_MS + 10 * 60_000
    assert a_pipeline(place, now_ms=later_ms).run().failed == {}
    difference, told = reconciled(place, mongo, later_ms)
    assert (difference, [one for one in told["totals"] if one["log"] != one["figures"]]) == (0, [])


def test_what_the_lake_lacks_or_mongodb_has_lost_is_told_with_its_minute(
    place: Place, mongo: Mongo, history: History, logs: Any
) -> None:
    first = mongo["events_20261123"].find_one(sort=[("received_ms", 1)])
    assert first is not None
    mongo["events_20261123"].delete_one({"_id": first["_id"]})
    with logs.expect(DIFFER):
        difference, told = reconciled(place, mongo)
    assert difference == 1
    assert told["days"][DAY]["minutes"] == [utc(first["received_ms"]).strftime("%Y-%m-%dT%H:%M")]
    assert DAY not in told["in_order"]
    mongo["events_20261123"].insert_one(first)
    assert reconciled(place, mongo, NOW_MS + 60_000)[0] == 0
    maker = Maker(1, duplicates=0)
    maker.telemetry("view.quality", START + 60_000, received=START + 60_000, party_id="p", session_id="s")
    maker.history.telemetry[0]["_id"] = "f" * 32
    keep(mongo, maker.history)
    with logs.expect(DIFFER):
        assert reconciled(place, mongo, NOW_MS + 120_000)[0] == 1
    a_pipeline(place, now_ms=NOW_MS).run()
    assert reconciled(place, mongo, NOW_MS + 180_000)[0] == 0


def test_a_file_that_is_gone_or_has_other_rows_is_told(place: Place, mongo: Mongo, history: History, logs: Any) -> None:
    name = place.open_lake().raw_names()[0]
    whole = (Path(place.lake) / name).read_bytes()
    (Path(place.lake) / name).unlink()
    with logs.expect(DIFFER):
        difference, told = reconciled(place, mongo)
    assert difference == 1
    assert [one for day in told["days"].values() for one in day["bad_files"]] == [name]
    (Path(place.lake) / name).write_bytes(whole)
    assert reconciled(place, mongo, NOW_MS + 60_000)[0] == 0
    (Path(place.lake) / name).unlink()
    assert reconciled(place, mongo, NOW_MS + 120_000)[0] == 0, "the same names are not opened twice"


def test_figures_that_the_log_contradicts_are_told(place: Place, mongo: Mongo, history: History, logs: Any) -> None:
    mongo["aggregates"].update_one(
        {"_id": f"platform_day:platform:all:{DAY}"}, {"$inc": {"values.sums.chat_messages": 3}}
    )
    with logs.expect("log and figures differ"):
        difference, told = reconciled(place, mongo)
    assert difference == 3
    (wrong,) = [one for one in told["totals"] if one["log"] != one["figures"]]
    assert (wrong["day"], wrong["name"]) == (DAY, "chat_messages")


def test_a_day_that_is_in_order_is_looked_at_for_a_week_and_one_that_is_not_for_ever(
    place: Place, mongo: Mongo, history: History, logs: Any
) -> None:
    _, told = reconciled(place, mongo)
    assert {DAY, "2026-11-24"} <= set(told["in_order"])
    week_later_ms = NOW_MS + 9 * DAY_MS
    _, told = reconciled(place, mongo, week_later_ms)
    assert DAY not in told["days"]
    assert DAY in told["in_order"], "it is remembered"
    mongo["job_runs"].delete_many({"job": reconcile.NAME})
    mongo["events_20261123"].delete_one({})
    for _ in range(2):
        week_later_ms += 3_600_000
        with logs.expect(DIFFER):
            assert reconciled(place, mongo, week_later_ms)[0] == 1


def test_days_past_their_retention_are_dropped_where_the_lake_has_them(
    place: Place, mongo: Mongo, history: History
) -> None:
    last_ms = START + 91 * DAY_MS
    a_pipeline(place, now_ms=last_ms - 1).run(job=expire.NAME)
    assert DAY in EventDays(mongo).days()
    mongo["party_log"].insert_one({"_id": "c", "party_id": "canary-x", "seq": 1, "received_ms": START, "events": []})
    a_pipeline(place, now_ms=NOW_MS).run()
    logged = mongo["party_log"].count_documents({})
    a_pipeline(place, now_ms=last_ms).run(job=expire.NAME)
    assert DAY not in EventDays(mongo).days()
    assert "2026-11-24" in EventDays(mongo).days()
    assert mongo["party_log"].count_documents({}) == logged - 1, "of the log only what is a canary's goes"
    told = JobRuns(mongo).latest(expire.NAME, 1)[0].outcome
    assert (told["dropped"], told["kept"]) == ([DAY], {})
    before = set(place.open_lake().raw_names())
    assert a_pipeline(place, now_ms=last_ms).run().slots == 0
    assert set(place.open_lake().raw_names()) == before, "the lake keeps what MongoDB let go"


@pytest.mark.parametrize("fault", ["a document more", "a file less", "a minute owed", "a minute failed"])
def test_a_day_that_is_not_in_order_is_never_dropped(
    place: Place, mongo: Mongo, history: History, logs: Any, fault: str
) -> None:
    run = JobRuns(mongo).latest(INGEST, 500)[-1]
    for kept in JobRuns(mongo).latest(INGEST, 500):
        if kept.slot.startswith(DAY):
            run = kept
    match fault:
        case "a document more":
            mongo["events_20261123"].insert_one({"_id": "x", "type": "x", "received_ms": START + 1, "at_ms": START})
        case "a file less":
            (Path(place.lake) / run.outcome["file"]).unlink()
        case "a minute owed":
            mongo["job_runs"].update_one({"_id": run.id}, {"$set": {"outcome.owed": ["partials"]}})
        case _:
            mongo["job_runs"].update_one({"_id": run.id}, {"$set": {"state": "failed"}})
    with logs.expect("past its retention, but the lake has not all of it"):
        a_pipeline(place, now_ms=START + 91 * DAY_MS).run(job=expire.NAME)
    assert DAY in EventDays(mongo).days()
    assert set(JobRuns(mongo).latest(expire.NAME, 1)[0].outcome["kept"]) == {DAY}


def test_what_failed_a_check_is_added_up_and_much_of_it_is_told(
    place: Place, mongo: Mongo, history: History, logs: Any
) -> None:
    maker = Maker(3, duplicates=0)
    for number in range(20):
        maker.telemetry("view.watched", START + number, party_id="p", session_id="s", fields={"watched_ms": -5})
        maker.history.telemetry[-1]["_id"] = f"{number:032}"
    keep(mongo, maker.history)
    a_pipeline(place, now_ms=NOW_MS).run()
    now_ms = START + DAY_MS - 1.0
    a_pipeline(place, now_ms=now_ms).run(job=quality_watch.NAME)
    told = JobRuns(mongo).latest(quality_watch.NAME, 1)[0].outcome
    assert told["failures"] == 20 == sum(told["checks"].values())
    mongo["job_runs"].update_many({"job": INGEST}, {"$inc": {"outcome.rows": 500, "outcome.quarantined": 50}})
    with logs.expect("many events failed a check"):
        a_pipeline(place, now_ms=now_ms + 60_000).run(job=quality_watch.NAME)
