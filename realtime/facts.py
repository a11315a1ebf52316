"""Facts from outside that a command may need: here, what a video is."""

from typing import Protocol

from realtime.blocks import Blocking
from realtime.party.refused import Refused
from realtime.party.state import Video
from store.documents import Video as StoredVideo

READY_AGAIN_MS = 5_000


class Facts(Protocol):
    async def video(self, video_id: str, user_id: str | None) -> Video | None:
        """Find a video that `user_id` may watch; None where there is none.

        Raises `Refused("not_ready")` while it is being uploaded or looked into, and `store.errors.Unavailable`.
        """
        ...


class VisibleVideos(Protocol):
    """The part of the store's videos that is used here."""

    async def visible(self, video_id: str, user_id: str | None) -> StoredVideo | None: ...


class StoredFacts:
    """Facts as the store has them."""

    def __init__(self, videos: VisibleVideos, blocking: Blocking) -> None:
        self._videos = videos
        self._blocking = blocking

    async def video(self, video_id: str, user_id: str | None) -> Video | None:
        found = await self._videos.visible(video_id, user_id)
        if found is not None and await self._hidden(found, user_id):
            return None
        if found is not None and found.status != "ready":
            raise Refused(
                "not_ready", "The video is not ready to be played.", path="video_id", retry_after_ms=READY_AGAIN_MS
            )
        return None if found is None else shown(found)

    async def _hidden(self, video: StoredVideo, user_id: str | None) -> bool:
        return user_id is not None and video.uploader_id in (await self._blocking.of(user_id)).blocked_by


def shown(video: StoredVideo) -> Video:
    """Reduce a stored video to what a party knows of it."""
    return Video(
        id=video.id,
        title=video.title,
        source=video.source,
        duration_ms=video.duration_ms,
        stream_url=f"/api/v1/videos/{video.id}/stream",
        uploader_id=video.uploader_id,
    )
