"""What a member asks. Tags and fields are those of the wire, so that a frame is decoded straight into its command.

Those without a tag of the protocol (`Create`, `Join`, `Succeed`, …) come from the server's own parts; they are no `Command`
and so not in `CLIENT_COMMANDS`: no client can send them.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

from realtime.party.bounds import (
    Body,
    Emoji,
    Emotes,
    Id,
    Minutes,
    Password,
    PollOption,
    PositionMs,
    Rate,
    Reason,
    Title,
)
from realtime.party.state import Permission, Role, Settings, Video, Visibility


class Command(Struct, frozen=True, kw_only=True, tag_field="t", forbid_unknown_fields=True):
    """Base of what clients may ask; `command_id` is theirs, unique in their session, and repeated in the reply."""

    command_id: Id | None = field(default=None, name="id")


class Play(Command, frozen=True, kw_only=True, tag="play"):
    position_ms: PositionMs | None = None


class Pause(Command, frozen=True, kw_only=True, tag="pause"):
    position_ms: PositionMs | None = None


class Seek(Command, frozen=True, kw_only=True, tag="seek"):
    position_ms: PositionMs


class SetRate(Command, frozen=True, kw_only=True, tag="rate"):
    rate: Rate


class AddToQueue(Command, frozen=True, kw_only=True, tag="queue.add"):
    video_id: Id


class RemoveFromQueue(Command, frozen=True, kw_only=True, tag="queue.remove"):
    item_id: Id


class MoveInQueue(Command, frozen=True, kw_only=True, tag="queue.move"):
    item_id: Id
    to: Annotated[int, Meta(ge=0, le=1_000_000)]


class PlayFromQueue(Command, frozen=True, kw_only=True, tag="queue.play"):
    item_id: Id


class ClearQueue(Command, frozen=True, kw_only=True, tag="queue.clear"):
    pass


class VoteInQueue(Command, frozen=True, kw_only=True, tag="queue.vote"):
    item_id: Id
    up: bool


class Skip(Command, frozen=True, kw_only=True, tag="skip"):
    pass


class VoteToSkip(Command, frozen=True, kw_only=True, tag="skip.vote"):
    pass


class Say(Command, frozen=True, kw_only=True, tag="chat.send"):
    body: Body
    reply_to: Id | None = None


class EditMessage(Command, frozen=True, kw_only=True, tag="chat.edit"):
    message_id: Id
    body: Body


class DeleteMessage(Command, frozen=True, kw_only=True, tag="chat.delete"):
    message_id: Id
    reason: Reason | None = None


class ReactToMessage(Command, frozen=True, kw_only=True, tag="chat.react"):
    message_id: Id
    emoji: Emoji


class OpenPoll(Command, frozen=True, kw_only=True, tag="poll.open"):
    """Ask the party; the poll before it is over with that."""

    question: Annotated[str, Meta(min_length=1, max_length=300)]
    options: Annotated[list[PollOption], Meta(min_length=2, max_length=10)]
    multiple: bool = False


class VoteInPoll(Command, frozen=True, kw_only=True, tag="poll.vote"):
    """Choose an option by its place. Chosen again it is taken back; where one is allowed, another one replaces it."""

    option: Annotated[int, Meta(ge=0, le=9)]


class ClosePoll(Command, frozen=True, kw_only=True, tag="poll.close"):
    pass


class Ready(Command, frozen=True, kw_only=True, tag="ready"):
    """Say that one's player can, or cannot, go on: who is waited for is waited for no longer, or at all."""

    ready: bool


class SetRole(Command, frozen=True, kw_only=True, tag="member.role"):
    member_id: Id
    role: Literal["cohost", "moderator", "member"]


class Kick(Command, frozen=True, kw_only=True, tag="member.kick"):
    """`minutes` keep the member out for that long; without them they may come back at once."""

    member_id: Id
    minutes: Minutes | None = None
    reason: Reason | None = None


class Ban(Command, frozen=True, kw_only=True, tag="member.ban"):
    member_id: Id
    minutes: Minutes | None = None
    reason: Reason | None = None


class Mute(Command, frozen=True, kw_only=True, tag="member.mute"):
    member_id: Id
    minutes: Minutes | None = None
    reason: Reason | None = None


