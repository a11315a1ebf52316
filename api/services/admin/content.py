"""Parties, videos and messages in the hands of staff."""

from api.problems import Problem, invalid, not_found
from api.services.moderation import Moderation
from api.services.parties import Parties
from api.services.videos import Videos
from store.database import Store
from store.documents import Party, Report, User, Video
from store.pages import Page


class Content:
    def __init__(self, *, store: Store, parties: Parties, videos: Videos, moderation: Moderation) -> None:
        self._store = store
        self._parties = parties
        self._videos = videos
        self._moderation = moderation

    async def parties(self, status: str | None, host_id: str | None, *, limit: int, cursor: str | None) -> Page[Party]:
        return await self._store.parties.all(status, host_id, limit=limit, cursor=cursor)

    async def videos(
        self, status: str | None, uploader_id: str | None, *, limit: int, cursor: str | None
    ) -> Page[Video]:
        return await self._store.videos.all(status, uploader_id, limit=limit, cursor=cursor)

    async def remove_party(self, by: User, party_id: str) -> None:
        """End a party, which closes its sockets, and take it off all lists. Raises `Problem("not_found")`."""
        party = await self._store.parties.by_id(party_id)
        if party is None:
            raise not_found("party")
        await self._parties.delete(by, party)

    async def remove_video(self, video_id: str) -> None:
        """Take a video down; its file is removed. Raises `Problem("not_found")`."""
        video = await self._store.videos.by_id(video_id)
        if video is None:
            raise not_found("video")
        await self._videos.delete(video)

    async def remove_message(self, party_id: str, message_id: str, reason: str) -> None:
        await self._moderation.remove_message(party_id, message_id, reason)

    async def remove_reported(self, by: User, report: Report, reason: str) -> None:
        """Remove what was reported; gone already is as good. Raises `Problem("invalid")` for a person."""
        try:
            match report.kind:
                case "party":
                    await self.remove_party(by, report.subject_id)
                case "video":
                    await self.remove_video(report.subject_id)
                case "message":
                    await self.remove_message(report.party_id or "", report.subject_id, reason[:500])
                case "user":
                    raise invalid("$.measure", "A person is no content: suspend or ban them.")
        except Problem as problem:
            if problem.code != "not_found":
                raise
