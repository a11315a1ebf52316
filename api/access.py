"""Who may use a route. A rule also fetches the thing that the route is about, so that one cannot be had without the other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from api.ask import Ask
from api.problems import Problem
from api.services.videos import SEAT

Admit = Callable[[Ask[Any, Any, Any]], Awaitable[object]]


@dataclass(frozen=True)
class Access:
    """One rule: whether an access token is read, and who is admitted to what."""

    name: str
    token: Literal["ignored", "optional", "required"]
    admit: Admit
    meaning: str


async def _anybody(_ask: Ask[Any, Any, Any]) -> object:
    return None


async def _user(ask: Ask[Any, Any, Any]) -> object:
    return ask.user


async def _verified(ask: Ask[Any, Any, Any]) -> object:
    if not ask.user.verified:
        raise Problem("forbidden", "Confirm your e-mail address first.")
    return ask.user


async def _staff(ask: Ask[Any, Any, Any]) -> object:
    if not ask.caller.staff:
        raise Problem("forbidden", "Staff only.")
    return ask.user


async def _visible_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.parties.visible(ask.path["party_id"], ask.caller)


async def _entered_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.parties.entered(ask.path["party_id"], ask.caller)


async def _hosted_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.parties.hosted(ask.path["party_id"], ask.caller)


async def _inviting_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.invites.party(ask.path["party_id"], ask.caller)


async def _moderated_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.admin.moderation.moderated(ask.path["party_id"], ask.caller)


async def _measured_party(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.parties.measured(ask.path["party_id"], ask.caller)


async def _visible_person(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.people.visible(ask.path["username"], ask.caller)


async def _named_person(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.people.named(ask.path["username"])


async def _visible_video(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.videos.visible(
        ask.path["video_id"], ask.caller, party_id=ask.query.party_id, seat=ask.headers.get(SEAT)
    )


async def _playable_video(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.videos.playable(
        ask.path["video_id"], ask.caller, expires=ask.query.expires, signature=ask.query.signature
    )


async def _uploaded_video(ask: Ask[Any, Any, Any]) -> object:
    return await ask.services.videos.uploaded_by(ask.path["video_id"], ask.caller)


PUBLIC = Access("public", "ignored", _anybody, "Anybody; an access token is not looked at.")
PUBLIC_OR_USER = Access("public", "optional", _anybody, "Anybody; a signed-in user may see more.")
USER = Access("user", "required", _user, "Any signed-in user.")
VERIFIED = Access("verified", "required", _verified, "A signed-in user whose e-mail address is confirmed.")
STAFF = Access("staff", "required", _staff, "Staff.")

PERSON_VISIBLE = Access(
    "person:visible", "optional", _visible_person, "Anybody, unless one of you blocks the other; else 404."
)
PERSON_VISIBLE_USER = Access(
    "person:visible", "required", _visible_person, "A user, unless one of you blocks the other; else 404."
)
PERSON_NAMED = Access("person:named", "required", _named_person, "A user; blocks do not matter.")

PARTY_VISIBLE = Access("party:visible", "optional", _visible_party, "Whoever may see the party; else 404.")
PARTY_VISIBLE_USER = Access("party:visible", "required", _visible_party, "A user who may see the party; else 404.")
PARTY_ENTERED = Access("party:entered", "required", _entered_party, "Who has entered the party, or staff.")
PARTY_HOST = Access("party:host", "required", _hosted_party, "The party's host or creator, or staff.")
PARTY_INVITER = Access("party:inviter", "required", _inviting_party, "The party's host, creator or a cohost, or staff.")
PARTY_MODERATED = Access(
    "party:moderated", "required", _moderated_party, "The party's host, creator, cohosts and moderators, or staff."
)
PARTY_DASHBOARD = Access(
    "party:dashboard", "required", _measured_party, "The party's host, creator, or staff; else 404."
)
VIDEO_VISIBLE = Access("video:visible", "optional", _visible_video, "Whoever may see the video; else 404.")
VIDEO_PLAYABLE = Access(
    "video:playable", "optional", _playable_video, "Whoever may see the video, or has a signed address of it; else 404."
)
VIDEO_UPLOADER = Access("video:uploader", "required", _uploaded_video, "The video's uploader, or staff; else 404.")
