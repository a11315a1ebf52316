"""What is looked for in party logs by its type: news of all parties, one message, one party's moderation.

Reads of the collection that `store.party_log` writes, and of its archive.
"""

from collections.abc import Sequence
from typing import NamedTuple

from store.collection import Collection, Row
from store.documents import PartyEvent
from store.encoding import from_document
from store.party_archive import PartyArchive, merged
from store.party_log import MOST_EVENTS

SPOKEN_TO: list[Row] = [
    {"type": {"$ne": "chat.sent"}},
    {"body.message.body": {"$regex": "@"}},
    {"body.message.reply_to": {"$ne": None}},
]
"""Leaves out the words that name and answer nobody: of a busy evening's events nearly all."""


class Place(NamedTuple):
    """Where a follower of all parties stands: the commits are read in this order."""

    received_ms: int
    commit_id: str = ""


class Stretch(NamedTuple):
    """Some events of one commit."""

    place: Place
    party_id: str
    events: list[PartyEvent]


class PartyLogByType:
    def __init__(self, collection: Collection, archive: PartyArchive) -> None:
        self._collection = collection
        self._archive = archive

    async def since(self, place: Place, types: Sequence[str], limit: int) -> list[Stretch]:
        """Read commits of any party that hold events of `types`, in the order in which they were sent to the log.

        Of commits that hold nothing but words, only those in which somebody is named or answered.
        A commit may become visible seconds after its time: who follows the log begins again a little before the end.
        """
        beyond = {"received_ms": place.received_ms, "_id": {"$gt": place.commit_id}}
        rows = await self._collection.find(
            {
                "$or": [{"received_ms": {"$gt": place.received_ms}}, beyond],
                "events": {"$elemMatch": {"type": {"$in": list(types)}, "$or": SPOKEN_TO}},
            },
            sort=[("received_ms", 1), ("_id", 1)],
            limit=limit,
            fields=["party_id", "received_ms", "events"],
        )
        return [
            Stretch(
                place=Place(row["received_ms"], row["_id"]),
                party_id=row["party_id"],
                events=[from_document(event, PartyEvent) for event in row["events"] if event["type"] in types],
            )
            for row in rows
        ]

    async def said(self, party_id: str, message_id: str) -> PartyEvent | None:
        """Find the event that brought a chat message, however long ago."""
        field = "events.body.message.id"
        row = await self._collection.find_one({"party_id": party_id, field: message_id, "events.type": "chat.sent"})
        if row is not None:
            return _saying(row, message_id)
        async for commit in self._archive.commits(party_id, 0):
            if (said := _saying(commit, message_id)) is not None:
                return said
        return None

    async def read(self, party_id: str, types: Sequence[str], *, after: int, limit: int) -> list[PartyEvent]:
        """Read the events of some types with a seq above `after`, in order, at most `limit` of them."""
        query = {
            "party_id": party_id,
            "seq": {"$gt": after - MOST_EVENTS},
            "last_seq": {"$gt": after},
            "events.type": {"$in": list(types)},
        }
        logged = await self._collection.find(query, sort=[("seq", 1)], limit=limit, fields=["seq", "events"])
        archived, count = [], 0
        async for commit in self._archive.commits(party_id, after):
            if count >= limit:
                break
            held = sum(event["seq"] > after and event["type"] in types for event in commit["events"])
            if held:
                archived.append(commit)
                count += held
        events = [event for commit in merged(archived, logged) for event in commit["events"]]
        found = [event for event in events if event["seq"] > after and event["type"] in types]
        return [from_document(event, PartyEvent) for event in found[:limit]]


def _saying(commit: Row, message_id: str) -> PartyEvent | None:
    """Find the event of a commit that brought a chat message."""
    for event in commit["events"]:
        if event["type"] == "chat.sent" and event["body"]["message"]["id"] == message_id:
            return from_document(event, PartyEvent)
    return None
