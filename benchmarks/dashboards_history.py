"""A month of watch parties in a mongod: events as the server leaves them, and what the pipeline publishes of them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo.database import Database

from api.services.passwords import Passwords
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from matinee.generator import history, write_lake
from matinee.generator.databases import write_database
from pipeline.compute import Compute
from pipeline.jobs import TABLE
from pipeline.place import Place
from pipeline.runner import Pipeline
from store.manifest import INGEST
from store.pseudonyms import Pseudonyms

Row = dict[str, Any]
KEY = "k" * 32
PASSWORD = "correct horse battery"
ARCHIVE = "archive"
"""Packs the logs of past parties, in which MongoDB could then count nothing."""
PEER_INDEXES = ([("party_id", 1), ("session_id", 1)], [("video_id", 1)])


@contextmanager
def told(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - started:.0f} s", flush=True)


def fill(database: Database[Row], place: Place, *, events: int, days: float, seed: int, ingest: bool) -> None:
    """Write a history that ends now, bring it to the lake and publish its figures.

    Without `ingest` the lake is written as it is after compaction, a file an hour: the same rows, in minutes less.
    """
    made = history(seed=seed, days=days, events=events, until_ms=int(SystemClock().now_ms()))
    with told("history written to MongoDB"):
        written = write_database(database, made)
    print(f"{written.events:,} events, {written.commits:,} commits, {written.parties:,} parties, ", end="")
    print(f"{written.videos:,} videos, {written.users:,} users")
    if not ingest:
        with told("lake written, a file an hour"):
            write_lake(place.open_lake(), made, manifest=database, minutes=60, pseudonym=Pseudonyms(KEY).of)
    pipeline = Pipeline(place=place, tasks=Compute(workers=2), clock=SystemClock(), metrics=NullMetrics())
    left_out = {ARCHIVE} | (set() if ingest else {INGEST})
    for job in TABLE:
        if job.upkeep or job.name in left_out:
            continue
        with told(f"job {job.name}"):
            summary = pipeline.run(job=job.name)
        if summary.failed:
            raise SystemExit(f"the pipeline failed: {summary.failed}")
    with told("indexes by party and by video on the days of events, for MongoDB's side only"):
        for name in day_collections(database):
            for keys in PEER_INDEXES:
                database[name].create_index(keys)


def day_collections(database: Database[Row]) -> list[str]:
    return sorted(name for name in database.list_collection_names() if name.startswith("events_"))


class Cast:
    """Who and what is asked about: large, middling and small ones."""

    def __init__(self, database: Database[Row], creators: int, parties: int) -> None:
        names = Pseudonyms(KEY)
        by_name = {names.of(row["_id"]): row["_id"] for row in database["users"].find({}, {"_id": 1})}
        ranked = [subject for subject in ranking(database, "creator_day") if subject in by_name]
        self.creators = {by_name[subject]: subject for subject in spread(ranked, creators)}
        """User ids, with the pseudonyms under which their figures are published."""
        self.parties = ranking(database, "party_report")[:parties]
        self.video = ranking(database, "video_day")[0]
        self.staff = next(user for user in by_name.values() if user not in self.creators)
        rows = database["parties"].find({"_id": {"$in": self.parties}}, {"host_id": 1})
        self.hosts: dict[str, str] = {row["_id"]: row["host_id"] for row in rows}

    def let_in(self, database: Database[Row]) -> dict[str, str]:
        """Give everybody who asks a password; returns their e-mail addresses by their ids."""
        people = sorted({self.staff, *self.creators, *self.hosts.values()})
        passwords = Passwords(workers=1)
        hashed = asyncio.run(passwords.hash(PASSWORD))
        passwords.close()
        database["users"].update_many({"_id": {"$in": people}}, {"$set": {"password_hash": hashed, "verified": True}})
        database["users"].update_one({"_id": self.staff}, {"$set": {"role": "staff"}})
        rows = database["users"].find({"_id": {"$in": people}}, {"email": 1})
        return {row["_id"]: row["email"] for row in rows}


def ranking(database: Database[Row], family: str) -> list[str]:
    """Name the subjects of a family, that with most watch time first."""
    total = {"$sum": "$values.sums.watch_ms"}
    rows = database["aggregates"].aggregate(
        [
            {"$match": {"family": family}},
            {"$group": {"_id": "$subject", "watch": total}},
            {"$sort": {"watch": -1, "_id": 1}},
        ]
    )
    return [row["_id"] for row in rows if row["watch"]]


def spread(ranked: list[str], count: int) -> list[str]:
    """Take some from the first to the middle one: behind it nobody has much to show."""
    last = max(0, len(ranked) // 2)
    places = sorted({round(place * last / max(1, count - 1)) for place in range(count)})
    return [ranked[place] for place in places if place < len(ranked)]


def publish_again(database: Database[Row], family: str, subject: str) -> None:
    """Have the newest row of a subject look as if it had just been published, as `finals` does each minute of a live day."""
    aggregates = database["aggregates"]
    newest = aggregates.find_one({"family": family, "subject": subject}, {"_id": 1}, sort=[("window", -1)])
    assert newest is not None, (family, subject)
    aggregates.update_one({"_id": newest["_id"]}, [{"$set": {"computed_at": {"$add": ["$computed_at", 1000]}}}])
