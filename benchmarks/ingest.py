"""How many events a second come from MongoDB into the lake, and what that costs.

    python benchmarks/ingest.py [--events 1000000] [--minutes 8] [--workers 2]

Telemetry of viewers, as the server writes it, lies in a real mongod in the collection of a day. Beside the job `ingest` (by
threads, as each minute is, and by processes, as a backlog is) stand a loop that does the same in the plainest way (find(),
rows, Table.from_pylist, Parquet), on a tenth of the events; and what reading alone costs: replies as they come, pymongo's raw batches, and pymongoarrow with a schema of the same
fields, none of which writes anything. The seconds of CPU are those of this process and of mongod, an event; events a second
depend on what else the machine does, CPU much less.
"""

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pyarrow as pa
from own_mongod import own_mongod
from pymongo.database import Database

from conf import logs
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from pipeline import schema
from pipeline.compute import Compute
from pipeline.lake import Lake
from pipeline.persons import hidden
from pipeline.place import Place
from pipeline.replies import replies
from pipeline.runner import Pipeline
from pipeline.slots import slot_of
from store.blocking import connect_blocking
from store.events import CLUSTERED, collection_name
from store.ids import new_id
from store.indexes import EVENTS_OF_A_DAY, INDEXES
from store.pseudonyms import Pseudonyms

START = 1_795_392_000_000
NAME = collection_name(START)
KEY = "k" * 32
ROUNDS = 3
"""Of which the fastest counts: the first one imports and warms up."""
EVERYTHING = {"received_ms": {"$gte": 0}}
Row = dict[str, Any]
TYPES = (
    ["view.watched"] * 90 + ["view.stalled"] * 2 + ["view.sought"] * 3 + ["view.started"] * 3 + ["reaction.sent"] * 2
)


