"""Devices on which somebody has an app."""

from api.problems import not_found
from api.schemas.mobile import DeviceView, NewDevice
from api.services.text import clean_line
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Device, User

MOST = 20
"""Devices of one account; beyond it the one that was seen longest ago is forgotten."""


class Devices:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def register(self, user: User, asked: NewDevice) -> Device:
        """Note a device, or what has changed of it; its push token is no other account's any more."""
        name = clean_line(asked.name, "$.name")
        if asked.push_token is not None:
            await self._store.devices.release(asked.push_token, but=(user.id, asked.id))
        device = await self._store.devices.put(
            user.id,
            asked.id,
            platform=asked.platform,
            name=name,
            app_version=asked.app_version,
            push_token=asked.push_token,
            now=utc(self._clock.now_ms()),
        )
        await self._store.devices.keep_newest(user.id, MOST)
        return device

    async def list(self, user: User) -> list[DeviceView]:
        return [view(device) for device in await self._store.devices.of(user.id)]

    async def remove(self, user: User, device_id: str) -> None:
        """Forget a device. Raises `Problem("not_found")`."""
        if not await self._store.devices.remove(user.id, device_id):
            raise not_found("device")


def view(device: Device) -> DeviceView:
    return DeviceView(
        id=device.device_id,
        platform=device.platform,
        name=device.name,
        app_version=device.app_version,
        has_push_token=device.push_token is not None,
        created_at=device.created_at,
        seen_at=device.seen_at,
    )
