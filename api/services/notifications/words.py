"""What each kind of notification says: a sentence for the app and for pushes, and a plainer one for mails.

A mail holds nothing that somebody else wrote but a username: a title could be an advertisement, which anybody might
then have sent to anybody from our address.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from store.documents import Notification

Event = Literal["new_sign_in", "password_changed", "session_stolen", "warned"]


@dataclass(frozen=True)
class Wording:
    """`subject` heads a mail or a push; `said` and `plain` name the fields in braces."""

    subject: str
    said: str
    plain: str


WORDS: dict[str, Wording] = {
    "invited": Wording(
        "You are invited to a watch party",
        "{username} invites you to {title}.",
        "{username} invites you to a watch party.",
    ),
    "party_starting": Wording(
        "A watch party starts soon",
        "{title}: {when}.",
        "A watch party that you are expected at: {when}.",
    ),
    "party_started": Wording(
        "A watch party has started",
        "{title} by {username} has started.",
        "{username} has started a watch party.",
    ),
    "mentioned": Wording(
        "Somebody mentioned you",
        "{username} mentioned you in {title}.",
        "{username} mentioned you in the chat of a watch party.",
    ),
    "replied": Wording(
        "Somebody replied to you",
        "{username} replied to you in {title}.",
        "{username} replied to you in the chat of a watch party.",
    ),
    "followed": Wording("Somebody follows you", "{username} follows you.", "{username} follows you."),
    "report_resolved": Wording(
        "Your report was looked at",
        "What you reported was looked at. Thank you.",
        "What you reported was looked at. Thank you.",
    ),
    "announcement": Wording("News from the people who run this place", "{text}", "{text}"),
    "warned": Wording(
        "A warning about your account",
        "Something of yours was reported and looked at. Please keep to the rules of this server.",
        "Something of yours was reported, and the staff of this server looked at it. Please keep to its rules: accounts "
        "that do not are suspended.",
    ),
    "new_sign_in": Wording(
        "A new sign-in to your account",
        "Somebody signed in to your account with {device}. If it was not you, change your password.",
        "Somebody signed in to your account, from a device that was not seen before. If it was you, there is nothing to "
        "do. If it was not, change your password at once.",
    ),
    "password_changed": Wording(
        "Your password was changed",
        "Your password was changed. If it was not you, choose a new one at once.",
        "The password of your account was changed. If it was not you, choose a new one at once.",
    ),
    "session_stolen": Wording(
        "A session of yours was ended",
        "One of your sessions was used from two places and was ended. Sign in again, and change your password.",
        "One of your sessions was used from two places at once, as it is when somebody has copied it. It was ended. Sign "
        "in again, and change your password.",
    ),
}

UTC = ZoneInfo("UTC")
MISSING = {"username": "Somebody", "title": "a watch party", "when": "soon", "device": "a new device"}

_PLAIN = frozenset({"username", "text"})
"""What a mail may hold: `text` is written by staff."""


class _Fields(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return MISSING.get(name, "")


def wording(notification: Notification) -> Wording:
    """Return the words of a notification. A security event that this version does not know is a sign-in."""
    return WORDS[mail_kind(notification)]


def mail_kind(notification: Notification) -> str:
    """Name the kind of mail that says it."""
    if notification.kind != "security":
        return notification.kind
    event = notification.fields.get("event", "")
    return event if event in WORDS else "new_sign_in"


def said(notification: Notification, zone: ZoneInfo = UTC) -> str:
    """Say it as the app and pushes show it, with times of a zone."""
    fields = {**notification.fields, **_when(notification, zone)}
    words = wording(notification).said.format_map(_Fields(fields))
    return words[:1].upper() + words[1:]


def plainly(notification: Notification, zone: ZoneInfo = UTC) -> str:
    """Say it as a mail does."""
    fields = {name: value for name, value in notification.fields.items() if name in _PLAIN}
    return wording(notification).plain.format_map(_Fields({**fields, **_when(notification, zone)}))


def path(notification: Notification) -> str:
    """Name the page that a notification leads to, as a path of our own address."""
    code, invite = notification.fields.get("code", ""), notification.fields.get("invite", "")
    if code.isascii() and code.isalnum():
        return f"/p/{code}#invite={invite}" if invite.isascii() and invite.isalnum() else f"/p/{code}"
    if notification.kind == "followed" and (username := notification.fields.get("username")):
        return f"/u/{quote(username, safe='')}"
    warned = notification.fields.get("event") == "warned"
    return "/me#sign-in" if notification.kind == "security" and not warned else "/"


def _when(notification: Notification, zone: ZoneInfo) -> dict[str, str]:
    """Write the moment of `scheduled_for`, where there is one, by the wall clock of a zone."""
    try:
        moment = datetime.fromisoformat(notification.fields["scheduled_for"]).astimezone(zone)
    except (KeyError, ValueError):
        return {}
    return {"when": f"{moment:%A, %d %B %Y, at %H:%M} ({zone.key})"}
