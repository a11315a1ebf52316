"""Who was erased leaves the lake, the figures and the telemetry, and with them exactly their share of every total."""

from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline.jobs import compact
from pipeline.jobs.erase import NAME
from pipeline.place import Place
from store.event_days import EventDays
from store.job_runs import JobRuns
from store.manifest import INGEST
from tests.factories.events import START, History, Maker, a_history
from tests.pipeline.erased import handed_on, in_lake, renamed, stand_in
from tests.pipeline.stored import LATER_MS, a_pipeline, keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
WHO = "user0"
DAYS = ("2026-11-23", "2026-11-24")
AT = utc(LATER_MS)


@pytest.fixture
def history(place: Place, mongo: Mongo) -> History:
    history = a_history(parties=2, viewers=5)
    keep(mongo, history)
    assert a_pipeline(place).run().failed == {}
    return history


def everything(place: Place) -> list[pa.Table]:
    """Read all that the lake holds, whatever counts."""
    lake = place.open_lake()
    root = Path(place.lake)
    tables = [str(path.relative_to(root)) for path in root.rglob("*.parquet") if "raw" not in path.parts]
    return [lake.read_raw(name) for name in lake.raw_names()] + [lake.read_table(name) for name in tables]


def holds(place: Place, mongo: Mongo, word: str) -> set[str]:
    """Name where a word stands: the lake, and the collections of MongoDB."""
    found = {"lake"} if any(word in repr(table.to_pydict()) for table in everything(place)) else set()
    for name in mongo.list_collection_names():
        found |= {name} if any(word in repr(row) for row in mongo[name].find()) else set()
    return found


def share(history: History) -> Counter[str]:
    """Count what the person did, by the documents."""
    told: Counter[str] = Counter()
    for commit in history.commits:
        told.update(event["type"] for event in commit["events"] if event.get("user_id") == WHO)
    seen = {one["_id"]: one for one in history.telemetry if one.get("user_id") == WHO}
    told.update(one["type"] for one in seen.values())
    return told


def total(mongo: Mongo, name: str) -> int:
    rows = [row["values"]["sums"][name] for row in mongo["aggregates"].find({"family": "platform_day"})]
    assert rows
    return sum(rows)


def test_totals_change_by_exactly_that_persons_share_and_nothing_is_left(
    place: Place, mongo: Mongo, history: History
) -> None:
    before = {name: total(mongo, name) for name in ("chat_messages", "beats")}
    assert holds(place, mongo, in_lake(WHO)) >= {"lake", "aggregates"}
    telemetry = sum(mongo[f"events_{day.replace('-', '')}"].count_documents({"user_id": WHO}) for day in DAYS)
    renamed(mongo, WHO)
    row = handed_on(mongo, WHO, AT)
    summary = a_pipeline(place).run(job=NAME)
    assert (summary.failed, summary.waiting) == ({}, [])
    assert holds(place, mongo, in_lake(WHO)) == set(), "nowhere any more"
    assert holds(place, mongo, stand_in(WHO)) <= {"party_log", "erasures"}
    own = share(history)
    assert own["chat.sent"] > 0
    assert total(mongo, "chat_messages") == before["chat_messages"] - own["chat.sent"]
    assert total(mongo, "beats") == before["beats"] - own["view.watched"]
    proof = mongo["erasures"].find_one({"_id": row})
    assert proof is not None
    assert (proof["state"], proof["lake"], proof["done_at"]) == ("done", None, AT)
    assert proof["counts"]["lake_rows"] == summary.rows[NAME] > 0
    assert proof["counts"]["telemetry"] == telemetry
    assert proof["counts"]["lake_files"] > 0


def test_what_is_left_equals_a_full_recompute_without_the_person(
    place: Place, mongo: Mongo, history: History, tmp_path: Path
) -> None:
    renamed(mongo, WHO)
    handed_on(mongo, WHO, AT)
    a_pipeline(place).run(job=NAME)
    erased = published(mongo)
    assert a_pipeline(place).run().failed == {}
    assert published(mongo) == erased, "and nothing is owed any more"
    for name in ("job_runs", "aggregates", "owed", "first_views"):
        mongo[name].delete_many({})
    elsewhere = Place(uri=place.uri, database=place.database, lake=str(tmp_path / "anew"), lake_key=place.lake_key)
    assert a_pipeline(elsewhere).run().failed == {}
    assert published(mongo) == erased
    anew, old = elsewhere.open_lake(), place.open_lake()
    assert anew.raw_names() == old.raw_names(), "the same files, to the byte"


