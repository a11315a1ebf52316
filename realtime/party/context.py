from collections.abc import Set as AbstractSet

from msgspec import Struct

from realtime.party.playback import MIN_LEAD_MS
from realtime.party.state import Video


class Actor(Struct, frozen=True, kw_only=True):
    """Who asks. Neither user nor guest is the system itself, which may do everything."""

    user_id: str | None = None
    guest_id: str | None = None
    name: str = ""
    session_id: str | None = None

    @property
    def member_id(self) -> str | None:
        """The person's id in every party: the same person is the same member, on any node, after any restart."""
        return self.user_id or self.guest_id


SYSTEM = Actor()


class Context(Struct, frozen=True, kw_only=True, gc=False):
    """Everything that a decision may depend on beside the party and the command."""

    now_ms: int
    actor: Actor
    fresh_id: str = ""
    """An id that nobody has used, for what the command creates."""
    lead_ms: int = MIN_LEAD_MS
    """How far ahead a start is scheduled."""
    connected: AbstractSet[str] = frozenset()
    """Ids of the members who have a connection now."""
    video: Video | None = None
    """Facts of the video that the command names; None where it does not exist or the actor may not see it."""
