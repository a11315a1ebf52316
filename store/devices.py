"""The collection `devices`: where somebody has an app installed."""

from datetime import datetime
from typing import Any

from store.collection import Collection
from store.documents import Device
from store.encoding import from_document


class Devices:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def put(self, user_id: str, device_id: str, *, now: datetime, **facts: Any) -> Device:
        """Note a device, new or known; told again, it is the same one."""
        update = {
            "$set": {**facts, "seen_at": now},
            "$setOnInsert": {"user_id": user_id, "device_id": device_id, "created_at": now},
        }
        row = await self._collection.change({"_id": _id(user_id, device_id)}, update, upsert=True)
        assert row is not None  # it is made where it is not there
        return from_document(row, Device)

    async def release(self, push_token: str, *, but: tuple[str, str]) -> None:
        """Take a push token from every device but one: a phone that changed hands tells its new owner only."""
        await self._collection.update_all(
            {"push_token": push_token, "_id": {"$ne": _id(*but)}}, {"$set": {"push_token": None}}
        )

    async def of(self, user_id: str) -> list[Device]:
        """List somebody's devices, the last seen first."""
        rows = await self._collection.find({"user_id": user_id}, sort=[("seen_at", -1), ("_id", 1)])
        return [from_document(row, Device) for row in rows]

    async def keep_newest(self, user_id: str, most: int) -> None:
        for device in (await self.of(user_id))[most:]:
            await self._collection.delete({"_id": device.id})

    async def remove(self, user_id: str, device_id: str) -> bool:
        return await self._collection.delete({"_id": _id(user_id, device_id), "user_id": user_id})


def _id(user_id: str, device_id: str) -> str:
    return f"{user_id}:{device_id}"
