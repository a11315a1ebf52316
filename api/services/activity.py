"""What somebody did, from the documents that are left of it: parties, videos, follows. Newest first."""

import base64
import binascii

import msgspec

from api.ask import Caller
from api.schemas.fields import PageQuery
from api.schemas.users import ActivityList, ActivityView
from api.services.blocking import Blocking
from conf.clock import to_ms, utc
from store.database import Store
from store.documents import User
from store.errors import BadCursor
from store.ids import first_id, made_at_ms

END_MS = 253_402_300_799_000
"""The last second of the year 9999, which is where datetimes end."""
FOLLOWED, ADDED, ENTERED = 0, 1, 2
"""Ranks of the sources: which comes first of what was done in the same millisecond."""


class _Place(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Where an item stands: by its time, its source and its id."""

    at_ms: int
    rank: int
    id: str


class Activity:
    def __init__(self, *, store: Store, blocking: Blocking) -> None:
        self._store = store
        self._blocking = blocking

    async def page(self, user: User, query: PageQuery) -> ActivityList:
        """List what `user` did. Raises `BadCursor`."""
        before = _decode(query.cursor) if query.cursor else None
        found = [
            *await self._follows(user, before, query.limit + 1),
            *await self._videos(user, before, query.limit + 1),
            *await self._parties(user, before, query.limit + 1),
        ]
        found.sort(key=lambda pair: pair[0], reverse=True)
        shown = found[: query.limit]
        following = _encode(shown[-1][0]) if len(found) > query.limit else None
        return ActivityList(items=[view for _, view in shown], next=following)

    async def _follows(self, user: User, before: _Place | None, limit: int) -> list[tuple[_Place, ActivityView]]:
        upto_ms, below = _bound(before, FOLLOWED)
        relations = await self._store.relations.followed_before(user.id, utc(upto_ms), below, limit)
        people = await self._store.users.by_ids([relation.to_id for relation in relations])
        names = {person.id: person.username for person in people}
        return [
            (
                _Place(to_ms(relation.created_at), FOLLOWED, relation.id),
                ActivityView(
                    kind="followed",
                    at=relation.created_at,
                    id=relation.to_id,
                    title=names.get(relation.to_id, ""),
                ),
            )
            for relation in relations
        ]

    async def _videos(self, user: User, before: _Place | None, limit: int) -> list[tuple[_Place, ActivityView]]:
        videos = await self._store.videos.added_before(user.id, _below_id(before, ADDED), limit)
        return [
            (
                _Place(made_at_ms(video.id), ADDED, video.id),
                ActivityView(kind="video_added", at=video.created_at, id=video.id, title=video.title),
            )
            for video in videos
        ]

    async def _parties(self, user: User, before: _Place | None, limit: int) -> list[tuple[_Place, ActivityView]]:
        unseen = await self._blocking.unseen(Caller(user=user))
        parties = await self._store.parties.entered_before(user.id, _below_id(before, ENTERED), limit, unseen=unseen)
        return [
            (
                _Place(made_at_ms(party.id), ENTERED, party.id),
                ActivityView(
                    kind="party_hosted" if user.id in {party.host_id, party.creator_id} else "party_joined",
                    at=party.created_at,
                    id=party.id,
                    title=party.title,
                ),
            )
            for party in parties
        ]


def _bound(before: _Place | None, rank: int) -> tuple[int, str]:
    """Say up to which time (not included) a source goes on, and at that time below which id."""
    if before is None:
        return END_MS, ""
    if rank == before.rank:
        return before.at_ms, before.id
    return (before.at_ms + 1 if rank < before.rank else before.at_ms), ""


def _below_id(before: _Place | None, rank: int) -> str:
    at_ms, below = _bound(before, rank)
    return below or first_id(at_ms)


def _encode(place: _Place) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def _decode(cursor: str) -> _Place:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = msgspec.msgpack.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=_Place)
    except (UnicodeEncodeError, binascii.Error, msgspec.MsgspecError) as error:
        raise BadCursor("the cursor is not one of ours") from error
    if not 0 <= place.at_ms < END_MS:
        raise BadCursor("the cursor is not one of ours")
    return place
