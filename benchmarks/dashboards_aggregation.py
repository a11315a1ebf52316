"""The headline figures by MongoDB's own aggregation pipeline, on the fly from events and logs.

It goes by the rules of the pipeline: of each heartbeat as much is believed as the server saw time pass, 5 s more and 20 s at
most; a view is a (party, session, video) with 3 s of that. What it leaves out: events that came twice on different days,
and, for viewers, intervals of presence: whoever joined or played something was there.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from pymongo.database import Database

Row = dict[str, Any]
SLACK_MS = 5_000
MOST_MS = 20_000
VIEW_MS = 3_000
LONGEST_MS = 600_000
WATCHED = "view.watched"
CHAT = "chat.sent"
PRESENT = ["party.joined", WATCHED, "view.started"]
IN_ORDER = {"received_ms": 1, "at_ms": 1, "_id": 1}
SESSION = {"party_id": "$party_id", "session_id": "$session_id"}
EVERYTHING: Row = {"party_id": {"$ne": None}}


class Headline(msgspec.Struct, frozen=True):
    """What both sides answer."""

    watch_ms: float = 0
    views: int = 0
    viewers: int = 0
    chat: int = 0


def headline(database: Database[Row], days: Sequence[str], *, since_ms: float, parties: Row, kept: Row) -> Headline:
    """Count what happened since a moment: all rows of some `parties` are read, those that match `kept` are counted."""
    counted = {
        "_id": {**SESSION, "video_id": "$video_id"},
        "watched": {"$sum": "$w"},
        "chat": {"$sum": {"$cond": [{"$eq": ["$type", CHAT]}, 1, 0]}},
        "person": {"$max": {"$cond": [{"$in": ["$type", PRESENT]}, "$person", None]}},
    }
    is_view = {"$and": [{"$gte": ["$watched", VIEW_MS]}, {"$ne": [{"$ifNull": ["$_id.video_id", None]}, None]}]}
    total = {
        "_id": None,
        "watch_ms": {"$sum": "$watched"},
        "views": {"$sum": {"$cond": [is_view, 1, 0]}},
        "people": {"$addToSet": "$person"},
        "chat": {"$sum": "$chat"},
    }
    viewers = {"$size": {"$setDifference": ["$people", [None]]}}
    stages = [*watched(days, since_ms, parties, kept), {"$group": counted}, {"$group": total}]
    shown = {"$project": {"_id": 0, "watch_ms": 1, "views": 1, "chat": 1, "viewers": viewers}}
    rows = _asked(database, days, [*stages, shown])
    return msgspec.convert(rows[0], Headline) if rows else Headline()


def by_device(database: Database[Row], days: Sequence[str], *, since_ms: float) -> dict[str, float]:
    """Add watch time up by device, over the platform."""
    whole = {"$group": {"_id": "$device", "watch_ms": {"$sum": "$w"}}}
    rows = _asked(database, days, [*watched(days, since_ms, EVERYTHING, {"type": WATCHED}), whole])
    return {str(row["_id"]): row["watch_ms"] for row in rows}


def watched(days: Sequence[str], since_ms: float, parties: Row, kept: Row) -> list[Row]:
    """Give the stages that bring rows with `w`, the accepted watch of heartbeats; the first day is where they run."""
    mine = _telemetry(parties)
    beat = {"$eq": ["$type", WATCHED]}
    whole = ["unbounded", "unbounded"]
    first = {
        "since": {"$min": "$received_ms", "window": {"documents": whole}},
        "first_id": {"$first": "$_id", "window": {"documents": whole}},
    }
    before = {"before": {"$shift": {"output": "$received_ms", "by": -1}}}
    passed = {"$subtract": ["$received_ms", {"$ifNull": ["$before", "$since"]}]}
    limit = {"$cond": [{"$eq": ["$first_id", "$_id"]}, MOST_MS, {"$add": [passed, SLACK_MS]}]}
    accepted = {"$max": [0, {"$min": [{"$ifNull": ["$watched_ms", 0]}, limit, MOST_MS]}]}
    return [
        *mine,
        *({"$unionWith": {"coll": day, "pipeline": mine}} for day in days[1:]),
        {"$unionWith": {"coll": "party_log", "pipeline": _logged(parties)}},
        {"$setWindowFields": {"partitionBy": SESSION, "sortBy": IN_ORDER, "output": first}},
        {"$setWindowFields": {"partitionBy": {**SESSION, "beat": beat}, "sortBy": IN_ORDER, "output": before}},
        {"$match": {"$and": [{"at_ms": {"$gte": since_ms}}, kept]}},
        {"$set": {"w": {"$cond": [beat, accepted, 0]}}},
    ]


def parties_with(database: Database[Row], days: Sequence[str], films: Sequence[str]) -> list[str]:
    """Name the parties in which some films were watched."""
    mine: list[Row] = [{"$match": {"video_id": {"$in": list(films)}}}, {"$group": {"_id": "$party_id"}}]
    others = [{"$unionWith": {"coll": day, "pipeline": mine}} for day in days[1:]]
    rows = _asked(database, days, [*mine, *others, {"$group": {"_id": "$_id"}}])
    return [row["_id"] for row in rows if row["_id"] is not None]


def of_creator(database: Database[Row], days: Sequence[str], user_id: str, since_ms: float) -> Headline:
    """Count a person's parties, and wherever their films were watched."""
    films = [row["_id"] for row in database["videos"].find({"uploader_id": user_id}, {"_id": 1})]
    hosted = [row["_id"] for row in database["parties"].find({"host_id": user_id}, {"_id": 1})]
    others = parties_with(database, days, films) if films else []
    parties = {"party_id": {"$in": sorted({*hosted, *others})}}
    kept = {"$or": [{"party_id": {"$in": hosted}}, {"video_id": {"$in": films}}]}
    return headline(database, days, since_ms=since_ms, parties=parties, kept=kept)


def of_video(database: Database[Row], days: Sequence[str], video_id: str, since_ms: float) -> Headline:
    parties = {"party_id": {"$in": parties_with(database, days, [video_id])}}
    return headline(database, days, since_ms=since_ms, parties=parties, kept={"video_id": video_id})


def _person(user: str, guest: str) -> Row:
    return {"$ifNull": [user, guest]}


def _telemetry(parties: Row) -> list[Row]:
    taken = dict.fromkeys(("type", "party_id", "session_id", "video_id", "at_ms", "received_ms", "device"), 1)
    person = _person("$user_id", "$guest_id")
    return [{"$match": parties}, {"$project": {**taken, "person": person, "watched_ms": "$fields.watched_ms"}}]


def _logged(parties: Row) -> list[Row]:
    inner = {name: f"$events.{name}" for name in ("type", "session_id", "video_id", "at_ms")}
    person = _person("$events.user_id", "$events.guest_id")
    row = {**inner, "_id": "$events.event_id", "person": person, "party_id": 1, "received_ms": 1}
    return [{"$match": parties}, {"$unwind": "$events"}, {"$project": row}]


def _asked(database: Database[Row], days: Sequence[str], stages: Sequence[Row]) -> list[Row]:
    return list(database[days[0]].aggregate(stages, allowDiskUse=True, maxTimeMS=LONGEST_MS))
