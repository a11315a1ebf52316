"""Who is in a party on other nodes: each node tells what it sees, and is believed for the length of a lease.

Theory. A node with members in a party, or with people who knock at it, listens to that party's own topic. It tells all of its members when it comes, when they
change (at most every quarter of a second), and every ten seconds; a node that hears from one that it did not know tells all of
its own, so that both know everybody after one exchange. A node that falls silent is forgotten after 30 s, and its members with
it: until then they count as connected, which a client that comes back elsewhere is anyway.
"""

import asyncio
from typing import Any

import msgspec

from conf.clock import Clock
from realtime.bus import Bus, Message
from realtime.presence import Presence

LEASE_MS = 30_000
REFRESH_TICKS = 10
TICK_SECONDS = 1.0


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one node says about its members of one party; all of them."""

    party_id: str
    node_id: str
    members: dict[str, dict[str, Any]]
    watching: int = 0
    knocking: dict[str, dict[str, Any]] = {}


_DECODER = msgspec.json.Decoder(Told)


class Gathering:
    def __init__(self, *, presence: Presence, bus: Bus, node_id: str, clock: Clock) -> None:
        self._presence = presence
        self._bus = bus
        self._node_id = node_id
        self._clock = clock
        self._parties: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell; call in the running loop."""
        self._task = asyncio.create_task(self._tick_on())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for party_id in tuple(self._parties):
            self._leave(party_id)

    def changed(self, party_id: str) -> None:
        """Tell the others how our members of a party are now."""
        if self._bus.alone:
            return
        if self._presence.here(party_id) or self._presence.knocks.here(party_id):
            if party_id not in self._parties:
                self._parties.add(party_id)
                self._bus.subscribe(_topic(party_id), self._hear)
            self._tell(party_id)
        elif party_id in self._parties:
            self._tell(party_id)
            self._leave(party_id)

    def tell_all(self) -> None:
        """Tell everything again, as after a time without the bus."""
        for party_id in self._parties:
            self._tell(party_id)

    def _tell(self, party_id: str) -> None:
        told = Told(
            party_id=party_id,
            node_id=self._node_id,
            members=self._presence.here(party_id),
            watching=self._presence.watching_here(party_id, self._clock.now_ms()),
            knocking=self._presence.knocks.here(party_id),
        )
        self._bus.publish(Message(party_id=_topic(party_id), frame=msgspec.json.encode(told), kind="gathering"))

    def _leave(self, party_id: str) -> None:
        self._parties.discard(party_id)
        self._bus.unsubscribe(_topic(party_id), self._hear)
        self._presence.forget_elsewhere(party_id)

    def _hear(self, message: Message) -> None:
        told = _DECODER.decode(message.frame)
        if told.node_id == self._node_id or told.party_id not in self._parties:
            return
        until_ms = self._clock.now_ms() + LEASE_MS
        quiet = self._presence.knocks.hear(told.party_id, told.node_id, told.knocking, until_ms)
        new = self._presence.hear(told.party_id, told.node_id, told.members, told.watching, until_ms)
        if new and quiet and (told.members or told.knocking):
            self._tell(told.party_id)

    async def _tick_on(self) -> None:
        ticks = 0
        while True:
            await self._clock.sleep(TICK_SECONDS)
            ticks += 1
            self._presence.expire(self._clock.now_ms())
            if ticks % REFRESH_TICKS == 0:
                self.tell_all()


def _topic(party_id: str) -> str:
    return f"presence:{party_id}"
