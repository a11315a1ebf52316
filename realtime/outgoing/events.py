"""The numbered frames: each is one event of the party's log."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from realtime.outgoing.shown import ShownItem, ShownMember, ShownMessage, ShownPoll, ShownVideo
from realtime.party.events import Cause
from realtime.party.playback import Playback
from realtime.party.state import Settings, Visibility


class EventFrame(Struct, frozen=True, kw_only=True, tag_field="t"):
    """Base of all numbered frames."""

    seq: int
    at_ms: int
    by: str | None
    """The member who caused it; None for the system and the staff."""


class PartyCreated(EventFrame, frozen=True, kw_only=True, tag="party.created"):
    """The party began to be; always the first event."""

    title: str
    code: str
    visibility: Visibility
    member: ShownMember


class PartyOpened(EventFrame, frozen=True, kw_only=True, tag="party.opened"):
    """A scheduled party is a lobby: its time is near."""


class PartyStarted(EventFrame, frozen=True, kw_only=True, tag="party.started"):
    """The party is live."""


class PartyVacated(EventFrame, frozen=True, kw_only=True, tag="party.vacated"):
    """Nobody was there for five minutes: the party is a lobby again, paused where it was."""


class PartyRescheduled(EventFrame, frozen=True, kw_only=True, tag="party.rescheduled"):
    """The party is to begin at another time; None takes the time back."""

    scheduled_for_ms: int | None


class PartyEnded(EventFrame, frozen=True, kw_only=True, tag="party.ended"):
    """The party is over; the connections are closed with 4510 a second later."""


class MemberJoined(EventFrame, frozen=True, kw_only=True, tag="member.joined"):
    """Somebody entered for the first time, or again after a leave."""

    member: ShownMember


class MemberLeft(EventFrame, frozen=True, kw_only=True, tag="member.left"):
    """Somebody left on purpose; a dropped connection is only presence."""

    member: ShownMember


class MemberRole(EventFrame, frozen=True, kw_only=True, tag="member.role"):
    """A member has another role."""

    member: ShownMember


class MemberKicked(EventFrame, frozen=True, kw_only=True, tag="member.kicked"):
    """A member was shown out; they may come back at `until_ms`, or at once."""

    member: ShownMember
    until_ms: int | None
    reason: str | None


class MemberBanned(EventFrame, frozen=True, kw_only=True, tag="member.banned"):
    """A member may not come back before `until_ms`, or ever."""

    member: ShownMember
    until_ms: int | None
    reason: str | None


class MemberMuted(EventFrame, frozen=True, kw_only=True, tag="member.muted"):
    """A member may not write, until `until_ms` where it is given; or, with `muted` false, may again."""

    member: ShownMember
    muted: bool
    until_ms: int | None
    reason: str | None


class HostChanged(EventFrame, frozen=True, kw_only=True, tag="host.changed"):
    """Somebody else is host: handed over, or next in line after the host had been gone."""

    member: ShownMember
    previous: ShownMember | None
    cause: Literal["transfer", "succession"]


class KnockAnswered(EventFrame, frozen=True, kw_only=True, tag="approval"):
    """Somebody who waits outside may come in until `until_ms`, or may not knock again before."""

    member_id: str
    approved: bool
    until_ms: int


class PlaybackChanged(EventFrame, frozen=True, kw_only=True, tag="playback"):
    """The video plays, stands or is elsewhere."""

    playback: Playback
    cause: Cause


class VideoChanged(EventFrame, frozen=True, kw_only=True, tag="video"):
    """Another video, paused at its beginning."""

    video: ShownVideo
    playback: Playback


class QueueChanged(EventFrame, frozen=True, kw_only=True, tag="queue"):
    """The whole queue, as it is now."""

    items: list[ShownItem]


class SkipVoted(EventFrame, frozen=True, kw_only=True, tag="skip"):
    """Somebody is for the next video; at `needed` votes it comes."""

    member_id: str
    votes: int
    needed: int


class ChatSaid(EventFrame, frozen=True, kw_only=True, tag="chat"):
    """A message."""

    message: ShownMessage


class ChatEdited(EventFrame, frozen=True, kw_only=True, tag="chat.edited"):
    """A message, as its author changed it."""

    message: ShownMessage


class ChatDeleted(EventFrame, frozen=True, kw_only=True, tag="chat.deleted"):
    """A message is gone."""

    message_id: str
    reason: str | UnsetType = UNSET


class ChatReacted(EventFrame, frozen=True, kw_only=True, tag="chat.reacted"):
    """A reaction to a message; with `on` false it was taken back."""

    message_id: str
    emoji: str
    member_id: str
    on: bool


class PollChanged(EventFrame, frozen=True, kw_only=True, tag="poll"):
    """A poll was opened, voted in or closed."""

    poll: ShownPoll


class WaitChanged(EventFrame, frozen=True, kw_only=True, tag="waiting"):
    """The party waits for members; with an empty `for` it goes on, and `out_of_time` names who was not ready."""

    members: list[str] = field(name="for")
    until_ms: int | None
    out_of_time: list[str] | UnsetType = UNSET


class SettingsChanged(EventFrame, frozen=True, kw_only=True, tag="settings"):
    """All settings, as they are now."""

    settings: Settings
    title: str
    visibility: Visibility
    has_password: bool


AnyEventFrame = (
    PartyCreated
    | PartyOpened
    | PartyStarted
    | PartyVacated
    | PartyRescheduled
    | PartyEnded
    | MemberJoined
    | MemberLeft
    | MemberRole
    | MemberKicked
    | MemberBanned
    | MemberMuted
    | HostChanged
    | KnockAnswered
    | PlaybackChanged
    | VideoChanged
    | QueueChanged
    | SkipVoted
    | ChatSaid
    | ChatEdited
    | ChatDeleted
    | ChatReacted
    | PollChanged
    | WaitChanged
    | SettingsChanged
)
