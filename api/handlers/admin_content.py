"""Parties, videos and messages, for staff."""

from api.ask import Ask, Nothing
from api.schemas.admin_content import Removal, StaffPartyQuery, StaffVideoQuery
from api.schemas.parties import PartyList
from api.schemas.videos import VideoList
from store.documents import User


async def parties(ask: Ask[Nothing, StaffPartyQuery, User]) -> PartyList:
    query, content = ask.query, ask.services.admin.content
    page = await content.parties(query.status, query.host_id, limit=query.limit, cursor=query.cursor)
    return PartyList(items=ask.services.parties.views(page.items), next=page.next)


async def remove_party(ask: Ask[Nothing, Removal, User]) -> None:
    await ask.services.admin.content.remove_party(ask.subject, ask.path["party_id"])


async def videos(ask: Ask[Nothing, StaffVideoQuery, User]) -> VideoList:
    query, content = ask.query, ask.services.admin.content
    page = await content.videos(query.status, query.uploader_id, limit=query.limit, cursor=query.cursor)
    return VideoList(items=[ask.services.videos.view(video) for video in page.items], next=page.next)


async def remove_video(ask: Ask[Nothing, Removal, User]) -> None:
    await ask.services.admin.content.remove_video(ask.path["video_id"])


async def remove_message(ask: Ask[Nothing, Removal, User]) -> None:
    content = ask.services.admin.content
    await content.remove_message(ask.path["party_id"], ask.path["message_id"], ask.query.reason)
