"""Moving the middle of a log that is over into `party_archive`, for the pipeline's processes.

Each step can be the last one before the process dies, and each can be done again: blocks are written under deterministic
ids, read back and compared, and only then does a commit leave the log, if it still is what was packed. One that was rewritten
meanwhile (somebody was forgotten) stays, and is packed anew the next time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from pymongo import DeleteOne, ReplaceOne
from pymongo.database import Database

from store.party_archive import block_of, unpacked

Row = dict[str, Any]

BLOCK_EVENTS = 1000
"""About what one page of a reader holds."""
COMMITS_AT_ONCE = 1000
"""Held in memory: a log may be longer than that is large."""
DELETED_AT_ONCE = 100


class Moved(msgspec.Struct, frozen=True):
    """What was moved for one party; `whole` says that nothing is left to move."""

    commits: int
    events: int
    whole: bool


class NotAsWritten(Exception):  # noqa: N818 - named for what was found
    """A block that was read back is not what was written; nothing was taken out of the log."""


class PartyArchiver:
    def __init__(self, database: Database[Row]) -> None:
        self._log = database["party_log"]
        self._archive = database["party_archive"]
        self._parties = database["parties"]

    def over(self, before: datetime, limit: int) -> list[str]:
        """List the ids of parties that ended before a moment and are not archived, those that ended first."""
        query = {"archived_at": None, "ended_at": {"$lte": before}}
        return [str(row["_id"]) for row in self._parties.find(query, {"_id": 1}).sort("ended_at").limit(limit)]

    def span(self, party_id: str) -> tuple[int, int]:
        """Tell when the first and the last of what is to be moved was received, ms."""
        newest = self._log.find_one({"party_id": party_id}, {"received_ms": 1}, sort=[("seq", -1)])
        oldest = self._log.find_one({"party_id": party_id}, {"received_ms": 1}, sort=[("seq", 1)])
        return (oldest["received_ms"], newest["received_ms"]) if oldest and newest else (0, 0)

    def move(self, party_id: str) -> Moved:
        """Move all but the first and the last commit. Raises `NotAsWritten`, `PyMongoError`."""
        first = self._log.find_one({"party_id": party_id}, {"seq": 1}, sort=[("seq", 1)])
        commits = events = left = 0
        after = first["seq"] if first else 0
        while part := self._next(party_id, after):
            blocks = self._written(party_id, part)
            self._compare(blocks, part)
            left += self._taken_out(part)
            commits += len(part)
            events += sum(len(commit["events"]) for commit in part)
            after = part[-1]["seq"]
        return Moved(commits=commits - left, events=events, whole=left == 0)

    def note(self, party_id: str, now: datetime) -> None:
        """Note that a party is archived."""
        self._parties.update_one({"_id": party_id}, {"$set": {"archived_at": now}})

    def _next(self, party_id: str, after: int) -> list[Row]:
        """Read the next commits to be moved: what comes last stays, here or for the next time."""
        found = self._log.find({"party_id": party_id, "seq": {"$gt": after}}).sort("seq").limit(COMMITS_AT_ONCE + 1)
        return list(found)[:-1]

    def _written(self, party_id: str, commits: Sequence[Row]) -> list[Row]:
        """Write the blocks that hold `commits`: into those that are there already, the others into new ones."""
        here = {commit["seq"]: commit for commit in commits}
        there = {"seq": {"$lte": commits[-1]["seq"]}, "last_seq": {"$gte": commits[0]["seq"]}}
        blocks, held = [], set()
        for block in self._archive.find({"party_id": party_id, **there}).sort("seq"):
            packed = [here.get(commit["seq"], commit) for commit in unpacked(block["content"])]
            blocks.append(block_of(packed))
            held |= {commit["seq"] for commit in packed}
        blocks += [block_of(part) for part in _parts([commit for commit in commits if commit["seq"] not in held])]
        self._archive.bulk_write([ReplaceOne({"_id": block["_id"]}, block, upsert=True) for block in blocks])
        return blocks

    def _compare(self, blocks: Sequence[Row], commits: Sequence[Row]) -> None:
        stored = self._archive.find({"_id": {"$in": [block["_id"] for block in blocks]}})
        archived = {commit["seq"]: commit for block in stored for commit in unpacked(block["content"])}
        for commit in commits:
            if archived.get(commit["seq"]) != commit:
                raise NotAsWritten(
                    f"party {commit['party_id']}: the block of seq {commit['seq']} is not what was packed"
                )

    def _taken_out(self, commits: Sequence[Row]) -> int:
        """Take commits out of the log that are still what was packed; return how many are not."""
        deleted = 0
        for start in range(0, len(commits), DELETED_AT_ONCE):
            part = commits[start : start + DELETED_AT_ONCE]
            same = [DeleteOne({"_id": commit["_id"], "events": commit["events"]}) for commit in part]
            deleted += self._log.bulk_write(same, ordered=False).deleted_count
        return len(commits) - deleted


def _parts(commits: Sequence[Row]) -> list[list[Row]]:
    """Cut commits into blocks of about `BLOCK_EVENTS` events."""
    parts: list[list[Row]] = []
    events = BLOCK_EVENTS
    for commit in commits:
        if events >= BLOCK_EVENTS:
            parts.append([])
            events = 0
        parts[-1].append(commit)
        events += len(commit["events"])
    return parts
