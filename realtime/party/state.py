"""What a party is at one seq. Everything here is frozen; `realtime.party.fold` makes the next state.

Nothing of it can be part of a cycle, so what there is much of is not the garbage collector's business (`gc=False`): with
everybody's messages and commands in its hands, a busy node spent a quarter of its time there, 100 ms at once at the worst.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from realtime.party.bounds import Emotes
from realtime.party.chat import Chat
from realtime.party.playback import Playback

Role = Literal["host", "cohost", "moderator", "member", "guest"]
Status = Literal["scheduled", "lobby", "live", "ended"]
Visibility = Literal["public", "unlisted", "private"]
Permission = Literal["control", "queue", "chat", "react", "vote"]
"""What a host may open or close to a role; the rest (moderation, settings, roles) is fixed in `permissions`."""

QUEUE_LIMIT = 100
"""Each queue event carries the whole queue, so that any stretch of the log can be shown without its beginning."""
VIDEOS_REMEMBERED = 50
ANSWERS_KEPT = 1000
"""Of those let in who have not come, and of those turned away; who was forgotten knocks again."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the host chooses, beside title, visibility and password."""

    control: Literal["host", "cohosts", "everyone"] = "cohosts"
    guests: bool = True
    chat: bool = True
    reactions: bool = True
    slow_mode_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    max_members: Annotated[int, Meta(ge=1, le=100_000)] = 1000
    wait: Literal["off", "majority", "all"] = "off"
    """For whom the party stops when players run dry: nobody, more than half of those who watch, anybody."""
    approval: Literal["off", "guests", "everyone"] = "off"
    """Which newcomers wait outside until a moderator lets them in: nobody, those without an account, all."""
    emotes: Emotes = {}
    """What one may react with as `:name:`, beside every emoji."""
    permissions: dict[Permission, Role] = {}


class Video(Struct, frozen=True, kw_only=True):
    """What a party knows about a video: enough to show it and to know where it ends."""

    id: str
    title: str
    source: str
    duration_ms: int | None = None
    stream_url: str | None = None
    uploader_id: str | None = None
    """Whose video it is, for analytics; None in events from before it was known. Members are not shown it."""


class QueueItem(Struct, frozen=True, kw_only=True):
    """One entry of the queue, with all that is needed to play it later."""

    id: str
    video_id: str
    title: str
    source: str
    duration_ms: int | None = None
    stream_url: str | None = None
    uploader_id: str | None = None
    added_by: str | None = None
    votes: int = 0


class Member(Struct, frozen=True, kw_only=True, gc=False):
    """A person in the party. `id` is their user id, or guest id: the same person is the same member, always."""

    id: str
    user_id: str | None = None
    name: str
    role: Role
    joined_ms: int
    present: bool = True
    """False after a deliberate leave or a kick; a dropped connection is presence, not state."""
    muted: bool = False
    muted_until_ms: int | None = None
    """End of a mute; None with `muted` is until somebody ends it."""
    last_chat_ms: int | None = None


class Poll(Struct, frozen=True, kw_only=True):
    """A question to the party; `votes` are places of options, by member id."""

    id: str
    question: str
    options: tuple[str, ...]
    multiple: bool = False
    by: str | None = None
    open: bool = True
    votes: dict[str, tuple[int, ...]] = {}


class Waiting(Struct, frozen=True, kw_only=True):
    """A stop for members whose players ran dry. It ends by `until_ms`, whatever happens."""

    members: tuple[str, ...]
    until_ms: int


class PartyState(Struct, frozen=True, kw_only=True, gc=False):
    """A party at `seq`: the fold of its log so far."""

    party_id: str
    seq: int
    code: str
    title: str
    description: str
    status: Status
    visibility: Visibility
    has_password: bool
    settings: Settings
    host_id: str
    creator_id: str
    created_ms: int
    scheduled_for_ms: int | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    playback: Playback = Playback()
    video: Video | None = None
    video_ids: tuple[str, ...] = ()
    """Videos shown so far, newest last: what viewers may report about."""
    queue: tuple[QueueItem, ...] = ()
    votes: dict[str, frozenset[str]] = {}
    """Who is for which queue item."""
    skip_votes: frozenset[str] = frozenset()
    members: dict[str, Member] = {}
    bans: dict[str, int | None] = {}
    """Member id → end of the ban, None for ever."""
    let_in: dict[str, int] = {}
    """Who was approved and has not come in yet → until when they may."""
    turned_away: dict[str, int] = {}
    """Whose knock was denied → from when on they may knock again."""
    shown_out: frozenset[str] = frozenset()
    """Who was kicked and has not been back: to the door they are newcomers."""
    chat: Chat = Chat()
    poll: Poll | None = None
    waiting: Waiting | None = None
    out_of_time: frozenset[str] = frozenset()
    """Members whom a wait was too short for: not waited for again until they have played for a while."""

    @property
    def duration_ms(self) -> int | None:
        return self.video.duration_ms if self.video else None
