"""Who is in a party on other nodes: each node tells what it sees, and is believed for the length of a lease.

Theory. A node with members in a party, or with people who knock at it, listens to that party's own topic. It tells all of its
members when it comes, and then what changes (at most every quarter of a second), by versions (`realtime.roster`); every ten
seconds it gives a sign of life, by which a lost message is noticed too. A node that hears from one that it did not know tells
all of its own, so that both know everybody after one exchange; one that missed something asks. A node that falls silent is
forgotten after 30 s, and its members with it: until then they count as connected, which a client that comes back elsewhere
is anyway.
"""

import asyncio
from collections.abc import Iterable
from itertools import count

import msgspec

from conf.clock import Clock
from realtime.bus import Bus, Message
from realtime.presence import Presence
from realtime.roster import Asked, Roster, Teller, Told

LEASE_MS = 30_000
REFRESH_TICKS = 10
TICK_SECONDS = 1.0
TELLS, ASKS = "gathering", "gathering.ask"
EVERYBODY = ""
"""Instead of a node's id, in a question."""

_TOLD = msgspec.json.Decoder(Told)
_ASKED = msgspec.json.Decoder(Asked)


class Gathering:
    def __init__(self, *, presence: Presence, bus: Bus, node_id: str, clock: Clock) -> None:
        self._presence = presence
        self._bus = bus
        self._node_id = node_id
        self._clock = clock
        self._versions = count(1)
        """One for all parties: whoever comes back to a party goes on with greater ones."""
        self._parties: dict[str, Teller] = {}
        self._rosters: dict[str, dict[str, Roster]] = {}
        self._asked: set[tuple[str, str]] = set()
        """Who was asked for what since the last tick: once a second is enough."""
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

    def changed(self, party_id: str, member_ids: Iterable[str] = ()) -> None:
        """Tell the others what became of these members, and who knocks."""
        if self._bus.alone:
            return
        if self._presence.here(party_id) or self._presence.knocks.here(party_id):
            if party_id in self._parties:
                self._tell_changes(party_id, member_ids)
                return
            self._parties[party_id] = Teller(party_id, self._node_id, lambda: next(self._versions))
            self._bus.subscribe(_topic(party_id), self._hear)
            self._tell(party_id)
        elif party_id in self._parties:
            self._tell(party_id)
            self._leave(party_id)

    def tell_all(self) -> None:
        """Tell everything again and have it told, as after a time without the bus, which comes back to some nodes sooner."""
        for party_id in self._parties:
            self._tell(party_id)
            self._ask(party_id, EVERYBODY)

    def _tell(self, party_id: str) -> None:
        members, knocking = self._presence.here(party_id), self._presence.knocks.here(party_id)
        self._publish(self._parties[party_id].all(members, knocking, self._watching(party_id)))

    def _tell_changes(self, party_id: str, member_ids: Iterable[str] = ()) -> None:
        changed = {member_id: self._presence.shown_here(party_id, member_id) for member_id in member_ids}
        knocking = self._presence.knocks.here(party_id)
        self._publish(self._parties[party_id].changes(changed, knocking, self._watching(party_id)))

    def _publish(self, messages: Iterable[Told]) -> None:
        for told in messages:
            frame = msgspec.json.encode(told)
            self._bus.publish(Message(party_id=_topic(told.party_id), frame=frame, kind=TELLS))

    def _watching(self, party_id: str) -> int:
        return self._presence.watching_here(party_id, self._clock.now_ms())

    def _leave(self, party_id: str) -> None:
        del self._parties[party_id]
        self._rosters.pop(party_id, None)
        self._bus.unsubscribe(_topic(party_id), self._hear)
        self._presence.forget_elsewhere(party_id)

    def _hear(self, message: Message) -> None:
        try:
            if message.kind == ASKS:
                self._answer(_ASKED.decode(message.frame))
                return
            told = _TOLD.decode(message.frame)
        except msgspec.DecodeError:
            return  # of another version: its members count again when both are of the same
        if told.node_id != self._node_id and told.party_id in self._parties:
            self._take(told)

    def _take(self, told: Told) -> None:
        rosters = self._rosters.setdefault(told.party_id, {})
        roster = rosters.setdefault(told.node_id, Roster())
        was_away = roster.empty
        verdict = roster.take(told)
        if verdict == "old":
            return
        if verdict == "gap":
            self._ask(told.party_id, told.node_id)
        roster.until_ms = until_ms = self._clock.now_ms() + LEASE_MS
        self._presence.knocks.hear(told.party_id, told.node_id, roster.knocking, until_ms)
        self._presence.hear(told.party_id, told.node_id, roster.members, roster.watching, until_ms)
        if verdict == "taken":
            self._presence.heard_of(told.party_id, roster.changed)
        if was_away and not roster.empty:
            self._tell(told.party_id)

    def _answer(self, asked: Asked) -> None:
        meant = asked.node_id in {self._node_id, EVERYBODY} and asked.by != self._node_id
        if meant and asked.party_id in self._parties:
            self._tell(asked.party_id)

    def _ask(self, party_id: str, node_id: str) -> None:
        if (party_id, node_id) in self._asked:
            return
        self._asked.add((party_id, node_id))
        frame = msgspec.json.encode(Asked(party_id=party_id, node_id=node_id, by=self._node_id))
        self._bus.publish(Message(party_id=_topic(party_id), frame=frame, kind=ASKS))

    async def _tick_on(self) -> None:
        ticks = 0
        while True:
            await self._clock.sleep(TICK_SECONDS)
            ticks += 1
            self._asked.clear()
            self._expire(self._clock.now_ms())
            if ticks % REFRESH_TICKS == 0:
                for party_id in self._parties:
                    self._tell_changes(party_id)

    def _expire(self, now_ms: float) -> None:
        self._presence.expire(now_ms)
        for rosters in self._rosters.values():
            for node_id in [name for name, roster in rosters.items() if roster.until_ms <= now_ms]:
                del rosters[node_id]


def _topic(party_id: str) -> str:
    return f"presence:{party_id}"
