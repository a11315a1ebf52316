"""Reconciling: MongoDB = lake = figures, a day at a time.

What there must be of each minute: every event of MongoDB is a row, or was left out for a reason that the manifest counts
(somebody was erased, a check failed, it has not our shape). What there must be of each file: as many rows as the manifest
says of its slots. What there must be of each day's figures: the messages and the new parties of the log.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from pymongo.database import Database

from pipeline.aggregations.scopes import CANARY
from pipeline.lake import Lake, LakeError
from pipeline.persons import FORGOTTEN, OF_PARTIES
from pipeline.slots import DAY_MS, day_start_ms, slot_of
from pipeline.source import Source
from store.aggregates import aggregate_id
from store.documents import JobRun
from store.manifest import Manifest

TOTALS = {"chat.sent": "chat_messages", "party.created": "parties_created"}
"""Types of the log of which the platform's day has the sum."""
SHOWN = 20


class DayFound(msgspec.Struct, kw_only=True):
    """What was found of a day."""

    day: str
    events: int = 0
    """Events of MongoDB."""
    rows: int = 0
    left_out: int = 0
    """Events that are no rows, as somebody was erased, a check failed or they have not our shape."""
    set_aside: int = 0
    """Of these, those that failed a check."""
    difference: int = 0
    """Events by which MongoDB and the manifest differ, over all minutes."""
    minutes: list[str] = []
    """The first minutes that differ."""
    files: int = 0
    bad_files: list[str] = []
    """The first files that are not there, or have other rows than the manifest says."""
    digest: str = ""
    """Of the files' names: the same names are the same content."""
    open: list[str] = []
    """The first minutes that are not ingested, or not taken in by all."""

    @property
    def settled(self) -> bool:
        """Whether MongoDB, the manifest and the files agree, and nobody has anything of it still to do."""
        return not (self.difference or self.bad_files or self.open)


def day_found(
    database: Database[dict[str, Any]], lake: Lake, day: str, until_ms: float, *, known: str | None = None
) -> DayFound:
    """Compare a day, of its minutes those before `until_ms`. Files that are as in the digest `known` are not opened again."""
    begins_ms = day_start_ms(day)
    ends_ms = int(min(begins_ms + DAY_MS, until_ms))
    if ends_ms <= begins_ms:
        return DayFound(day=day)
    source = Source(database=database)
    counts, of_log = source.counts(begins_ms, ends_ms), source.log_events(begins_ms, ends_ms)
    runs = Manifest(database).between(slot_of(begins_ms), slot_of(ends_ms - 1))
    found = DayFound(day=day)
    for slot in sorted({*counts, *runs}):
        commits, telemetry = counts.get(slot, (0, 0))
        _compare(found, slot, (commits, telemetry, of_log.get(slot, 0)), runs.get(slot))
    _examine(found, lake, runs, known)
    return found


def _compare(found: DayFound, slot: str, counted: tuple[int, int, int], run: JobRun | None) -> None:
    commits, telemetry, of_log = counted
    told: Mapping[str, Any] = run.outcome if run else {}
    left_out = sum(told.get(name, 0) for name in ("erased", "unreadable", "quarantined"))
    rows = told.get("rows", 0)
    found.events += of_log + telemetry
    found.rows += rows
    found.left_out += left_out
    found.set_aside += told.get("quarantined", 0)
    differs = abs(commits - told.get("commits", 0)) + abs(telemetry - told.get("events", 0))
    if not told.get("unreadable"):  # a commit without our shape is one document and any number of events
        differs = max(differs, abs(of_log + telemetry - rows - left_out))
    if differs:
        found.difference += differs
        found.minutes = [*found.minutes, slot][:SHOWN]
    if run is None or run.state != "done" or told.get("owed"):
        found.open = [*found.open, slot][:SHOWN]


def _examine(found: DayFound, lake: Lake, runs: Mapping[str, JobRun], known: str | None) -> None:
    """Count the rows of the files, where they are not those that were counted before."""
    rows: Counter[str] = Counter()
    for run in runs.values():
        if run.outcome.get("file"):
            rows[run.outcome["file"]] += run.outcome["rows"]
    found.files = len(rows)
    found.digest = hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16]
    if found.digest == known:
        return
    for name, expected in sorted(rows.items()):
        try:
            right = lake.count_rows(name) == expected
        except LakeError:
            right = False
        if not right:
            found.bad_files = [*found.bad_files, name][:SHOWN]


class TotalFound(msgspec.Struct, kw_only=True):
    """A total of a day: in the log, and in the figures of the platform."""

    day: str
    name: str
    log: int
    figures: int
    bound: int
    """By how much they may differ: events of who is just being erased, and what was set aside."""

    @property
    def difference(self) -> int:
        return max(0, abs(self.log - self.figures) - self.bound)


def totals_found(database: Database[dict[str, Any]], day: str, set_aside: int) -> list[TotalFound]:
    """Compare what of a day that is over stands in the log with the figures of the platform."""
    begins_ms = day_start_ms(day)
    grouped = database["party_log"].aggregate(
        [
            # The server writes these events as they happen; they are received when they happen.
            {"$match": {"received_ms": {"$gte": begins_ms, "$lt": begins_ms + DAY_MS + 60_000}}},
            {"$match": {"party_id": {"$not": {"$regex": f"^{CANARY}"}}}},
            {"$unwind": "$events"},
            {
                "$match": {
                    "events.type": {"$in": list(TOTALS)},
                    "events.at_ms": {"$gte": begins_ms, "$lt": begins_ms + DAY_MS},
                }
            },
            {
                "$group": {
                    "_id": {
                        "type": "$events.type",
                        "erased": {"$regexMatch": {"input": {"$ifNull": ["$events.user_id", ""]}, "regex": FORGOTTEN}},
                    },
                    "events": {"$sum": 1},
                }
            },
        ]
    )
    counts = {(row["_id"]["type"], row["_id"]["erased"]): row["events"] for row in grouped}
    figures = database["aggregates"].find_one({"_id": aggregate_id("platform_day", "platform", "all", day)})
    sums = figures["values"]["sums"] if figures else {}
    leaving = database["erasures"].find_one({"state": {"$ne": "done"}}, {"_id": 1}) is not None
    found = []
    for kind, name in TOTALS.items():
        mine, erased = counts.get((kind, False), 0), counts.get((kind, True), 0)
        stays = kind in OF_PARTIES  # whoever made the party, it was made
        found.append(
            TotalFound(
                day=day,
                name=name,
                log=mine + erased if stays else mine,
                figures=sums.get(name, 0),
                bound=set_aside + (erased if leaving and not stays else 0),
            )
        )
    return found
