from api.ask import Ask, Nothing, Reply
from api.preconditions import expected_revision
from api.schemas.videos import NewVideo, VideoChanges, VideoList, VideoListQuery, VideoQuery, VideoView
from api.services.all import Services
from store.documents import User, Video


async def index(ask: Ask[Nothing, VideoListQuery, None]) -> VideoList:
    page = await ask.services.videos.page(ask.caller, ask.query)
    return VideoList(items=[ask.services.videos.view(video) for video in page.items], next=page.next)


async def create(ask: Ask[NewVideo, Nothing, User]) -> Reply[VideoView]:
    video = await ask.services.videos.create(ask.caller, ask.body)
    reply = shown(ask.services, video)
    return Reply(body=reply.body, headers={**reply.headers, "Location": f"/api/v1/videos/{video.id}"})


async def show(ask: Ask[Nothing, VideoQuery, Video]) -> Reply[VideoView]:
    return shown(ask.services, ask.subject)


async def change(ask: Ask[VideoChanges, Nothing, Video]) -> Reply[VideoView]:
    video = await ask.services.videos.change(ask.subject, ask.body, expected_revision(ask.headers))
    return shown(ask.services, video)


async def delete(ask: Ask[Nothing, Nothing, Video]) -> None:
    await ask.services.videos.delete(ask.subject)


def shown(services: Services, video: Video) -> Reply[VideoView]:
    """Show a video with the tag that `If-None-Match` and `If-Match` go by."""
    return Reply(
        body=services.videos.view(video),
        headers={"ETag": services.videos.etag(video), "Cache-Control": "private, no-cache"},
    )
