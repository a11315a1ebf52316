"""The pictures of people."""

from typing import Any

from api.ask import Ask, FileReply, Nothing
from api.problems import not_found
from api.schemas.users import AvatarQuery, UserView, own_view
from api.services.avatars import Picture
from api.services.pictures import CONTENT_TYPE
from store.documents import User


async def open_picture(ask: Ask[Any, Nothing, User]) -> Picture:
    return ask.services.avatars.begin(ask.headers)


async def put(ask: Ask[Picture, Nothing, User]) -> UserView:
    return own_view(await ask.services.avatars.put(ask.subject, bytes(ask.body.raw)))


async def remove(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.avatars.remove(ask.subject)


async def show(ask: Ask[Nothing, AvatarQuery, User]) -> FileReply:
    """Send a picture, to whom its owner's privacy lets see it."""
    person = ask.subject
    path = ask.services.avatars.path(person.id)
    size = await ask.services.files.size(path)
    if person.profile.avatar is None or not size or not await ask.services.people.shows_avatar(person, ask.caller):
        raise not_found("picture")
    etag = f'"{person.profile.avatar}"'
    audience = "public" if person.profile.privacy == "public" and ask.caller.user_id is None else "private"
    headers = {
        "Content-Type": CONTENT_TYPE,
        "ETag": etag,
        "Cache-Control": f"{audience}, max-age=3600",
        "Vary": "Authorization",
        "Content-Disposition": "inline",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    known = [tag.strip().removeprefix("W/") for tag in ask.headers.get("If-None-Match", "").split(",")]
    if etag in known:
        return FileReply(file=path, start=0, stop=0, status=304, headers=headers)
    return FileReply(file=path, start=0, stop=size, status=200, headers=headers)