def test_packed_hours_and_days_that_mongodb_has_no_more_are_cleaned_too(
    place: Place, mongo: Mongo, history: History
) -> None:
    a_pipeline(place, now_ms=LATER_MS + 86_400_000).run(job=compact.NAME)
    renamed(mongo, WHO)
    mongo.drop_collection("events_20261123")
    handed_on(mongo, WHO, AT)
    before = total(mongo, "beats")
    summary = a_pipeline(place).run(job=NAME)
    assert summary.failed == {}
    assert total(mongo, "beats") == before - share(history)["view.watched"]
    assert holds(place, mongo, in_lake(WHO)) == set()
    counted = {run["outcome"]["file"] for run in mongo["job_runs"].find({"job": INGEST, "outcome.file": {"$ne": None}})}
    assert set(place.open_lake().raw_names()) == counted
    assert a_pipeline(place).run().slots == 0, "what was dropped is no reason to ingest anything again"


def test_the_manifest_agrees_with_mongodb_at_every_step(place: Place, mongo: Mongo, history: History) -> None:
    def check() -> None:
        documents: Counter[str] = Counter()
        for day in EventDays(mongo).days():
            for row in mongo[f"events_{day.replace('-', '')}"].find():
                documents[place_of(row["received_ms"])] += 1
        for row in mongo["party_log"].find():
            documents[place_of(row["received_ms"])] += len(row["events"])
        for run in mongo["job_runs"].find({"job": INGEST}):
            told = run["outcome"]
            accounted = told["rows"] + told["erased"] + told["unreadable"] + told["quarantined"]
            assert documents[run["slot"]] == accounted, run["slot"]

    check()
    renamed(mongo, WHO)
    check()
    handed_on(mongo, WHO, AT)
    a_pipeline(place).run(job=NAME)
    check()
    a_pipeline(place).run(frm=utc(START))
    check()


