"""The collection `notifications`: what people were told, each thing once."""

from collections.abc import Sequence
from datetime import datetime

from store.collection import Collection, Row
from store.documents import Notification
from store.encoding import from_document, to_document
from store.pages import NEWEST_FIRST, Page, page


class Notifications:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, notification: Notification) -> None:
        """Insert a new one. Raises `AlreadyExists` where its person was told the thing of this key before."""
        await self._collection.insert(to_document(notification))

    async def by_id(self, notification_id: str) -> Notification | None:
        return _one(await self._collection.find_one({"_id": notification_id}))

    async def by_key(self, user_id: str, key: str) -> Notification | None:
        return _one(await self._collection.find_one({"user_id": user_id, "key": key}))

    async def by_ids(self, ids: Sequence[str]) -> list[Notification]:
        """Find those of `ids` that exist, the oldest first."""
        rows = await self._collection.find({"_id": {"$in": list(ids)}}, sort=[("_id", 1)])
        return [from_document(row, Notification) for row in rows]

    async def page(
        self, user_id: str, *, unread_only: bool = False, limit: int = 20, cursor: str | None = None
    ) -> Page[Notification]:
        """List what somebody is shown in the app, the newest first. Raises `BadCursor`."""
        query = _unread(user_id) if unread_only else _shown(user_id)
        return await page(self._collection, Notification, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def after(self, user_id: str, notification_id: str, limit: int) -> list[Notification]:
        """List what somebody is shown of the time after an id, the oldest first."""
        query = {**_shown(user_id), "_id": {"$gt": notification_id}}
        rows = await self._collection.find(query, sort=[("_id", 1)], limit=limit)
        return [from_document(row, Notification) for row in rows]

    async def unread(self, user_id: str) -> int:
        return await self._collection.count(_unread(user_id))

    async def read(self, user_id: str, notification_id: str, now: datetime) -> Notification | None:
        """Mark one of somebody's as read and return it; read before, it keeps that time. None where it is not theirs."""
        mine = {**_shown(user_id), "_id": notification_id}
        changed = await self._collection.change({**mine, "read_at": None}, {"$set": {"read_at": now}})
        return _one(changed or await self._collection.find_one(mine))

    async def read_all(self, user_id: str, now: datetime) -> int:
        """Mark all of somebody's as read; return how many were not."""
        return await self._collection.update_all(_unread(user_id), {"$set": {"read_at": now}})

    async def hide(self, user_id: str, notification_id: str, now: datetime) -> bool:
        """Take one off its person's list for good; only its key stays. False where it is not theirs."""
        emptied: Row = {"shown": False, "read_at": now, "by": None, "about": None, "fields": {}}
        return await self._collection.update({**_shown(user_id), "_id": notification_id}, {"$set": emptied})

    async def planned(self, notification_id: str) -> None:
        """Note that the deliveries of a notification are stored."""
        await self._collection.update({"_id": notification_id}, {"$set": {"planned": True}})

    async def unplanned(self, before: datetime, limit: int) -> list[Notification]:
        """List those whose deliveries should be stored since `before`, and are not."""
        rows = await self._collection.find(
            {"planned": False, "created_at": {"$lt": before}}, sort=[("created_at", 1)], limit=limit
        )
        return [from_document(row, Notification) for row in rows]


def _shown(user_id: str) -> Row:
    return {"user_id": user_id, "shown": True}


def _unread(user_id: str) -> Row:
    return {**_shown(user_id), "read_at": None}


def _one(row: Row | None) -> Notification | None:
    return None if row is None else from_document(row, Notification)
