"""Who waits outside the parties of this node: those who look after the door are told of them, and they of the answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from conf.clock import Clock
from realtime import frames
from realtime.channel import Channel
from realtime.party.permissions import moderates
from realtime.party.state import PartyState
from realtime.presence import Presence
from realtime.rooms import NoSuchParty
from realtime.windows import Window
from realtime.wire import Outgoing
from store.errors import Unavailable

KNOCKS_SECONDS = 0.25
ANSWERING = frozenset({"approval", "settings", "member.banned", "party.ended"})
"""Events that may let somebody in who waits outside, or send them away."""
PROMOTING = frozenset({"member.role", "host.changed"})
"""Events by which somebody may look after the door who did not before."""
HEEDED = ANSWERING | PROMOTING


class Porch:
    """Part of the hub, whose `channels` it sees."""

    def __init__(
        self,
        *,
        channels: Mapping[str, Channel],
        state: Callable[[str], Awaitable[PartyState]],
        presence: Presence,
        clock: Clock,
    ) -> None:
        self._channels = channels
        self._state = state
        self._knocks = presence.knocks
        self._window = Window(clock, KNOCKS_SECONDS, self._tell)
        self._knocks.changed = self._window.touch
        self._tasks: set[asyncio.Task[None]] = set()
        self.gathered: Callable[[str], None] = lambda _party_id: None
        """Called where those who wait here are not as they were."""

    def happened(self, channel: Channel, kind: str) -> None:
        """Take what an event means for the door."""
        if kind in ANSWERING:
            self.reconsider(channel)
        elif kind in PROMOTING and self._knocks.shown(channel.party_id):
            self._window.touch(channel.party_id)

    def reconsider(self, channel: Channel) -> None:
        """Have those who wait outside ask again."""
        for listener in tuple(channel.listeners):
            if listener.position is None:
                listener.reconsider()

    def expire(self, now_ms: float) -> None:
        self._knocks.expire(now_ms)

    async def close(self) -> None:
        await self._window.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _tell(self, party_id: str) -> None:
        self.gathered(party_id)
        if party_id in self._channels:
            task = asyncio.create_task(self._told(party_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _told(self, party_id: str) -> None:
        """Tell those who look after the door who waits, the whole list; on other nodes their own porch does."""
        try:
            state = await self._state(party_id)
        except (Unavailable, NoSuchParty):
            return  # whoever comes back, or is promoted, is shown the list again
        outgoing = Outgoing(frames.encode({"t": "knocks", "knocking": self._knocks.shown(party_id)}))
        channel = self._channels.get(party_id)
        for listener in tuple(channel.listeners if channel else ()):
            if listener.position is not None and moderates(state, listener.member_id):
                listener.deliver(outgoing)
