"""The collection `parties`: what lists show. It is projected from each party's log and may be rebuilt from it."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from store.collection import Collection, Row
from store.documents import Party
from store.encoding import check, from_document, to_document
from store.pages import NEWEST_FIRST, Order, Page, page

Filter = Literal["public", "mine", "upcoming", "live", "past"]

FIXED = frozenset({"id", "code", "creator_id", "created_at", "revision", "seq", "member_user_ids", "password_hash"})
PROJECTED = frozenset(field.name for field in msgspec.structs.fields(Party)) - FIXED
SOONEST_FIRST = Order("scheduled_for", 1)


class Parties:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, party: Party) -> None:
        """Insert a new party. Raises `AlreadyExists` with `code`."""
        await self._collection.insert(to_document(party))

    async def by_id(self, party_id: str) -> Party | None:
        return _party(await self._collection.find_one({"_id": party_id}))

    async def by_code(self, code: str) -> Party | None:
        """Find a party by the code that people type, in any case."""
        return _party(await self._collection.find_one({"code": code.upper()}))

    async def page(
        self,
        filter: Filter,  # noqa: A002 - the word of the REST contract
        user_id: str | None,
        *,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Party]:
        """List parties, the newest first (`upcoming`: the soonest first). Raises `BadCursor`.

        `public`: open to all and not ended. `mine`: hosted, made or entered by `user_id`. `upcoming` and `live`:
        public or mine, in that status. `past`: mine, ended.
        """
        order = SOONEST_FIRST if filter == "upcoming" else NEWEST_FIRST
        return await page(self._collection, Party, _query(filter, user_id), order=order, limit=limit, cursor=cursor)

    async def live(self) -> list[str]:
        """List the ids of all live parties."""
        return [row["_id"] for row in await self._collection.find({"status": "live"}, fields=["_id"])]

    async def count(self, status: str) -> int:
        return await self._collection.count({"status": status})

    async def all(
        self, status: str | None, host_id: str | None = None, *, limit: int, cursor: str | None
    ) -> Page[Party]:
        """List parties of everybody, for staff, the newest first. Raises `BadCursor`."""
        query: Row = {name: value for name, value in (("status", status), ("host_id", host_id)) if value is not None}
        return await page(self._collection, Party, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def project(
        self, party_id: str, seq: int, changes: Mapping[str, Any], add_member_user_id: str | None = None
    ) -> bool:
        """Bring the projection to `seq`. Nothing happens (False) where it is there already or further."""
        if unknown := set(changes) - PROJECTED:
            raise ValueError(f"not a projected field of a party: {sorted(unknown)}")
        check(dict(changes))
        update: Row = {"$set": {**changes, "seq": seq}, "$inc": {"revision": 1 if changes else 0}}
        if add_member_user_id is not None:
            update["$addToSet"] = {"member_user_ids": add_member_user_id}
        return await self._collection.update({"_id": party_id, "seq": {"$lt": seq}}, update)

    async def set_password_hash(self, party_id: str, password_hash: str | None) -> bool:
        """Set or (None) remove the password; its hash stands here alone, as no log may hold it."""
        return await self._collection.update({"_id": party_id}, {"$set": {"password_hash": password_hash}})

    async def delete(self, party_id: str) -> bool:
        return await self._collection.delete({"_id": party_id})


def _query(which: Filter, user_id: str | None) -> Row:
    mine = [{field: user_id} for field in ("host_id", "creator_id", "member_user_ids")] if user_id is not None else []
    seen = {"$or": [{"visibility": "public"}, *mine]}
    nothing: Row = {"_id": {"$in": []}}
    match which:
        case "public":
            return {"visibility": "public", "status": {"$in": ["scheduled", "lobby", "live"]}}
        case "mine":
            return {"$or": mine} if mine else nothing
        case "past":
            return {"status": "ended", "$or": mine} if mine else nothing
        case "upcoming":
            return {"status": "scheduled", "scheduled_for": {"$ne": None}, **seen}
        case "live":
            return {"status": "live", **seen}


def _party(row: Row | None) -> Party | None:
    return None if row is None else from_document(row, Party)