def events(count: int, minutes: int) -> Iterator[Row]:
    """Make what viewers send: mostly a heartbeat each ten seconds, as many of them as that makes."""
    chance = random.Random(1)
    viewers = [viewer(chance) for _ in range(max(1, count // (minutes * 6)))]
    for number in range(count):
        received_ms = START + number * minutes * 60_000 // count
        kind, position_ms = chance.choice(TYPES), float(chance.randrange(7_200_000))
        times = {"at_ms": received_ms - 40, "sent_at_ms": received_ms - 65, "received_ms": received_ms}
        fields = FIELDS[kind](chance, position_ms)
        yield {"_id": new_id(received_ms), "type": kind, **times, **chance.choice(viewers), "fields": fields}


def viewer(chance: random.Random) -> Row:
    party, name = chance.randrange(3_000), "user_id" if chance.random() < 0.8 else "guest_id"
    return {
        name: new_id(START),
        "session_id": new_id(START),
        "party_id": f"{party:032x}",
        "video_id": f"{party % 500:032x}",
        "device": chance.choice(["desktop", "phone", "tablet", "tv"]),
        "browser": chance.choice(["chrome", "firefox", "safari", "edge"]),
        "os": chance.choice(["windows", "macos", "linux", "android", "ios"]),
        "client": "web",
    }


FIELDS: dict[str, Callable[[random.Random, float], Row]] = {
    "view.watched": lambda chance, at: {
        "drift_ms": chance.gauss(0, 80),
        "from_ms": max(0.0, at - 10_000),
        "position_ms": at,
        "rate": 1.0,
        "rtt_ms": chance.uniform(5, 90),
        "to_ms": at,
        "watched_ms": 10_000.0,
    },
    "view.stalled": lambda chance, at: {"position_ms": at, "stall_ms": chance.uniform(50, 5_000)},
    "view.sought": lambda _, at: {"from_ms": at, "position_ms": at, "to_ms": at},
    "view.started": lambda chance, at: {"height": 1080, "position_ms": at, "startup_ms": chance.uniform(200, 5_000)},
    "reaction.sent": lambda *_: {"emoji": "🎬"},
}


def fill(database: Database[Row], count: int, minutes: int) -> None:
    for name, models in INDEXES.items():
        database[name].create_indexes(models)
    database.create_collection(NAME, **CLUSTERED)
    database[NAME].create_indexes(EVENTS_OF_A_DAY)
    batch: list[Row] = []
    for event in events(count, minutes):
        batch.append(event)
        if len(batch) == 5_000:
            database[NAME].insert_many(batch, ordered=False)
            batch = []
    if batch:
        database[NAME].insert_many(batch, ordered=False)


def measured(what: str, count: int, mongod: psutil.Process, work: Callable[[], object]) -> None:
    best: list[float] = []
    for _ in range(ROUNDS):
        before, cpu, started = sum(mongod.cpu_times()[:2]), own_cpu(mongod), time.perf_counter()
        work()
        seconds, cpu = time.perf_counter() - started, own_cpu(mongod) - cpu
        served = sum(mongod.cpu_times()[:2]) - before
        best = min(best or [seconds, cpu, served], [seconds, cpu, served])
    a_million = 1_000_000 / count
    print(f"{what:40} {count / best[0]:10,.0f} {best[1] * a_million:14.2f} {best[2] * a_million:12.2f}")


def own_cpu(mongod: psutil.Process) -> float:
    """Add up what this process and those that it started, but for mongod, have used."""
    family = [one for one in psutil.Process().children(recursive=True) if one != mongod]
    return time.process_time() + sum(sum(one.cpu_times()[:2]) for one in family)


def ingest(database: Database[Row], place: Place, tasks: Compute) -> None:
    database["job_runs"].delete_many({})
    shutil.rmtree(place.lake, ignore_errors=True)
    pipeline = Pipeline(place=place, tasks=tasks, clock=SystemClock(), metrics=NullMetrics())
    summary = pipeline.run(job="ingest")
    assert not summary.failed, summary.failed


def plainly(database: Database[Row], lake: Lake, count: int) -> None:
    names, rows = Pseudonyms(KEY), list[Row]()
    for document in database[NAME].find(EVERYTHING).sort("received_ms").limit(count):
        rows += [row for row in (hidden(one, names) for one in schema.telemetry_rows(document)) if row]
    by_slot: dict[str, list[Row]] = {}
    for row in rows:
        by_slot.setdefault(slot_of(row["received_at"]), []).append(row)
    for slot, found in by_slot.items():
        lake.write_raw(slot, schema.table(found))


def with_pymongoarrow(database: Database[Row]) -> None:
    from pymongoarrow.api import Schema, find_arrow_all  # noqa: PLC0415 - only to compare with

    fields = pa.struct(
        [(name, pa.float64()) for name in sorted(schema.INTEGERS | schema.REALS)] + [("emoji", pa.string())]
    )
    texts = {name: pa.string() for name in ("_id", "type", "party_id", *schema.IDS, *schema.CLIENT)}
    times = {name: pa.int64() for name in ("at_ms", "sent_at_ms", "received_ms")}
    find_arrow_all(database[NAME], EVERYTHING, schema=Schema({**texts, **times, "fields": fields}))


def compare(uri: str, count: int, minutes: int, workers: int) -> None:
    database = connect_blocking(uri, "matinee")
    print(f"writing {count:,} events of {minutes} minutes")
    fill(database, count, minutes)
    (mongod,) = [one for one in psutil.Process().children(recursive=True) if one.name().startswith("mongod")]
    with tempfile.TemporaryDirectory() as folder:
        place = Place(uri=uri, database="matinee", lake=f"{folder}/lake", lake_key=KEY)
        print(f"{'':40} {'events/s':>10} {'CPU s/million':>14} {'of mongod':>12}")
        few = max(1, count // 10)
        by_threads, by_processes = Compute(workers=workers), Compute(workers=workers, many_rows=0)
        measured(f"ingest, {workers} threads", count, mongod, lambda: ingest(database, place, by_threads))
        measured(f"ingest, {workers} processes", count, mongod, lambda: ingest(database, place, by_processes))
        by_processes.close()
        measured("find(), rows, from_pylist", few, mongod, lambda: plainly(database, Lake(url=f"{folder}/plain"), few))
        measured("reading: replies as they come", count, mongod, lambda: list(replies(database, NAME, EVERYTHING)))
        raw = database[NAME].find_raw_batches
        measured("reading: find_raw_batches", count, mongod, lambda: sum(map(len, raw(EVERYTHING))))
        measured("reading: pymongoarrow", count, mongod, lambda: with_pymongoarrow(database))
        files = [Lake(url=place.lake).read_raw(name) for name in Lake(url=place.lake).raw_names()]
        assert sum(map(len, files)) == count
    database.client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    logs.configure("warning")
    with own_mongod() as uri:
        compare(uri, arguments.events, arguments.minutes, arguments.workers)


if __name__ == "__main__":
    main()
