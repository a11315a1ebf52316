"""The collection `videos`: one document a video, whatever its source. Who may see it is part of the query."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec

from conf.clock import to_ms
from store.collection import Collection, Row
from store.documents import Video, VideoHit
from store.encoding import check, from_document, to_document
from store.ids import made_at_ms
from store.pages import NEWEST_FIRST, Page, page
from store.search_keys import keys, rank
from store.searching import HALF_LIVES_MS, Asked, found, keyed, rekey

FIXED = frozenset({"id", "uploader_id", "created_at", "revision"})
TEXTS = ("title", "description")
CHANGEABLE = frozenset(field.name for field in msgspec.structs.fields(Video)) - FIXED


class Videos:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, video: Video) -> None:
        await self._collection.insert(with_keys(to_document(video)))

    async def by_id(self, video_id: str, *, recent: bool = False) -> Video | None:
        """Find a video, whoever asks: for our own work, never for an answer to a caller.

        `recent`, here and below: as it was at most a second ago will do.
        """
        return _video(await self._collection.find_one({"_id": video_id}, recent=recent))

    async def visible(self, video_id: str, user_id: str | None, *, recent: bool = False) -> Video | None:
        """Find a video that `user_id` (None: nobody signed in) may watch: public, unlisted or their own."""
        may_see: list[Row] = [{"visibility": {"$in": ["public", "unlisted"]}}]
        if user_id is not None:
            may_see.append({"uploader_id": user_id})
        return _video(await self._collection.find_one({"_id": video_id, "$or": may_see}, recent=recent))

    async def page(
        self,
        user_id: str | None,
        uploader_id: str | None = None,
        *,
        unseen: frozenset[str] = frozenset(),
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[Video]:
        """List what `user_id` may find, the newest first: public videos that are ready, and their own in any state.

        With `uploader_id`, only that person's; nothing of `unseen` people. Raises `BadCursor`.
        """
        listed: list[Row] = [{"visibility": "public", "status": "ready"}]
        if user_id is not None:
            listed.append({"uploader_id": user_id})
        query: Row = {"$or": listed}
        if unseen:
            query["$nor"] = [{"uploader_id": {"$in": sorted(unseen)}}]
        if uploader_id is not None:
            query["uploader_id"] = uploader_id
        return await page(self._collection, Video, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def all(
        self, status: str | None, uploader_id: str | None = None, *, limit: int, cursor: str | None
    ) -> Page[Video]:
        """List videos of everybody, for staff, the newest first. Raises `BadCursor`."""
        query: Row = {
            name: value for name, value in (("status", status), ("uploader_id", uploader_id)) if value is not None
        }
        return await page(self._collection, Video, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def added_before(self, uploader_id: str, below_id: str, limit: int) -> list[Video]:
        """List what somebody added, the newest first, from below an id on."""
        query = {"uploader_id": uploader_id, "_id": {"$lt": below_id}}
        rows = await self._collection.find(query, sort=[("_id", -1)], limit=limit)
        return [from_document(row, Video) for row in rows]

    async def update(
        self, video_id: str, changes: Mapping[str, Any], expected_revision: int | None = None
    ) -> Video | None:
        """Change fields and count the revision up; return the video as it is then.

        None where there is no such video, or its revision is not `expected_revision`.
        """
        if unknown := set(changes) - CHANGEABLE:
            raise ValueError(f"not a field of a video that may change: {sorted(unknown)}")
        check(dict(changes))
        query: Row = {"_id": video_id}
        if expected_revision is not None:
            query["revision"] = expected_revision
        if changes.keys().isdisjoint(TEXTS):
            return _video(await self._collection.change(query, _changed(changes)))
        # The keys come from both texts, of which one may stay: changed only while that is still as it was read.
        while (row := await self._collection.find_one(query, fields=TEXTS)) is not None:
            texts = {name: row[name] for name in TEXTS}
            found_by = {"search_keys": keys(*(str({**texts, **changes}[name]) for name in TEXTS))}
            changed = await self._collection.change({**query, **texts}, _changed({**changes, **found_by}))
            if changed is not None:
                return _video(changed)
        return None

    async def search(self, asked: Asked) -> list[VideoHit]:
        """Find public videos that are ready, and the asker's own, by their keys."""
        seen: Row = {"uploader_id": {"$nin": sorted(asked.unseen)}} if asked.unseen else {}
        audiences: list[Row] = [{"visibility": "public", "status": "ready", **seen}]
        if asked.user_id is not None:
            audiences.append({"uploader_id": asked.user_id})
        hits = await asyncio.gather(*(found(self._collection, VideoHit, asked, audience) for audience in audiences))
        return [hit for part in hits for hit in part]

    async def count_shown(self, video_id: str, parties: int) -> None:
        """Rank a video by how many parties show it; fewer than before change nothing."""
        new = rank(made_at_ms(video_id), parties, HALF_LIVES_MS["videos"], video_id)
        await self._collection.update({"_id": video_id}, {"$max": {"search_rank": new}})

    async def rekey(self) -> int:
        """Make the keys of those that have none of this version; return how many there were."""
        return await rekey(self._collection, TEXTS, _found_by, fields=["created_at"])

    async def delete(self, video_id: str) -> bool:
        return await self._collection.delete({"_id": video_id})


def _changed(changes: Mapping[str, Any]) -> Row:
    return {"$set": dict(changes), "$inc": {"revision": 1}}


def with_keys(row: Row) -> Row:
    return {**row, **_found_by(row)}


def _found_by(row: Row) -> Row:
    made_ms = to_ms(row["created_at"])
    text_keys = keys(row["title"], row["description"])
    return keyed(text_keys, rank(made_ms, 0, HALF_LIVES_MS["videos"], row["_id"]))


def _video(row: Row | None) -> Video | None:
    return None if row is None else from_document(row, Video)
