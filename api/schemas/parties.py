from collections.abc import Callable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from api.schemas.fields import Body, Description, Id, PageQuery, Title, View
from realtime.blocks import Blocks, hide
from realtime.party.bounds import Emotes, Minutes, Password, Reason
from realtime.party.chat import Message
from realtime.party.commands import CLIENT_COMMANDS, Command
from realtime.party.state import Settings
from store.parties import Filter

Visibility = Literal["public", "unlisted", "private"]
Status = Literal["scheduled", "lobby", "live", "ended"]
Seq = Annotated[int, Meta(ge=0, le=2**53)]


class NewParty(Body, kw_only=True, frozen=True):
    title: Title
    description: Description = ""
    video_id: Id | None = None
    visibility: Visibility = "unlisted"
    password: Password | None = None
    scheduled_for: Annotated[datetime, Meta(tz=True)] | None = None
    settings: Settings = Settings()


class SettingsChanges(Body, kw_only=True, frozen=True):
    """Settings that are left out stay as they are."""

    control: Literal["host", "cohosts", "everyone"] | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    chat: bool | UnsetType = UNSET
    reactions: bool | UnsetType = UNSET
    slow_mode_s: Annotated[int, Meta(ge=0, le=3600)] | UnsetType = UNSET
    max_members: Annotated[int, Meta(ge=1, le=100_000)] | UnsetType = UNSET
    wait: Literal["off", "majority", "all"] | UnsetType = UNSET
    approval: Literal["off", "guests", "everyone"] | UnsetType = UNSET
    emotes: Emotes | UnsetType = UNSET
    permissions: (
        dict[
            Literal["control", "queue", "chat", "react", "vote"],
            Literal["host", "cohost", "moderator", "member", "guest"],
        ]
        | UnsetType
    ) = UNSET


class PartyChanges(Body, kw_only=True, frozen=True):
    title: Title | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    password: Password | UnsetType | None = UNSET
    """Null opens the party."""
    video_id: Id | UnsetType = UNSET
    scheduled_for: Annotated[datetime, Meta(tz=True)] | UnsetType | None = UNSET
    """While it has not begun. Null takes the time back. Whoever is expected is reminded of the new one."""
    settings: SettingsChanges | UnsetType = UNSET


class NewQueueItem(Body, kw_only=True, frozen=True):
    video_id: Id


class QueueItemChange(Body, kw_only=True, frozen=True):
    """One of the two."""

    to: Annotated[int, Meta(ge=0, le=1_000_000)] | UnsetType = UNSET
    """Its place from now on; beyond the end is the end."""
    vote: bool | UnsetType = UNSET
    """Whether you are for it."""


class MemberChange(Body, kw_only=True, frozen=True):
    """A role; or whether they are muted, with its reason."""

    role: Literal["cohost", "moderator", "member"] | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    minutes: Minutes | None = None
    """Of a mute; without it, until somebody ends it."""
    reason: Reason | None = None


class PutOutQuery(Body, kw_only=True, frozen=True):
    ban: bool = False
    """Keep them out for good, or for `minutes`."""
    minutes: Minutes | None = None
    reason: Reason | None = None


class PartyListQuery(PageQuery, kw_only=True, frozen=True):
    filter: Filter = "public"
    host_id: Id | None = None
    """Only those that this user hosts."""


class MembersQuery(Body, kw_only=True, frozen=True):
    ids: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    """Only these members, with commas between, 100 at most."""


class Entering(Body, kw_only=True, frozen=True):
    password: Password | None = None


class LogQuery(Body, kw_only=True, frozen=True):
    after: Seq = 0
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ReplayQuery(Body, kw_only=True, frozen=True):
    after: Annotated[str, Meta(pattern=r"^\d{1,16}(-\d{1,16})?$(?!\n)")] = "0"
    """The `next` of the page before; or a seq."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ChatQuery(Body, kw_only=True, frozen=True):
    before: Id | None = None
    """A message's id; without it the newest come."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class PartyView(View, kw_only=True, frozen=True):
    id: str
    code: str
    title: str
    description: str
    host_id: str
    video_id: str | None = None
    status: Status
    visibility: Visibility
    has_password: bool
    scheduled_for: datetime | None = None
    settings: Settings
    members_count: int
    """People who have entered and have not left."""
    connected_count: int
    """Those of them with an open connection now."""
    seq: int
    """Of the newest change that this shows."""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None


class PartyList(View, kw_only=True, frozen=True):
    items: list[PartyView]
    next: str | None


class Done(View, kw_only=True, frozen=True):
    """A command had its effect; `seq` is the party's then."""

    seq: int


class QueueItemView(View, kw_only=True, frozen=True):
    id: str
    video_id: str
    title: str
    duration_ms: int | None = None
    added_by: str | None = None
    """Member who added it."""
    votes: int


class QueueView(View, kw_only=True, frozen=True):
    items: list[QueueItemView]
    """What comes next first."""
    next: None = None


class MemberView(View, kw_only=True, frozen=True):
    id: str
    user_id: str | None
    """Null for guests."""
    name: str
    username: str | None = None
    """Under which an account's profile is found."""
    avatar_url: str | None = None
    """Where everybody may see their picture."""
    role: Literal["host", "cohost", "moderator", "member", "guest"]
    connected: bool
    joined_at: datetime


class MemberList(View, kw_only=True, frozen=True):
    items: list[MemberView]
    next: None = None


class LogPage(View, kw_only=True, frozen=True):
    items: list[dict[str, Any]]
    """Event frames of `matinee.v1`, in order of their seq."""
    next: str | None
    """`after` of the page that follows; null at the end."""


class ReplayPage(View, kw_only=True, frozen=True):
    items: list[dict[str, Any]]
    """Event frames of `matinee.v1`, in order of their seq."""
    reactions: list[tuple[int, str, int]]
    """Reactions to the film in the time of these items: the second in which they came (`at_ms`), with what, and how often."""
    next: str | None
    """`after` of the page that follows; null at the end."""


class ChatMessage(Message, kw_only=True, frozen=True):
    hidden: bool = False
    """True where the caller blocks its author: its words are left out."""


class ChatPage(View, kw_only=True, frozen=True):
    items: list[ChatMessage]
    """The newest last."""
    next: str | None
    """`before` of the page of older messages; null at the beginning."""


def shown_message(message: Message, blocks: Blocks) -> ChatMessage:
    """Show a message to somebody with these blocks."""
    fields = hide(message) if message.member_id in blocks.blocked else msgspec.structs.asdict(message)
    return ChatMessage(**fields)


def _as_body(kind: type[Command]) -> type[msgspec.Struct]:
    """Make the body of a command: its own fields, with its type under `command` instead of `t`."""
    fields: list[tuple[str, Any, Any]] = [
        (field.name, field.type, msgspec.NODEFAULT if field.required else field.default)
        for field in msgspec.structs.fields(kind)
        if field.name != "command_id"
    ]
    return msgspec.defstruct(
        f"Control{kind.__name__}",
        fields,
        tag_field="command",
        tag=str(kind.__struct_config__.tag),
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
        namespace={"kind": kind},
        module=__name__,
    )


if TYPE_CHECKING:
    Control = Any
else:
    _bodies: list[type[msgspec.Struct]] = [_as_body(kind) for kind in CLIENT_COMMANDS]
    Control = reduce(or_, _bodies)
    """The body of `POST /parties/{id}/control`: any command of the websocket protocol."""


def command_of(body: Any) -> Command:
    """Turn a control body back into the command that it was made from."""
    make: Callable[..., Command] = body.kind
    return make(**{name: getattr(body, name) for name in body.__struct_fields__})
