"""The collection `party_archive`: the long middle of the logs of parties that are over, packed.

Theory. A party that has been over for a while is read seldom, and never written but for somebody's late leaving. Its first
and its last commit stay in `party_log`, so that its epoch, its end and the place where a late event would go are where they
always were; what lies between them goes into blocks, a seventh of the bytes:

    {_id: "<party>:<first seq>", party_id, seq: first seq, last_seq, first_ms, last_ms: when they were received,
     minutes: [[minute in which some were received, how many]], user_ids: [who did something or is named as an uploader],
     content: packed commits}

A reader of the log who finds a hole looks here. While commits are moved they are in both places; then those in the log
count, as what is rewritten is rewritten there first.
"""

import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from store.collection import Collection

Row = dict[str, Any]

MINUTE_MS = 60_000
BLOCKS_AT_ONCE = 4
"""Read together: a page of a thousand events lies in two at most, unless its commits are long."""


def packed(commits: Sequence[Row]) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(commits), 6)


def unpacked(content: bytes) -> list[Row]:
    commits: list[Row] = msgspec.msgpack.decode(zlib.decompress(content))
    return commits


def people_of(event: Row) -> Iterator[str]:
    """Name the accounts under which an event is found: who did it, and whose videos it holds.

    Who else stands in an event has done something in the same party, by which that is found.
    """
    body = event.get("body") or {}
    held = (
        event.get("user_id"),
        *(video.get("uploader_id") for video in (body.get("video"), *(body.get("items") or ())) if video),
    )
    return (user_id for user_id in held if user_id)


def block_of(commits: Sequence[Row]) -> Row:
    """Make the document of some commits that follow each other."""
    users = {user_id for commit in commits for event in commit["events"] for user_id in people_of(event)}
    first, last = commits[0], commits[-1]
    received = [commit["received_ms"] for commit in commits]
    minutes = Counter(received_ms // MINUTE_MS for received_ms in received)
    return {
        "_id": f"{first['party_id']}:{first['seq']:012}",
        "party_id": first["party_id"],
        "seq": first["seq"],
        "last_seq": last["last_seq"],
        "first_ms": min(received),
        "last_ms": max(received),
        "minutes": sorted([minute, count] for minute, count in minutes.items()),
        "user_ids": sorted(users),
        "content": packed(commits),
    }


class PartyArchive:
    """Reads what was archived, and rewrites it for somebody who is forgotten."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def commits(self, party_id: str, after: int) -> AsyncIterator[Row]:
        """Read the archived commits of a party that hold something beyond `after`, in order, as many as are asked for."""
        while True:
            blocks = await self._collection.find(
                {"party_id": party_id, "last_seq": {"$gt": after}}, sort=[("last_seq", 1)], limit=BLOCKS_AT_ONCE
            )
            for block in blocks:
                for commit in unpacked(block["content"]):
                    if commit["last_seq"] > after:
                        yield commit
            if len(blocks) < BLOCKS_AT_ONCE:
                return
            after = blocks[-1]["last_seq"]

    async def parties_of(self, user_id: str) -> set[str]:
        """List the parties in whose archived part somebody did something, or a video of theirs was."""
        rows = await self._collection.find({"user_ids": user_id}, fields=["party_id"])
        return {row["party_id"] for row in rows}

    async def blocks_of(self, user_id: str) -> AsyncIterator[list[Row]]:
        """Read the commits of each block, of all parties, in which somebody is named."""
        for row in await self._collection.find({"user_ids": user_id}, sort=[("_id", 1)], fields=["_id"]):
            block = await self._collection.find_one({"_id": row["_id"]})
            if block:
                yield unpacked(block["content"])

    async def rewrite(self, party_id: str, change: Callable[[Row], Row]) -> int:
        """Put `change` of each archived event in its place; return how many commits that altered."""
        altered = 0
        for row in await self._collection.find({"party_id": party_id}, sort=[("last_seq", 1)], fields=["_id"]):
            block = await self._collection.find_one({"_id": row["_id"]})
            commits = unpacked(block["content"]) if block else []
            changed = [{**commit, "events": [change(event) for event in commit["events"]]} for commit in commits]
            different = sum(old != new for old, new in zip(commits, changed, strict=True))
            if different:
                await self._collection.put(block_of(changed))
                altered += different
        return altered


def merged(archived: Iterable[Row], logged: Iterable[Row]) -> list[Row]:
    """Put commits of both places in order, each once; where both have one, the log's counts."""
    by_seq = {commit["seq"]: commit for commit in archived} | {commit["seq"]: commit for commit in logged}
    return [by_seq[seq] for seq in sorted(by_seq)]
