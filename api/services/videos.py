"""Videos: who may see them, what is told of them, and their changes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import UNSET

from api.ask import Caller
from api.problems import Problem, invalid, not_found
from api.schemas.videos import NewVideo, VideoChanges, VideoListQuery, VideoView
from api.services.analytics import note
from api.services.blocking import Blocking
from api.services.signatures import StreamSignatures
from api.services.text import clean_line, clean_text
from api.services.uploads import Uploads
from conf.clock import Clock, utc
from realtime.engine import Engine, NoSuchParty
from realtime.party.state import PartyState
from realtime.sessions import Sessions as Seats
from store.database import Store
from store.documents import Video
from store.ids import new_id
from store.pages import Page

SEAT = "X-Matinee-Session"
"""The header line in which somebody shows their session of a party: guests have nothing else."""


class Videos:
    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        seats: Seats,
        blocking: Blocking,
        uploads: Uploads,
        signatures: StreamSignatures,
        clock: Clock,
    ) -> None:
        self._store = store
        self._engine = engine
        self._seats = seats
        self._blocking = blocking
        self._uploads = uploads
        self._signatures = signatures
        self._clock = clock

    async def visible(
        self, video_id: str, caller: Caller, *, party_id: str | None = None, seat: str | None = None
    ) -> Video:
        """Find a video that the caller may see: public or unlisted, their own, or the one of a party they entered.

        `seat` is the session that a party's `welcome` gave them.
        Raises `Problem("not_found")` alike for what is hidden and what is not there.
        """
        video = await self._store.videos.visible(video_id, caller.user_id, recent=True)
        if video is None and (caller.staff or await self._shown_in(party_id, video_id, caller, seat)):
            video = await self._store.videos.by_id(video_id, recent=True)
        if video is None or await self._blocking.hides(video.uploader_id, caller):
            raise not_found("video")
        return video

    async def playable(self, video_id: str, caller: Caller, *, expires: str | None, signature: str | None) -> Video:
        """Find a video that the caller may see, or for which the address was signed."""
        if self._signatures.opens(video_id, expires, signature):
            video = await self._store.videos.by_id(video_id, recent=True)
            if video is not None and not await self._blocking.hides(video.uploader_id, caller):
                return video
        return await self.visible(video_id, caller)

    async def uploaded_by(self, video_id: str, caller: Caller) -> Video:
        video = await self._store.videos.by_id(video_id)
        if video is None or not (caller.staff or video.uploader_id == caller.user_id):
            raise not_found("video")
        return video

    async def page(self, caller: Caller, query: VideoListQuery) -> Page[Video]:
        uploader_id = query.uploader_id
        if uploader_id == "me":
            if caller.user_id is None:
                raise Problem("unauthenticated")
            uploader_id = caller.user_id
        unseen = await self._blocking.unseen(caller)
        return await self._store.videos.page(
            caller.user_id, uploader_id, unseen=unseen, limit=query.limit, cursor=query.cursor
        )

    async def create(self, caller: Caller, asked: NewVideo) -> Video:
        """Make a video: one of source `url` is ready at once, an upload waits for its content."""
        assert caller.user_id is not None  # the route asks for a user
        if (asked.source == "url") != (asked.url is not None):
            raise invalid("$.url", "A video of source `url` needs a url, and no other has one.")
        now_ms = self._clock.now_ms()
        video = Video(
            id=new_id(now_ms),
            title=clean_line(asked.title, "$.title"),
            description=clean_text(asked.description, "$.description"),
            uploader_id=caller.user_id,
            source=asked.source,
            status="ready" if asked.source == "url" else "uploading",
            visibility=asked.visibility,
            url=None if asked.url is None else _checked_url(asked.url),
            created_at=utc(now_ms),
        )
        await self._store.videos.add(video)
        await self.record("video.added", video)
        if video.status == "ready":
            await self.record("video.ready", video)
        return video

    async def change(self, video: Video, asked: VideoChanges, expected_revision: int | None) -> Video:
        changes: dict[str, Any] = {}
        if asked.title is not UNSET:
            changes["title"] = clean_line(asked.title, "$.title")
        if asked.description is not UNSET:
            changes["description"] = clean_text(asked.description, "$.description")
        if asked.visibility is not UNSET:
            changes["visibility"] = asked.visibility
        return await self._update(video, changes, expected_revision)

    async def delete(self, video: Video) -> None:
        await self._store.videos.delete(video.id)
        await self._uploads.remove(video)
        await self.record("video.deleted", video)

    async def record(self, type_: str, video: Video) -> None:
        """Record what happened to a video, for analytics: as its uploader's, whoever did it."""
        fields = {"duration_ms": video.duration_ms, "width": video.width, "height": video.height}
        await note(self._store, self._clock, type_, user_id=video.uploader_id, video_id=video.id, fields=fields)

    def etag(self, video: Video) -> str:
        """Name this state of a video; that of a private one changes with its signed address too."""
        return f'"{video.revision}-{self._signatures.expires_ms()}"' if _signed(video) else f'"{video.revision}"'

    def view(self, video: Video) -> VideoView:
        uploaded = video.source == "upload" and video.status == "ready"
        signed = f"?{self._signatures.sign(video.id)}" if _signed(video) else ""
        address = f"/api/v1/videos/{video.id}"
        return VideoView(
            id=video.id,
            title=video.title,
            description=video.description,
            uploader_id=video.uploader_id,
            source=video.source,
            status=video.status,
            visibility=video.visibility,
            duration_ms=video.duration_ms,
            width=video.width,
            height=video.height,
            size_bytes=video.size_bytes,
            received_bytes=video.received_bytes,
            failure=video.failure,
            stream_url=f"{address}/stream{signed}" if uploaded else video.url,
            thumbnail_url=f"{address}/thumbnail{signed}" if uploaded else None,
            subtitles=[],
            created_at=video.created_at,
        )

    async def _update(self, video: Video, changes: Mapping[str, Any], expected_revision: int | None) -> Video:
        if expected_revision is not None and expected_revision != video.revision:
            raise Problem("precondition_failed")
        if not changes:
            return video
        changed = await self._store.videos.update(video.id, changes, expected_revision)
        if changed is None:
            raise Problem("precondition_failed") if expected_revision is not None else not_found("video")
        return changed

    async def _shown_in(self, party_id: str | None, video_id: str, caller: Caller, seat: str | None) -> bool:
        """Say whether a party shows the video now, by what the party itself knows: its members ask as soon as they hear of it."""
        if party_id is None or (caller.user_id is None and seat is None):
            return False
        party = await self._store.parties.by_id(party_id)
        if party is None:
            return False
        try:
            state = await self._engine.state(party_id)
        except NoSuchParty:
            return False
        if state.playback.video_id != video_id:
            return False
        entered = {party.host_id, party.creator_id, *party.member_user_ids}
        return caller.user_id in entered or self._sits(state, seat)

    def _sits(self, state: PartyState, seat: str | None) -> bool:
        """Say whether a session is that of somebody who is in the party now."""
        session = self._seats.read(seat) if seat else None
        member = state.members.get(session.user_id or session.guest_id or "") if session else None
        return member is not None and member.present


def _signed(video: Video) -> bool:
    return video.visibility == "private"


def _checked_url(url: str) -> str:
    """Check an address that browsers, not we, will fetch. Raises `Problem("invalid")`."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0  # a bad port raises
    except ValueError:
        fine = False
    if not fine or parts.username or parts.password or any(c.isspace() or not c.isprintable() for c in url):
        raise invalid("$.url", "Give an http or https address without user name and password.")
    return url
