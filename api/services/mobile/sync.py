"""Incremental sync: what changed of somebody's parties, videos, notifications and relations since a cursor.

Theory. Each document carries the moment of its last change and each deletion leaves a trace with one, on the cluster's own
line of time (`store/tracked.py`). A scan reads all places after the cursor's, up to the newest there is when it begins,
in order, page by page. What changes meanwhile has a later place and belongs to the next scan.

Changes become visible in that order, but for those that were under way at the same time; so a scan begins `OVERLAP_SECONDS`
before the newest place that the last one saw. That is counted from a change that was seen and not from a clock: a
majority that lags by an hour delays everything alike, and nothing is passed over. What is read twice is harmless, as
an item says how a thing is now, not what was done to it.
"""

import zlib
from collections.abc import Sequence

import msgspec

from api.ask import Caller
from api.problems import Problem
from api.schemas.mobile import RelationView, SyncItem, SyncPage
from api.services.blocking import Blocking
from api.services.notifications.inbox import view as notification_view
from api.services.parties import Parties
from api.services.videos import Videos
from conf.clock import Clock
from store.changes import Change, Kind, place_of_seconds, seconds_of_place
from store.database import Store
from store.documents import Document, Notification, Party, Relation, User, Video
from store.errors import BadCursor
from store.pages import from_cursor, to_cursor
from store.tracked import KEPT

OVERLAP_SECONDS = 60
"""How much longer than another write one may take between its moment and its place in the oplog: usually a millisecond."""
IDLE_SECONDS = 86_400
"""A cursor that saw nothing new still moves on to a day ago, or somebody to whom nothing happens would run out of time."""
OLDEST_SECONDS = KEPT.total_seconds() - IDLE_SECONDS
"""What was deleted before that may be forgotten."""
NAMES: dict[Kind, str] = {
    "parties": "party",
    "videos": "video",
    "notifications": "notification",
    "relations": "relation",
}


class Place(msgspec.Struct, array_like=True, frozen=True):
    """A cursor: between two scans (`upto` is 0), or within one."""

    user: int
    seen: int
    """Newest place of the last whole scan; 0 asks for everything."""
    upto: int = 0
    at: int = 0
    kind: Kind = "parties"
    id: str = ""


class Sync:
    def __init__(
        self,
        *,
        store: Store,
        blocking: Blocking,
        parties: Parties,
        videos: Videos,
        clock: Clock,
        overlap_seconds: int = OVERLAP_SECONDS,
    ) -> None:
        self._store = store
        self._blocking = blocking
        self._parties = parties
        self._videos = videos
        self._clock = clock
        self._overlap = overlap_seconds << 32

    async def page(self, user: User, since: str | None, limit: int) -> SyncPage:
        """Read on from a cursor; without one, everything from the beginning.

        Raises `Problem("full_sync_required")` for a cursor that is too old, and `BadCursor`.
        """
        place = self._place(user, since)
        changes = await self._store.changes.since(user.id, max(0, place.seen - self._overlap))
        if place.upto:
            after = (place.at, place.kind, place.id)
            changes = [one for one in changes if after < (one.at, one.kind, one.id) and one.at <= place.upto]
            upto = place.upto
        else:
            upto = max([place.seen, *(one.at for one in changes)])
        shown = changes[:limit]
        more = len(changes) > limit
        if more:
            last = shown[-1]
            following = Place(place.user, place.seen, max(upto, 1), last.at, last.kind, last.id)
        else:
            idle = place_of_seconds(self._clock.now_ms() / 1000 - IDLE_SECONDS)
            following = Place(place.user, max(upto, idle))
        items = await self._items(user, shown)
        return SyncPage(items=items, next=to_cursor(following), more=more, full=place.seen == 0)

    def _place(self, user: User, since: str | None) -> Place:
        owner = zlib.crc32(user.id.encode())
        if since is None:
            return Place(owner, 0)
        place = from_cursor(since, Place)
        if place.user != owner or min(place.seen, place.upto, place.at) < 0 or max(place.seen, place.upto) >= 1 << 63:
            raise BadCursor("the cursor is somebody else's")
        if place.seen and seconds_of_place(place.seen) < self._clock.now_ms() / 1000 - OLDEST_SECONDS:
            raise Problem("full_sync_required")
        return place

    async def _items(self, user: User, changes: Sequence[Change]) -> list[SyncItem]:
        """Show each thing as it is at this moment: one whose deletion was begun may still be there."""
        unseen = await self._blocking.unseen(Caller(user=user))
        there = await self._store.changes.documents(user.id, changes, unseen=unseen)
        return [self._item(user, change, there.get((change.kind, change.id))) for change in changes]

    def _item(self, user: User, change: Change, document: Document | None) -> SyncItem:
        item = SyncItem(kind=NAMES[change.kind], id=change.id, gone=document is None)
        match document:
            case Party():
                return msgspec.structs.replace(item, party=self._parties.view(document))
            case Video():
                return msgspec.structs.replace(item, video=self._videos.view(document))
            case Notification():
                return msgspec.structs.replace(item, notification=notification_view(document, user))
            case Relation():
                shown = RelationView(kind=document.kind, user_id=document.to_id, created_at=document.created_at)
                return msgspec.structs.replace(item, relation=shown)
            case _:
                return item
