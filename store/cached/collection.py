"""A collection that answers what it was asked before: the same methods, so that every repository works over either.

Reads ask for it (`recent=True`); those whose decision must see another node's change of a moment ago do not. Every write
invalidates, whichever method made it, so that no repository can forget to. It does so when it is over, whatever came of
it: a write that broke off may have landed.
"""

from collections import OrderedDict
from collections.abc import Sequence

import bson

from store.cached.cache import Cache, Key
from store.cached.table import Tier
from store.collection import Collection, Row, Sort
from store.encoding import CODEC, encode

ALIASES = 10_000


class CachedCollection(Collection):
    """Stands before `behind`, whatever kind of collection that is."""

    def __init__(self, behind: Collection, *, tier: Tier, cache: Cache) -> None:
        super().__init__(behind._raw, behind._calls)  # noqa: SLF001 - one of its own kind
        self._behind = behind
        self._tier = tier
        self._cache = cache
        self._aliases: OrderedDict[str, str] = OrderedDict()

    async def find_one(
        self, query: Row, *, sort: Sort | None = None, fields: Sequence[str] | None = None, recent: bool = False
    ) -> Row | None:
        if not recent or sort or fields:
            return await self._behind.find_one(query, sort=sort, fields=fields)
        if query.keys() == {self._tier.alias}:
            return await self._by_alias(query)
        group = group_of(self._tier, query.get("_id"))
        if group is None:
            return await self._behind.find_one(query)

        async def load() -> bytes:
            row = await self._behind.find_one(query)
            return _packed([] if row is None else [row])

        rows = _unpacked(await self._cache.get(Key(group, encode(query)), load))
        return rows[0] if rows else None

    async def find(
        self,
        query: Row,
        *,
        sort: Sort | None = None,
        limit: int = 0,
        fields: Sequence[str] | None = None,
        recent: bool = False,
    ) -> list[Row]:
        group = group_of(self._tier, query.get("_id")) if recent and not fields else None
        if group is None:
            return await self._behind.find(query, sort=sort, limit=limit, fields=fields)

        async def load() -> bytes:
            return _packed(await self._behind.find(query, sort=sort, limit=limit))

        question = encode({"query": query, "sort": list(sort or ()), "limit": limit})
        return _unpacked(await self._cache.get(Key(group, question), load))

    async def insert(self, document: Row) -> None:
        try:
            await self._behind.insert(document)
        finally:
            self.changed(document["_id"])

    async def put(self, document: Row) -> None:
        try:
            await self._behind.put(document)
        finally:
            self.changed(document["_id"])

    async def change(
        self,
        query: Row,
        update: Row | Sequence[Row],
        *,
        sort: Sort | None = None,
        upsert: bool = False,
        before: bool = False,
        retry_seconds: float | None = None,
    ) -> Row | None:
        try:
            return await self._behind.change(
                query, update, sort=sort, upsert=upsert, before=before, retry_seconds=retry_seconds
            )
        finally:
            self.changed(query.get("_id"))

    async def update(self, query: Row, update: Row) -> bool:
        try:
            return await self._behind.update(query, update)
        finally:
            self.changed(query.get("_id"))

    async def update_all(
        self, query: Row, update: Row | Sequence[Row], array_filters: Sequence[Row] | None = None
    ) -> int:
        try:
            return await self._behind.update_all(query, update, array_filters)
        finally:
            self.changed(query.get("_id"))

    async def delete(self, query: Row) -> bool:
        try:
            return await self._behind.delete(query)
        finally:
            self.changed(query.get("_id"))

    async def delete_all(self, query: Row) -> int:
        try:
            return await self._behind.delete_all(query)
        finally:
            self.changed(query.get("_id"))

    async def insert_encoded(self, documents: Sequence[bytes]) -> dict[int, Row]:
        try:
            return await self._behind.insert_encoded(documents)
        finally:
            self.changed(None)

    def changed(self, document_id: object) -> None:
        """Forget what is kept of a document; of all, where it is not one id."""
        group = group_of(self._tier, document_id)
        if group is None:
            self._cache.clear()
        else:
            self._cache.invalidate(group)

    async def _by_alias(self, query: Row) -> Row | None:
        """Find by a field that never changes: remember only whose it is, and look at that document."""
        ((field, value),) = query.items()
        if (known := self._aliases.get(value)) is not None:
            row = await self.find_one({"_id": known}, recent=True)
            if row is not None and row[field] == value:
                return row
        row = await self._behind.find_one(query)
        if row is not None:
            self._aliases[value] = row["_id"]
            if len(self._aliases) > ALIASES:
                self._aliases.popitem(last=False)
        return row


def group_of(tier: Tier, document_id: object) -> str | None:
    """Name what a change of a document, or a range of ids of one subject, belongs to; None where it is not one."""
    if isinstance(document_id, str):
        return document_id if tier.group == "document" else document_id.rpartition(":")[0]
    if tier.group == "subject" and isinstance(document_id, dict) and document_id.keys() == {"$gte", "$lte"}:
        first, last = (group_of(tier, document_id[end]) for end in ("$gte", "$lte"))
        return first if first == last else None
    return None


def _packed(rows: list[Row]) -> bytes:
    return bson.encode({"rows": rows}, codec_options=CODEC)


def _unpacked(packed: bytes) -> list[Row]:
    rows: list[Row] = bson.decode(packed, codec_options=CODEC)["rows"]
    return rows
