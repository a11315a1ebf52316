"""What has changed of what is somebody's, across the tracked collections, as places on one line of time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
from bson.timestamp import Timestamp

from store.collection import Collection, Row
from store.documents import Document, Notification, Party, Relation, Video
from store.encoding import from_document
from store.parties import mine as mine_of_parties
from store.parties import without
from store.tracked import CHANGED

Kind = Literal["parties", "videos", "notifications", "relations"]

KINDS: Mapping[Kind, type[Document]] = {
    "parties": Party,
    "videos": Video,
    "notifications": Notification,
    "relations": Relation,
}
LONG = frozenset({"member_user_ids"})
"""Fields that are not read: a party may have a hundred thousand members."""
MINE: Mapping[Kind, Callable[[str], Row]] = {
    "parties": mine_of_parties,
    "videos": lambda user_id: {"uploader_id": user_id},
    "notifications": lambda user_id: {"user_id": user_id},  # what is hidden has changed too: it is gone
    "relations": lambda user_id: {"from_id": user_id},
}
"""Whose a document is."""
PEOPLE: Mapping[Kind, tuple[str, ...]] = {
    "parties": ("host_id", "creator_id", "member_user_ids"),
    "videos": ("uploader_id",),
    "notifications": ("user_id",),
    "relations": ("from_id", "to_id"),  # whoever is not blocked any more sees again what the other one runs
}
"""The fields that say so."""


class Change(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One thing that is not any more as it was; its order is that of the changes."""

    at: int
    """Moment of the cluster's logical clock, comparable with others only; 0 is before all that was dated."""
    kind: Kind
    id: str
    gone: bool = False


def place_of_seconds(seconds: float) -> int:
    """Name the place on that line at a moment of the wall clock."""
    return max(0, int(seconds)) << 32


def seconds_of_place(place: int) -> int:
    return place >> 32


class Changes:
    def __init__(self, tracked: Mapping[Kind, Collection], traces: Collection) -> None:
        self._tracked = tracked
        self._traces = traces

    async def since(self, user_id: str, place: int) -> list[Change]:
        """List what changed of somebody's at or after a place, each thing once, in order; from 0 on all there is.

        A block against them, and its end, count as a change of those parties that the other one runs.
        """
        kinds: list[Kind] = list(self._tracked)
        gone, blocked, *there = await asyncio.gather(
            self._gone(user_id, place),
            self._blocked(user_id, place),
            *(self._there(kind, user_id, place) for kind in kinds),
        )
        unblocked = [one for one in gone if one.kind == "relations" and not _from(one.id, user_id)]
        hidden_or_shown = await self._run_by(user_id, [*blocked, *unblocked])
        mine = [one for one in gone if one not in unblocked]
        latest: dict[tuple[Kind, str], Change] = {}
        for change in sorted([*mine, *hidden_or_shown, *(one for part in there for one in part)]):
            latest[change.kind, change.id] = change
        return sorted(latest.values())

    async def documents(
        self, user_id: str, changes: Sequence[Change], *, unseen: frozenset[str] = frozenset()
    ) -> dict[tuple[Kind, str], Document]:
        """Read those of the changed things that are there and somebody's own, by kind and id.

        Parties that `unseen` people run are not there for them.
        """
        ids: dict[Kind, list[str]] = {}
        for change in changes:
            ids.setdefault(change.kind, []).append(change.id)
        parts = await asyncio.gather(*(self._read(kind, user_id, names, unseen) for kind, names in ids.items()))
        return {key: document for part in parts for key, document in part.items()}

    async def _read(
        self, kind: Kind, user_id: str, ids: Sequence[str], unseen: frozenset[str]
    ) -> dict[tuple[Kind, str], Document]:
        seen = without(unseen, user_id) if kind == "parties" else {}
        query: Row = {"$and": [MINE[kind](user_id), {"_id": {"$in": list(ids)}}, seen]}
        if kind == "notifications":
            query["shown"] = True
        fields = [field.encode_name for field in msgspec.structs.fields(KINDS[kind]) if field.name not in LONG]
        rows = await self._tracked[kind].find(query, fields=fields)
        return {(kind, row["_id"]): from_document(row, KINDS[kind]) for row in rows}

    async def _there(self, kind: Kind, user_id: str, place: int) -> list[Change]:
        query = MINE[kind](user_id)
        if place:  # what was stored before there was a clock has no moment
            query = {**query, CHANGED: {"$gte": _timestamp(place)}}
        rows = await self._tracked[kind].find(query, fields=[CHANGED])
        return [Change(at=_place(row.get(CHANGED)), kind=kind, id=row["_id"]) for row in rows]

    async def _blocked(self, user_id: str, place: int) -> list[Change]:
        if not place:
            return []
        query = {"to_id": user_id, "kind": "block", CHANGED: {"$gte": _timestamp(place)}}
        rows = await self._tracked["relations"].find(query, fields=[CHANGED])
        return [Change(at=_place(row[CHANGED]), kind="relations", id=row["_id"]) for row in rows]

    async def _run_by(self, user_id: str, blocks: Sequence[Change]) -> list[Change]:
        """Name somebody's parties that the people of these blocks run, at the moments of the blocks."""
        moments: dict[str, int] = {}
        for block in sorted(blocks):
            kind, other_id, _ = block.id.split(":")
            if kind == "block":
                moments[other_id] = block.at
        if not moments:
            return []
        others = {"$in": sorted(moments)}
        query: Row = {"$and": [mine_of_parties(user_id), {"$or": [{"host_id": others}, {"creator_id": others}]}]}
        rows = await self._tracked["parties"].find(query, fields=["host_id", "creator_id"])
        return [
            Change(
                at=max(moments.get(row["host_id"], 0), moments.get(row["creator_id"], 0)), kind="parties", id=row["_id"]
            )
            for row in rows
        ]

    async def _gone(self, user_id: str, place: int) -> list[Change]:
        if not place:
            return []
        query = {"user_ids": user_id, CHANGED: {"$gte": _timestamp(place)}}
        rows = await self._traces.find(query, fields=[CHANGED, "kind", "thing_id"])
        return [Change(at=_place(row[CHANGED]), kind=row["kind"], id=row["thing_id"], gone=True) for row in rows]


def _from(relation_id: str, user_id: str) -> bool:
    return relation_id.split(":")[1] == user_id


def _timestamp(place: int) -> Timestamp:
    return Timestamp(place >> 32, place & 0xFFFF_FFFF)


def _place(moment: Timestamp | None) -> int:
    return 0 if moment is None else moment.time << 32 | moment.inc
