"""Reading one collection by keys, the best first; who may see what is said by the collection's own repository."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, TypeVar

import msgspec

from store.collection import Collection, Row
from store.documents import Hit
from store.encoding import from_document
from store.search_keys import VERSION, Wanted

Level = Literal["whole", "any", "begins", "near"]
H = TypeVar("H", bound=Hit)
BATCH = 500
HALF_LIVES_MS: Mapping[str, float] = {
    "parties": timedelta(days=7) / timedelta(milliseconds=1),
    "videos": timedelta(days=90) / timedelta(milliseconds=1),
    "users": timedelta(days=365) / timedelta(milliseconds=1),
}
"""How long it takes until a document counts half: a party is news for a week, a video for a season."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One reading: which keys, how well they must match, from which rank downwards, how many."""

    wanted: Wanted
    level: Level
    at_most: float | None = None
    limit: int
    user_id: str | None = None
    """Who asks; None is nobody who is signed in."""
    unseen: frozenset[str] = frozenset()
    """People whose things are not to be found."""

    def keys(self) -> Row:
        """Say which keys a document must have: `any` is `whole` and `begins`, which exclude each other, in one."""
        match self.level:
            case "whole":
                return {"search_keys": {"$all": list(self.wanted.whole)}}
            case "any":
                return {"search_keys": {"$all": list(self.wanted.begins)}}
            case "begins":
                whole = list(self.wanted.whole)
                return {"search_keys": {"$all": list(self.wanted.begins), "$not": {"$all": whole}}}
            case "near":
                return {"$and": [{"search_keys": {"$in": list(choice)}} for choice in self.wanted.near]}


async def found(collection: Collection, kind: type[H], asked: Asked, audience: Row) -> list[H]:
    """Read what `asked` names among what `audience` lets be seen, the highest rank first."""
    rank: Row = {} if asked.at_most is None else {"search_rank": {"$lte": asked.at_most}}
    query: Row = {"$and": [asked.keys(), audience, rank]}
    fields = [field.encode_name for field in msgspec.structs.fields(kind)]
    rows = await collection.find(query, sort=[("search_rank", -1)], limit=asked.limit, fields=fields)
    return [from_document(row, kind) for row in rows]


async def rekey(
    collection: Collection, texts: Sequence[str], made: Callable[[Row], Row], *, fields: Sequence[str]
) -> int:
    """Make the keys of those documents that have none, or some of another version; return how many there were.

    A document whose `texts` change meanwhile is left to whoever changes them, or read again.
    """
    done = 0
    while rows := await collection.find({"search_version": {"$ne": VERSION}}, limit=BATCH, fields=[*texts, *fields]):
        for row in rows:
            unchanged = {"_id": row["_id"], **{name: row.get(name) for name in texts}}
            fields_now = made(row)
            ranked = {"search_rank": fields_now.pop("search_rank")}  # which may have risen by what is not read here
            done += await collection.update(unchanged, {"$set": fields_now, "$max": ranked})
    return done


def keyed(keys: list[str], rank: float) -> dict[str, Any]:
    """Name the fields that a document is found by."""
    return {"search_keys": keys, "search_rank": rank, "search_version": VERSION}
