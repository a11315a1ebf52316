"""What happened. Each event holds what it changed in full, so that any stretch of the log can be shown by itself."""

from typing import Literal

from msgspec import Struct

from realtime.party.chat import Message
from realtime.party.playback import Playback
from realtime.party.state import Member, Poll, QueueItem, Settings, Video, Visibility, Waiting

Cause = Literal["play", "pause", "seek", "rate", "next", "wait", "resume", "ended"]


class Event(Struct, frozen=True, kw_only=True, tag_field="type", gc=False):
    """Base of all events; the tag is the type in the log and in analytics."""


class Created(Event, frozen=True, kw_only=True, tag="party.created"):
    party_id: str
    code: str
    title: str
    description: str = ""
    visibility: Visibility
    has_password: bool
    settings: Settings
    host: Member
    video: Video | None = None
    scheduled_for_ms: int | None = None


class Started(Event, frozen=True, kw_only=True, tag="party.started"):
    pass


class DoorsOpened(Event, frozen=True, kw_only=True, tag="party.opened"):
    """A scheduled party is a lobby: its time is near."""


class Vacated(Event, frozen=True, kw_only=True, tag="party.vacated"):
    """Nobody was there for five minutes: the party is a lobby again."""


class Ended(Event, frozen=True, kw_only=True, tag="party.ended"):
    pass


class Rescheduled(Event, frozen=True, kw_only=True, tag="party.rescheduled"):
    """The party is to begin at another time; None takes the time back."""

    scheduled_for_ms: int | None


class Joined(Event, frozen=True, kw_only=True, tag="member.joined"):
    member: Member


class Left(Event, frozen=True, kw_only=True, tag="member.left"):
    member: Member


class RoleSet(Event, frozen=True, kw_only=True, tag="member.role"):
    member: Member


class Kicked(Event, frozen=True, kw_only=True, tag="member.kicked"):
    """`until_ms` is when the member may come back, None at once."""

    member: Member
    until_ms: int | None = None
    reason: str | None = None


class Banned(Event, frozen=True, kw_only=True, tag="member.banned"):
    member: Member
    until_ms: int | None = None
    reason: str | None = None


class KnockAnswered(Event, frozen=True, kw_only=True, tag="knock.answered"):
    """Somebody is let in, who may come until `until_ms`, or turned away, who may knock again from then on."""

    member_id: str
    approved: bool
    until_ms: int


class Muted(Event, frozen=True, kw_only=True, tag="member.muted"):
    """Also the end of a mute: `muted` says which."""

    member: Member
    muted: bool
    until_ms: int | None = None
    reason: str | None = None


class HostChanged(Event, frozen=True, kw_only=True, tag="host.changed"):
    member: Member
    previous: Member | None = None
    cause: Literal["transfer", "succession"]


class Played(Event, frozen=True, kw_only=True, tag="playback.played"):
    playback: Playback
    cause: Cause = "play"


class Paused(Event, frozen=True, kw_only=True, tag="playback.paused"):
    playback: Playback
    cause: Cause = "pause"


class Sought(Event, frozen=True, kw_only=True, tag="playback.sought"):
    playback: Playback
    from_ms: float
    cause: Cause = "seek"


class RateSet(Event, frozen=True, kw_only=True, tag="playback.rate"):
    playback: Playback
    cause: Cause = "rate"


class VideoChanged(Event, frozen=True, kw_only=True, tag="playback.video_changed"):
    """A new video, paused at its beginning; a `playback.played` follows in the same commit where it plays on."""

    video: Video
    playback: Playback


class QueueAdded(Event, frozen=True, kw_only=True, tag="queue.added"):
    item_id: str
    items: tuple[QueueItem, ...]


class QueueRemoved(Event, frozen=True, kw_only=True, tag="queue.removed"):
    item_id: str
    items: tuple[QueueItem, ...]


class QueueMoved(Event, frozen=True, kw_only=True, tag="queue.moved"):
    item_id: str
    items: tuple[QueueItem, ...]


class QueueCleared(Event, frozen=True, kw_only=True, tag="queue.cleared"):
    items: tuple[QueueItem, ...] = ()


class QueueVoted(Event, frozen=True, kw_only=True, tag="queue.voted"):
    item_id: str
    member_id: str
    up: bool
    items: tuple[QueueItem, ...]


class SkipVoted(Event, frozen=True, kw_only=True, tag="skip.voted"):
    member_id: str
    votes: int
    needed: int


class Said(Event, frozen=True, kw_only=True, tag="chat.sent"):
    message: Message


class Edited(Event, frozen=True, kw_only=True, tag="chat.edited"):
    message: Message


class Deleted(Event, frozen=True, kw_only=True, tag="chat.deleted"):
    message_id: str
    member_id: str | None = None
    """Its author; None where the message was further back than the party keeps in memory."""
    reason: str | None = None


class Reacted(Event, frozen=True, kw_only=True, tag="chat.reacted"):
    message_id: str
    emoji: str
    member_id: str
    on: bool
    """False takes the same reaction back."""


class PollOpened(Event, frozen=True, kw_only=True, tag="poll.opened"):
    poll: Poll


class PollVoted(Event, frozen=True, kw_only=True, tag="poll.voted"):
    member_id: str
    poll: Poll


class PollClosed(Event, frozen=True, kw_only=True, tag="poll.closed"):
    poll: Poll


class Waited(Event, frozen=True, kw_only=True, tag="playback.waited"):
    """The party stops for some members; a `playback.paused` of the cause `wait` follows in the same commit."""

    waiting: Waiting


class WaitOver(Event, frozen=True, kw_only=True, tag="playback.wait_over"):
    """Nobody is waited for any more; `out_of_time` are those who were not ready."""

    out_of_time: tuple[str, ...] = ()


class SettingsChanged(Event, frozen=True, kw_only=True, tag="settings.changed"):
    settings: Settings
    title: str
    visibility: Visibility
    has_password: bool


PlaybackEvent = Played | Paused | Sought | RateSet
PollEvent = PollOpened | PollVoted | PollClosed
QueueEvent = QueueAdded | QueueRemoved | QueueMoved | QueueCleared | QueueVoted
AnyEvent = (
    Created
    | DoorsOpened
    | Started
    | Vacated
    | Ended
    | Rescheduled
    | Joined
    | Left
    | RoleSet
    | Kicked
    | Banned
    | KnockAnswered
    | Muted
    | HostChanged
    | PlaybackEvent
    | VideoChanged
    | QueueEvent
    | SkipVoted
    | Said
    | Edited
    | Deleted
    | Reacted
    | PollEvent
    | Waited
    | WaitOver
    | SettingsChanged
)


class Entry(Struct, frozen=True, kw_only=True, gc=False):
    """One numbered event of a party: `seq` from 1 without gaps, `by` the member who caused it or None."""

    seq: int
    at_ms: int
    by: str | None = None
    event: AnyEvent
