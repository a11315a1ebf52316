"""From MongoDB's documents to files: neighbours are read together, and each comes out as if it were alone."""

from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import utc
from pipeline.ingest import READ_DOCUMENTS, Due, due_slots, together
from pipeline.lake import Lake
from pipeline.place import Place
from pipeline.replies import replies
from pipeline.slots import slot_at, slot_of, start_ms
from pipeline.source import Counted
from pipeline.taking import take
from store.documents import JobRun
from store.manifest import Manifest
from store.pseudonyms import Pseudonyms
from tests.factories.events import MINUTE, START, Maker, a_history
from tests.pipeline.stored import LAKE_KEY, LATER_MS, a_pipeline, keep

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]
NAME = "events_20261123"
END = int(LATER_MS)


def test_replies_hold_every_document_once(mongo: Mongo) -> None:
    documents = [{"_id": f"{number:05}", "received_ms": START, "text": "x" * 4000} for number in range(12_000)]
    mongo[NAME].insert_many(documents)
    found = list(replies(mongo, NAME, {"received_ms": START}))
    assert len(found) > 2, "they do not fit into one reply"
    ids = [bytes(content[start + 13 : start + 18]) for content, starts in found for start in starts]
    assert sorted(ids) == [document["_id"].encode() for document in documents]
    assert [reply.starts for reply in replies(mongo, NAME, {"received_ms": 0})] == [[]]


def test_a_minute_read_with_its_neighbours_gives_the_file_that_it_gives_alone(mongo: Mongo, tmp_path: Path) -> None:
    keep(mongo, a_history(seed=8))
    whole = take(mongo, Pseudonyms(LAKE_KEY), 0, END)
    assert len(whole) > 10
    together_, alone = Lake(url=str(tmp_path / "together")), Lake(url=str(tmp_path / "alone"))
    for slot, taken in whole.items():
        (one,) = take(mongo, Pseudonyms(LAKE_KEY), start_ms(slot), start_ms(slot) + MINUTE).values()
        assert one.counted == taken.counted
        assert together_.write_raw(slot, taken.events) == alone.write_raw(slot, one.events)


def test_no_id_of_a_person_enters_the_lake(place: Place, mongo: Mongo) -> None:
    history = a_history(seed=9)
    history.telemetry.append({"_id": "r", "type": "view.watched", "received_ms": START, "session_id": "rest-user0-1"})
    keep(mongo, history)
    a_pipeline(place).run(job="ingest")
    lake, names = Lake(url=place.lake), Pseudonyms(LAKE_KEY)
    users, guests, sessions = set[str](), set[str](), set[str]()
    for name in lake.raw_names():
        events = lake.read_raw(name)
        users |= set(events.column("user_id").drop_null().to_pylist())
        guests |= set(events.column("guest_id").drop_null().to_pylist())
        sessions |= set(events.column("session_id").drop_null().to_pylist())
    people = {viewer for answers in history.answers.values() for viewer in answers.viewers}
    hosts = {answers.host for answers in history.answers.values()}
    assert users == {names.of(person) for person in people | hosts if not person.startswith("guest")}
    assert guests == {names.of(person) for person in people if person.startswith("guest")}
    assert names.of("rest-user0-1") in sessions
    for file in Path(place.lake).rglob("*.parquet"):
        assert not any(word in file.read_bytes() for word in (b"user0", b"guest3", b"host0"))


def test_what_is_odd_is_told_in_the_outcome_of_its_slot_and_set_aside(place: Place, mongo: Mongo, logs: Any) -> None:
    logs.allow("documents left out of the lake")
    gone = "x" + "0" * 31
    events = [
        {"type": "view.watched", "session_id": "s", "user_id": "ann", "fields": {"watched_ms": 10_000}},
        {"type": "view.watched", "session_id": "s", "user_id": "ann", "fields": {"watched_ms": -1}},
        {"type": "view.dreamt", "session_id": "s", "user_id": "ann"},
        {"type": "view.watched", "session_id": "s", "user_id": gone},
        {"type": "account.deleted", "user_id": gone},
        {"user_id": "ann"},
    ]
    mongo[NAME].insert_many([{"_id": f"e{n}", "received_ms": START, **event} for n, event in enumerate(events)])
    maker = Maker(1)
    maker.log("p", "chat.sent", START, user_id=gone, session_id="s", body={})
    maker.log("p", "chat.sent", START, user_id="ann", session_id="s", body={})
    mongo["party_log"].insert_many(maker.history.commits)
    outcome = a_pipeline(place).run(job="ingest")
    slot = slot_of(START)
    run = Manifest(mongo).between(slot, slot)[slot].outcome
    expected = {"rows": 4, "commits": 2, "events": 6, "unreadable": 1, "erased": 2, "quarantined": 1}
    assert {name: run[name] for name in expected} == expected
    assert run["quality"] == {"unknown_type": 1, "impossible_number": 1}
    assert outcome.slots == 1
    aside = list((Path(place.lake) / "quarantine").rglob("*.parquet"))
    assert [str(path.relative_to(place.lake)) for path in aside] == [run["quarantine"]]
    mongo[NAME].delete_one({"_id": "e1"})
    mongo[NAME].insert_one({"_id": "e9", "type": "account.registered", "received_ms": START, "user_id": "bob"})
    mongo[NAME].insert_one({"_id": "e10", "type": "account.registered", "received_ms": START, "user_id": "bob"})
    a_pipeline(place).run(job="ingest")
    run = Manifest(mongo).between(slot, slot)[slot].outcome
    assert (run["rows"], run["quarantine"]) == (6, None)
    assert list((Path(place.lake) / "quarantine").rglob("*.parquet")) == []


def test_neighbours_are_put_together_up_to_a_bound() -> None:
    slots = [slot_at(number) for number in range(70)]
    counts = {slot: Counted(1, 0) for slot in slots}
    due = [Due(slot) for slot in slots if slot != slots[3]]
    groups = together(due, counts)
    assert [len(group) for group in groups] == [3, 60, 6]
    assert [one for group in groups for one in group] == due
    full = {slot: Counted(0, READ_DOCUMENTS // 2) for slot in slots}
    assert [len(group) for group in together(due[:5], full)] == [2, 1, 2]
    assert together([], {}) == []


def test_a_file_of_an_older_schema_is_written_again_while_mongodb_has_all_of_it() -> None:
    def run(**outcome: Any) -> JobRun:
        now = utc(START)
        return JobRun(
            id="i",
            job="ingest",
            slot="s",
            state="done",
            fence=4,
            owner="o",
            lease_until=now,
            started_at=now,
            outcome=outcome,
        )

    counts = {"s": Counted(1, 5)}
    assert due_slots(counts, {"s": run(commits=1, events=5, schema_version=1)}) == [Due("s", 4)]
    assert due_slots(counts, {"s": run(commits=1, events=6, schema_version=1)}) == [], "a day of events was dropped"
    assert due_slots(counts, {"s": run(commits=1, events=5, schema_version=2)}) == []
