"""The collection `parties`: what lists show. It is projected from each party's log and may be rebuilt from it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from conf.clock import to_ms
from store.collection import Collection, Row
from store.documents import Party, PartyHit
from store.encoding import check, from_document, to_document
from store.ids import made_at_ms
from store.pages import NEWEST_FIRST, Order, Page, page
from store.search_keys import keys, rank
from store.searching import HALF_LIVES_MS, Asked, found, keyed, rekey

Filter = Literal["public", "mine", "upcoming", "live", "past"]

FIXED = frozenset(
    {"id", "code", "creator_id", "created_at", "revision", "seq", "member_user_ids", "password_hash", "archived_at"}
)
PROJECTED = frozenset(field.name for field in msgspec.structs.fields(Party)) - FIXED
LISTED = [field.encode_name for field in msgspec.structs.fields(Party) if field.name != "member_user_ids"]
BEFORE_ITS_START: Row = {"status": {"$in": ["scheduled", "lobby"]}, "started_at": None}
"""With a time: a scheduled party, whose doors may be open already."""
SOONEST_FIRST = Order("scheduled_for", 1)


class Parties:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, party: Party) -> None:
        """Insert a new party. Raises `AlreadyExists` with `code`."""
        await self._collection.insert(with_keys(to_document(party)))

    async def by_id(self, party_id: str, *, recent: bool = False) -> Party | None:
        """Find a party; `recent`, here and below: as it was at most a second ago will do."""
        return _party(await self._collection.find_one({"_id": party_id}, recent=recent))

    async def by_code(self, code: str, *, recent: bool = False) -> Party | None:
        """Find a party by the code that people type, in any case."""
        return _party(await self._collection.find_one({"code": code.upper()}, recent=recent))

    async def page(
        self,
        filter: Filter,  # noqa: A002 - the word of the REST contract
        user_id: str | None,
        *,
        host_id: str | None = None,
        unseen: frozenset[str] = frozenset(),
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Party]:
        """List parties, the newest first (`upcoming`: the soonest first). Raises `BadCursor`.

        `public`: open to all and not ended. `mine`: hosted, made or entered by `user_id`. `upcoming`: public or
        mine, with a time and not begun. `live`: public or mine, in that status. `past`: mine, ended. None of those that `unseen` people host or made; with
        `host_id` none but those that this user hosts.
        """
        order = SOONEST_FIRST if filter == "upcoming" else NEWEST_FIRST
        query: Row = {"$and": [_query(filter, user_id), without(unseen, user_id)]}
        if host_id is not None:
            query["host_id"] = host_id
        return await page(self._collection, Party, query, order=order, limit=limit, cursor=cursor)

    async def entered_before(
        self, user_id: str, below_id: str, limit: int, *, unseen: frozenset[str] = frozenset()
    ) -> list[Party]:
        """List what somebody hosted, made or entered, the newest first, from below an id on."""
        query: Row = {"$and": [_query("mine", user_id), without(unseen, user_id)], "_id": {"$lt": below_id}}
        rows = await self._collection.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(row, Party) for row in rows]

    async def open_of(self, user_id: str) -> list[Party]:
        """List the parties that somebody hosts or entered and that are not over."""
        query: Row = {"$or": [{"host_id": user_id}, {"member_user_ids": user_id}], "status": {"$ne": "ended"}}
        rows = await self._collection.find(query, sort=[("_id", 1)])
        return [from_document(row, Party) for row in rows]

    async def shared(self, runner_id: str, user_id: str) -> list[str]:
        """List the ids of the parties that `runner_id` hosts or made, that `user_id` entered, and that are not over."""
        runs: Row = {"$or": [{"host_id": runner_id}, {"creator_id": runner_id}]}
        query: Row = {"member_user_ids": user_id, "status": {"$ne": "ended"}, **runs}
        return [row["_id"] for row in await self._collection.find(query, fields=["_id"])]

    async def few(
        self,
        which: Filter,
        user_id: str,
        *,
        limit: int,
        hosts: Sequence[str] | None = None,
        unseen: frozenset[str] = frozenset(),
        ranked: bool = False,
    ) -> list[Party]:
        """Read the first of a list without who is in them: of these `hosts`, nobody's of `unseen`.

        `ranked` puts the best first, as searches do, and leaves out what is theirs.
        """
        conditions = [_query(which, user_id), without(unseen, user_id)]
        if hosts is not None:
            conditions.append({"host_id": {"$in": list(hosts)}})
        if ranked:
            conditions.append({"$nor": [mine(user_id)]})
        order = SOONEST_FIRST if which == "upcoming" else NEWEST_FIRST
        sort = [("search_rank", -1)] if ranked else order.sort
        rows = await self._collection.find({"$and": conditions}, sort=sort, limit=limit, fields=LISTED)
        return [from_document(row, Party) for row in rows]

    async def live(self) -> list[str]:
        """List the ids of all live parties."""
        return [row["_id"] for row in await self._collection.find({"status": "live"}, fields=["_id"])]

    async def opening(self, until: datetime) -> list[str]:
        """List the ids of the scheduled parties that are to begin by a moment, or were."""
        query = {"status": "scheduled", "scheduled_for": {"$lte": until}}
        return [row["_id"] for row in await self._collection.find(query, fields=["_id"])]

    async def count(self, status: str) -> int:
        return await self._collection.count({"status": status})

    async def all(
        self, status: str | None, host_id: str | None = None, *, limit: int, cursor: str | None
    ) -> Page[Party]:
        """List parties of everybody, for staff, the newest first. Raises `BadCursor`."""
        query: Row = {name: value for name, value in (("status", status), ("host_id", host_id)) if value is not None}
        return await page(self._collection, Party, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def beginning(self, after: datetime, until: datetime) -> list[Party]:
        """List the parties that have not begun and are to begin between two moments, the soonest first."""
        query = {**BEFORE_ITS_START, "scheduled_for": {"$gt": after, "$lte": until}}
        rows = await self._collection.find(query, sort=[("scheduled_for", 1), ("_id", 1)])
        return [from_document(row, Party) for row in rows]

    async def project(
        self, party_id: str, seq: int, changes: Mapping[str, Any], add_member_user_id: str | None = None
    ) -> bool:
        """Bring the projection to `seq`. Nothing happens (False) where it is there already or further."""
        if unknown := set(changes) - PROJECTED:
            raise ValueError(f"not a projected field of a party: {sorted(unknown)}")
        check(dict(changes))
        update: Row = {"$set": {**changes, "seq": seq}, "$inc": {"revision": 1 if changes else 0}}
        if "title" in changes:
            update["$set"]["search_keys"] = await self._keys(party_id, changes["title"])
        if changes.get("members_count"):
            update["$max"] = {"search_rank": _rank(party_id, changes["members_count"])}
        if add_member_user_id is not None:
            update["$addToSet"] = {"member_user_ids": add_member_user_id}
        return await self._collection.update({"_id": party_id, "seq": {"$lt": seq}}, update)

    async def search(self, asked: Asked) -> list[PartyHit]:
        """Find parties that are public and not over, and those that the asker hosts, made or entered, by their keys."""
        seen = without(asked.unseen, asked.user_id)
        audiences: list[Row] = [{"$and": [_query("public", None), seen]}]
        if asked.user_id is not None:
            audiences.append({"$and": [_query("mine", asked.user_id), seen]})
        hits = await asyncio.gather(*(found(self._collection, PartyHit, asked, audience) for audience in audiences))
        return [hit for part in hits for hit in part]

    async def rekey(self) -> int:
        """Make the search keys of those that have none of this version; return how many there were."""
        return await rekey(
            self._collection, ["title"], _found_by, fields=["description", "created_at", "members_count"]
        )

    async def count_showing(self, video_id: str) -> int:
        """Count the parties that show a video."""
        return await self._collection.count({"video_id": video_id})

    async def _keys(self, party_id: str, title: str) -> list[str]:
        row = await self._collection.find_one({"_id": party_id}, fields=["description"])  # which never changes
        return keys(title, row["description"] if row else "")

    async def set_password_hash(self, party_id: str, password_hash: str | None) -> bool:
        """Set or (None) remove the password; its hash stands here alone, as no log may hold it."""
        return await self._collection.update({"_id": party_id}, {"$set": {"password_hash": password_hash}})

    async def delete(self, party_id: str) -> bool:
        return await self._collection.delete({"_id": party_id})


def with_keys(row: Row) -> Row:
    return {**row, **_found_by(row)}


def _found_by(row: Row) -> Row:
    text_keys = keys(row["title"], row["description"])
    return keyed(text_keys, _rank(row["_id"], row["members_count"], to_ms(row["created_at"])))


def _rank(party_id: str, members: int, made_ms: float | None = None) -> float:
    """Rank a party by the most people who were in it at once; it falls in rank by age alone."""
    made_ms = made_at_ms(party_id) if made_ms is None else made_ms
    return rank(made_ms, members, HALF_LIVES_MS["parties"], party_id)


def mine(user_id: str) -> Row:
    """Match what somebody hosts, made or entered."""
    return {"$or": [{field: user_id} for field in ("host_id", "creator_id", "member_user_ids")]}


def _query(which: Filter, user_id: str | None) -> Row:
    ours = [mine(user_id)] if user_id is not None else []
    seen = {"$or": [{"visibility": "public"}, *ours]}
    nothing: Row = {"_id": {"$in": []}}
    match which:
        case "public":
            return {"visibility": "public", "status": {"$in": ["scheduled", "lobby", "live"]}}
        case "mine":
            return {"$or": ours} if ours else nothing
        case "past":
            return {"status": "ended", "$or": ours} if ours else nothing
        case "upcoming":
            return {**BEFORE_ITS_START, "scheduled_for": {"$ne": None}, **seen}
        case "live":
            return {"status": "live", **seen}


def without(unseen: frozenset[str], user_id: str | None) -> Row:
    """Leave out what others run whose things are not shown; one's own parties stay."""
    if not unseen:
        return {}
    runs: Row = {"$in": sorted(unseen)}
    others: Row = {"$nor": [{"host_id": runs}, {"creator_id": runs}]}
    own = [{"host_id": user_id}, {"creator_id": user_id}] if user_id is not None else []
    return {"$or": [others, *own]}


def _party(row: Row | None) -> Party | None:
    return None if row is None else from_document(row, Party)