class Unmute(Command, frozen=True, kw_only=True, tag="member.unmute"):
    member_id: Id
    reason: Reason | None = None


class TransferHost(Command, frozen=True, kw_only=True, tag="host.transfer"):
    member_id: Id


class ChangeSettings(Command, frozen=True, kw_only=True, tag="settings"):
    """Fields left out stay as they are. The password itself never enters an event, only whether there is one."""

    title: Title | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    password: Password | UnsetType | None = UNSET
    control: Literal["host", "cohosts", "everyone"] | UnsetType = UNSET
    guests: bool | UnsetType = UNSET
    chat: bool | UnsetType = UNSET
    reactions: bool | UnsetType = UNSET
    slow_mode_s: Annotated[int, Meta(ge=0, le=3600)] | UnsetType = UNSET
    max_members: Annotated[int, Meta(ge=1, le=100_000)] | UnsetType = UNSET
    wait: Literal["off", "majority", "all"] | UnsetType = UNSET
    approval: Literal["off", "guests", "everyone"] | UnsetType = UNSET
    emotes: Emotes | UnsetType = UNSET
    permissions: dict[Permission, Role] | UnsetType = UNSET


class Approve(Command, frozen=True, kw_only=True, tag="approve"):
    """Let somebody in who waits outside, or comes within a day."""

    member_id: Id


class Deny(Command, frozen=True, kw_only=True, tag="deny"):
    """Turn somebody away who waits outside."""

    member_id: Id


class Start(Command, frozen=True, kw_only=True, tag="start"):
    pass


class End(Command, frozen=True, kw_only=True, tag="end"):
    pass


class Leave(Command, frozen=True, kw_only=True, tag="leave"):
    pass


CLIENT_COMMANDS: tuple[type[Command], ...] = tuple(Command.__subclasses__())
"""All of the above, in their order."""


class Create(Struct, frozen=True, kw_only=True):
    """Bring a party into being; the caller has checked what it says. The host is a user, in the party or not yet."""

    party_id: str
    code: str
    title: str
    description: str = ""
    visibility: Visibility = "unlisted"
    has_password: bool = False
    settings: Settings = Settings()
    host_user_id: str
    host_name: str
    video: Video | None = None
    scheduled_for_ms: int | None = None


class Join(Struct, frozen=True, kw_only=True):
    """Enter. `admitted` says that the password was right, or an invite good; banned and full still refuse."""

    admitted: bool = False
    invited: bool = False
    """An invite names them: then they need nobody to let them in."""


class ChangeVideo(Struct, frozen=True, kw_only=True):
    """Show the video of the context's facts, from its beginning, without touching the queue."""

    video_id: str


class Reschedule(Struct, frozen=True, kw_only=True):
    """Begin at another time, which the caller has looked at; None where no time is set any more."""

    scheduled_for_ms: int | None


class OpenDoors(Struct, frozen=True, kw_only=True):
    """The time of a scheduled party is near: it is a lobby from now on. Asked by the server's timers."""


class StartOnTime(Struct, frozen=True, kw_only=True):
    """The time has come, and somebody is there who runs the party: begin. Asked by the server's timers."""


class Advance(Struct, frozen=True, kw_only=True):
    """The video has come to its end: go on to the next one, or stop there. Asked by the server's timers."""


class Succeed(Struct, frozen=True, kw_only=True):
    """The host has been gone for the grace period: somebody who is there takes over. Asked by the server's timers."""


class Wait(Struct, frozen=True, kw_only=True):
    """Members have run dry: stop for those of them who may be waited for. Asked by the server's timers.

    `dry` are the members who cannot go on, with how long each has played without a break before, None where nothing of
    this video yet; `watching` is how many members play along, those among them.
    """

    dry: dict[str, float | None]
    watching: int


class GoOn(Struct, frozen=True, kw_only=True):
    """Go on from a wait: nobody of those waited for is still in `dry`, or their time is over. Asked by the timers."""

    dry: frozenset[str]


class Vacate(Struct, frozen=True, kw_only=True):
    """Nobody has been there since `empty_since_ms`: back to the lobby, paused where it was then."""

    empty_since_ms: float


ServerCommand = (
    Create | Join | ChangeVideo | Reschedule | OpenDoors | StartOnTime | Advance | Succeed | Wait | GoOn | Vacate
)
AnyCommand = Command | ServerCommand
