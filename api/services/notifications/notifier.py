"""Telling people things: the one door by which every part of the house does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec import structs

from api.services.notifications.planner import Planner
from api.services.notifications.preferences import Preferences, ways_of
from conf.clock import Clock, utc
from store.database import Store
from store.documents import About, Notification
from store.documents.notifications import Kind
from store.errors import AlreadyExists
from store.ids import new_id

KEPT = timedelta(days=90)
LONGEST_FIELD = 1000


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
    """Small strings that the words of its kind use: `title` and `code` of a party, `username` of who caused it (found
    by `by` where it is not given), …"""


class Notifier:
    def __init__(self, *, store: Store, preferences: Preferences, planner: Planner, clock: Clock) -> None:
        self._store = store
        self._preferences = preferences
        self._planner = planner
        self._clock = clock
        self.told: Callable[[Notification], None] = lambda _notification: None
        """Called with each new notification: who is connected hears of it, and the deliverer looks at once."""

    async def tell(self, note: Note) -> Notification | None:
        """Tell somebody something, once; None where they know, or one of the two blocks the other.

        Raises `store.errors.Unavailable`. When it returns, the notification and its deliveries are stored. Told again after a failure, it is completed.
        """
        if await self._blocked(note):
            return None
        chosen = await self._preferences.of(note.user_id)
        now_ms = self._clock.now_ms()
        notification = Notification(
            id=new_id(now_ms),
            user_id=note.user_id,
            key=note.key,
            kind=note.kind,
            by=note.by,
            about=note.about,
            fields=await self._fields(note),
            shown=ways_of(chosen, note.kind).in_app,
            created_at=utc(now_ms),
            expires_at=utc(now_ms) + KEPT,
        )
        leaves = await self._planner.leaves(notification, chosen)
        try:
            await self._store.notifications.add(structs.replace(notification, planned=not leaves))
        except AlreadyExists:
            return None
        try:
            if leaves:
                await self._planner.plan(notification, chosen)
        finally:
            self.told(notification)
        return notification

    async def _blocked(self, note: Note) -> bool:
        if note.by is None:
            return False
        return any(kind == "block" for kind, _by in await self._store.relations.between(note.user_id, note.by))

    async def _fields(self, note: Note) -> dict[str, str]:
        fields = {name: value[:LONGEST_FIELD] for name, value in note.fields.items()}
        if note.by is not None and "username" not in fields:
            author = await self._store.users.by_id(note.by)
            if author is not None:
                fields["username"] = author.username
        return fields
