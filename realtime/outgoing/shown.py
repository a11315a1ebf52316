"""The things that frames show: the party, its members, its messages."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from realtime.party.chat import Message
from realtime.party.playback import Playback
from realtime.party.state import Role, Settings, Status, Visibility

PlayerState = Literal["playing", "paused", "buffering", "idle", "error", "offline"]
"""`offline`: a member without a connection."""


class ShownMember(Struct, frozen=True, kw_only=True):
    """A member, as an event shows them."""

    id: str
    user_id: str | None
    """None for a guest."""
    name: str
    role: Role
    status: PlayerState
    muted: bool | UnsetType = UNSET
    """Given only where it is true."""
    muted_until_ms: int | UnsetType = UNSET
    """When it ends; without it, when somebody ends it."""


class PresentMember(ShownMember, frozen=True, kw_only=True):
    """A member, as the snapshot shows them: with how their player does."""

    drift_ms: float | None
    rtt_ms: float | None


class ShownVideo(Struct, frozen=True, kw_only=True):
    """What a party knows about a video: enough to show it and to know where it ends."""

    id: str
    title: str
    source: str
    duration_ms: int | None
    stream_url: str | None


class ShownItem(Struct, frozen=True, kw_only=True):
    """One entry of the queue."""

    id: str
    video_id: str
    title: str
    source: str
    duration_ms: int | None
    stream_url: str | None
    added_by: str | None
    votes: int


class ShownMessage(Message, frozen=True, kw_only=True):
    """A chat message. `hidden` is true where you block its author: then `body` is empty."""

    hidden: bool | UnsetType = UNSET


class CountedOption(Struct, frozen=True, kw_only=True):
    text: str
    votes: int


class ShownPoll(Struct, frozen=True, kw_only=True):
    """A poll with its counts; who chose what is not told."""

    id: str
    question: str
    options: list[CountedOption]
    multiple: bool
    voters: int
    open: bool
    by: str | None


class ShownWaiting(Struct, frozen=True, kw_only=True):
    """Members whom the party waits for, until `until_ms` at most."""

    members: list[str] = field(name="for")
    until_ms: int | None


class Knock(Struct, frozen=True, kw_only=True):
    """Somebody who waits outside to be let in."""

    id: str
    user_id: str | None
    name: str
    since_ms: float


class Snapshot(Struct, frozen=True, kw_only=True):
    """The party as it stands at `seq`."""

    id: str
    seq: int
    code: str
    title: str
    description: str
    status: Status
    visibility: Visibility
    has_password: bool
    settings: Settings
    host_id: str
    scheduled_for_ms: int | None
    started_ms: int | None
    playback: Playback
    video: ShownVideo | None
    queue: list[ShownItem]
    members: list[PresentMember]
    chat: list[ShownMessage]
    """The newest hundred, the oldest of them first."""
    poll: ShownPoll | None
    waiting: ShownWaiting | None
    knocking: list[Knock]
    """Empty to everybody but those who look after the door."""


class You(Struct, frozen=True, kw_only=True):
    """Who you are in this party. `session` is what `resume` takes."""

    member_id: str
    user_id: str | None
    name: str
    role: Role
    session: str


class YouOutside(Struct, frozen=True, kw_only=True):
    """Who you will be, once you are let in."""

    member_id: str
    user_id: str | None
    name: str
    session: str
