"""What somebody is shown in the app: lists over REST, and what a personal socket asks for."""

from typing import Any

import msgspec
from msgspec import structs

from api.problems import not_found
from api.schemas.notifications import AboutView, NotificationView
from api.services.notifications import words
from api.services.notifications.preferences import zone_of
from conf.clock import Clock, utc
from realtime.bus import Bus
from realtime.personal.topic import Heard, announce, recount
from store.database import Store
from store.documents import Notification, User
from store.ids import made_at_ms
from store.pages import Page

OVERLAP_MS = 10_000
"""How far before the last id that was heard a resumption begins: nodes' clocks differ, and ids are made before they are stored."""
MISSED_AT_MOST = 100


class Inbox:
    """Satisfies `realtime.personal.inbox.Inbox`."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    def announce(self, notification: Notification) -> None:
        """Let the sockets of its person hear of a new one."""
        if notification.shown:
            announce(self._bus, notification.user_id, notification.id, _fields(notification))

    async def page(self, user: User, *, unread_only: bool, limit: int, cursor: str | None) -> Page[Notification]:
        return await self._store.notifications.page(user.id, unread_only=unread_only, limit=limit, cursor=cursor)

    async def read(self, user: User, notification_id: str) -> Notification:
        """Mark one as read. Raises `Problem("not_found")`."""
        found = await self._store.notifications.read(user.id, notification_id, utc(self._clock.now_ms()))
        if found is None:
            raise not_found("notification")
        recount(self._bus, user.id)
        return found

    async def read_all(self, user: User) -> int:
        read = await self._store.notifications.read_all(user.id, utc(self._clock.now_ms()))
        recount(self._bus, user.id)
        return read

    async def delete(self, user: User, notification_id: str) -> None:
        """Take one off the list. Raises `Problem("not_found")`."""
        if not await self._store.notifications.hide(user.id, notification_id, utc(self._clock.now_ms())):
            raise not_found("notification")
        recount(self._bus, user.id)

    async def unread(self, user_id: str) -> int:
        """Count what somebody has not read."""
        return await self._store.notifications.unread(user_id)

    async def since(self, user_id: str, notification_id: str) -> list[Heard]:
        """List what came after an id, with some of what came just before it: at most 100, the oldest first."""
        start = _before(notification_id)
        found = await self._store.notifications.after(user_id, start, MISSED_AT_MOST)
        return [Heard(id=one.id, fields=_fields(one)) for one in found]


def view(notification: Notification, user: User | None = None) -> NotificationView:
    """Show one, with times of the zone of `user` in its words."""
    return NotificationView(
        id=notification.id,
        kind=notification.kind,
        text=words.said(notification, zone_of(user) if user else words.UTC),
        by=notification.by,
        about=AboutView(**structs.asdict(notification.about)) if notification.about else None,
        fields=notification.fields,
        path=words.path(notification),
        created_at=notification.created_at,
        read_at=notification.read_at,
    )


def _fields(notification: Notification) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(view(notification))
    return {"t": "notification", "notification": shown}


def _before(notification_id: str) -> str:
    """Name the place in the order of ids that lies `OVERLAP_MS` before one; the beginning for what is no id of ours."""
    try:
        made_ms = made_at_ms(notification_id)
    except ValueError:
        return ""
    return f"{max(0, made_ms - OVERLAP_MS):012x}"
