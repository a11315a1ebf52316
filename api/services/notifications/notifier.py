"""Telling people things: the one door by which every part of the house does it."""

from dataclasses import dataclass, field
from datetime import timedelta

from conf.clock import Clock, utc
from store.database import Store
from store.documents import About, Notification
from store.documents.notifications import Kind
from store.errors import AlreadyExists
from store.ids import new_id

KEPT = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Note:
    """What somebody is to be told. The same `key` reaches the same person once, however often it is told."""

    user_id: str
    kind: Kind
    key: str
    by: str | None = None
    """User who caused it, None for the system."""
    about: About | None = None
    fields: dict[str, str] = field(default_factory=dict)
    """Small strings that the words of its kind use: `title`, `code`, `username`, …"""


class Notifier:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def tell(self, note: Note) -> Notification | None:
        """Tell somebody something, once; None where they know. Raises `store.errors.Unavailable`."""
        now_ms = self._clock.now_ms()
        notification = Notification(
            id=new_id(now_ms),
            user_id=note.user_id,
            key=note.key,
            kind=note.kind,
            by=note.by,
            about=note.about,
            fields=note.fields,
            created_at=utc(now_ms),
            expires_at=utc(now_ms) + KEPT,
        )
        try:
            await self._store.notifications.add(notification)
        except AlreadyExists:
            return None
        return notification