def place_of(received_ms: int) -> str:
    return utc(received_ms // 60_000 * 60_000).strftime("%Y-%m-%dT%H:%M")


def test_a_late_event_is_found_after_an_erasure_in_its_minute(place: Place, mongo: Mongo, history: History) -> None:
    renamed(mongo, WHO)
    handed_on(mongo, WHO, AT)
    a_pipeline(place).run(job=NAME)
    run = next(run for run in mongo["job_runs"].find({"job": INGEST, "outcome.erased": 0}) if run["fence"] > 1)
    maker = Maker(1, duplicates=0)
    at = int(utc(0).fromisoformat(f"{run['slot']}:30+00:00").timestamp() * 1000)
    maker.telemetry("view.quality", at, received=at, party_id="party000", session_id="late", guest_id="late")
    maker.history.telemetry[0]["_id"] = "f" * 32
    keep(mongo, maker.history)
    assert a_pipeline(place).run().slots == 1, "the manifest holds no more than there is"


def test_who_stands_in_a_minute_that_is_being_ingested_waits(place: Place, mongo: Mongo, history: History) -> None:
    renamed(mongo, WHO)
    row = handed_on(mongo, WHO, AT)
    slot = JobRuns(mongo).latest(INGEST, 1)[0].slot
    assert JobRuns(mongo).claim(INGEST, slot, "somebody", 0.3, redo=True) is not None
    a_pipeline(place).run(job=NAME)
    assert mongo["erasures"].find_one({"_id": row, "state": "lake"})
    JobRuns(mongo).finish(f"{INGEST}:{slot}", 2, JobRuns(mongo).latest(INGEST, 1)[0].outcome)
    a_pipeline(place).run(job=NAME)
    assert mongo["erasures"].find_one({"_id": row, "state": "done"})
    assert holds(place, mongo, in_lake(WHO)) == set()


def test_only_who_is_asked_for_is_looked_for_and_before_the_server_is_through_nothing_is_closed(
    place: Place, mongo: Mongo, history: History
) -> None:
    for person in (WHO, "user1"):
        renamed(mongo, person)
    first = handed_on(mongo, WHO, AT, state="settling")
    second = handed_on(mongo, "user1", AT)
    a_pipeline(place).run(job=NAME, only=[first])
    assert holds(place, mongo, in_lake(WHO)) == {"erasures"}
    assert holds(place, mongo, in_lake("user1")) >= {"lake", "erasures"}
    assert {row["_id"]: row["state"] for row in mongo["erasures"].find()} == {first: "settling", second: "lake"}
    a_pipeline(place).run(job=NAME)
    assert {row["_id"]: row["state"] for row in mongo["erasures"].find()} == {first: "settling", second: "done"}
    assert a_pipeline(place).run(job=NAME).rows == {NAME: 0}, "doing it again finds nothing"


def test_the_parties_that_somebody_hosted_are_to_others_what_they_were(
    place: Place, mongo: Mongo, history: History, tmp_path: Path
) -> None:
    """Who only hosted watched nothing: without them no figure of the platform is another."""
    before = {row["_id"]: row["values"] for row in mongo["aggregates"].find({"family": "platform_day"})}
    reports = {row["_id"]: row["values"] for row in mongo["aggregates"].find({"family": "party_report"})}
    for host in ("host0", "host1"):
        renamed(mongo, host)
        handed_on(mongo, host, AT)
    assert a_pipeline(place).run(job=NAME).failed == {}
    after = {row["_id"]: row["values"] for row in mongo["aggregates"].find({"family": "platform_day"})}
    assert after == before
    for row in mongo["aggregates"].find({"family": "party_report"}):
        assert row["values"]["sums"] == reports[row["_id"]]["sums"]
        assert row["values"]["party"]["live"] == reports[row["_id"]]["party"]["live"]
        assert row["values"]["party"]["host_user_id"] is None
    assert mongo["aggregates"].count_documents({"family": "creator_day"}) == 0
    assert holds(place, mongo, in_lake("host0")) == set() == holds(place, mongo, in_lake("host1"))
    names = place.open_lake().raw_names()
    elsewhere = Place(uri=place.uri, database=place.database, lake=str(tmp_path / "anew"), lake_key=place.lake_key)
    mongo["job_runs"].delete_many({})
    assert a_pipeline(elsewhere).run(job=INGEST).failed == {}
    assert elsewhere.open_lake().raw_names() == names, "ingested again they are the same, to the byte"


def test_a_video_of_somebody_is_nobodys_afterwards(place: Place, mongo: Mongo) -> None:
    maker = Maker(1, duplicates=0)
    body = {"video": {"id": "v", "duration_ms": 1000, "uploader_id": WHO}}
    maker.log("p", "party.created", START, user_id="host", body=body)
    keep(mongo, maker.history)
    a_pipeline(place).run()
    assert holds(place, mongo, in_lake(WHO)) >= {"lake"}
    handed_on(mongo, WHO, AT)
    a_pipeline(place).run(job=NAME)
    assert holds(place, mongo, in_lake(WHO)) == set()
    (name,) = place.open_lake().raw_names()
    assert place.open_lake().read_raw(name).num_rows == 1, "others' rows stay"


def test_where_the_lake_cannot_be_read_nobody_is_called_erased(
    place: Place, mongo: Mongo, history: History, logs: Any
) -> None:
    renamed(mongo, WHO)
    row = handed_on(mongo, WHO, AT)
    name = place.open_lake().raw_names()[0]
    whole = (Path(place.lake) / name).read_bytes()
    (Path(place.lake) / name).write_bytes(b"PAR1")
    logs.allow("job failed")
    assert a_pipeline(place).run(job=NAME).failed
    assert mongo["erasures"].find_one({"_id": row, "state": "lake"})
    (Path(place.lake) / name).write_bytes(whole)
    assert a_pipeline(place).run(job=NAME).failed == {}
    assert mongo["erasures"].find_one({"_id": row, "state": "done"})
