"""Frames of a person's own socket, `/ws/me`."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from store.documents.notifications import Kind


class PersonalFrame(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Base of what only this socket carries."""


class Yourself(Struct, frozen=True, kw_only=True):
    user_id: str
    name: str


class PersonalWelcome(PersonalFrame, frozen=True, kw_only=True, tag="welcome"):
    """You are known; so many `missed` notifications follow."""

    id: str | UnsetType = UNSET
    you: Yourself
    unread: int
    missed: int
    now_ms: float
    heartbeat_ms: int


class About(Struct, frozen=True, kw_only=True):
    """What a notification is about."""

    kind: str
    id: str


class ShownNotification(Struct, frozen=True, kw_only=True):
    """The same as REST gives: what is not so is left out."""

    id: str
    kind: Kind
    text: str
    by: str | UnsetType = UNSET
    about: About | UnsetType = UNSET
    fields: dict[str, str]
    path: str
    created_at: datetime
    read_at: datetime | UnsetType = UNSET


class NotificationFrame(PersonalFrame, frozen=True, kw_only=True, tag="notification"):
    """You are told something; the same id never comes twice on one connection."""

    notification: ShownNotification


class UnreadFrame(PersonalFrame, frozen=True, kw_only=True, tag="unread"):
    """How many notifications you have not read."""

    count: int
