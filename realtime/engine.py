"""The one door to a party: whoever wants to change it or to know of it asks here (`realtime.runners` does the work)."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from conf.clock import Clock
from conf.metrics import Metrics
from realtime.bus import Bus
from realtime.commit import Accepted, Answer, Audience, Pending, decided, surroundings
from realtime.credentials import Doors
from realtime.facts import Facts
from realtime.frames import frame
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.refused import Refused
from realtime.party.state import PartyState
from realtime.projection import Parties, Projector, as_party
from realtime.records import from_record
from realtime.room import Room
from realtime.rooms import NoSuchParty, PartyLog, Rooms
from realtime.runners import Runners
from realtime.snapshots import Snapshots, SnapshotStore
from store.documents import PartyEvent
from store.errors import Unavailable

CODE_LENGTH = 8

__all__ = ["Accepted", "Audience", "Engine", "NoSuchParty", "Refused"]


class Engine:
    def __init__(
        self,
        *,
        party_log: PartyLog,
        snapshots: SnapshotStore,
        parties: Parties,
        facts: Facts,
        doors: Doors,
        audience: Audience,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._log = party_log
        self._parties = parties
        self._audience = audience
        self._clock = clock
        projector = Projector(parties)
        self._rooms = Rooms(
            party_log=party_log,
            snapshots=Snapshots(store=snapshots, epochs=party_log, metrics=metrics),
            projector=projector,
            bus=bus,
            clock=clock,
            metrics=metrics,
        )
        self._runners = Runners(
            party_log=party_log,
            rooms=self._rooms,
            projector=projector,
            facts=facts,
            doors=doors,
            audience=audience,
            clock=clock,
            metrics=metrics,
            committed=self._hear,
        )
        self._closed = False
        self.committed: Callable[[str, Sequence[PartyEvent]], None] = lambda _party_id, _records: None
        """Called with each commit of this node once it has taken effect. It neither waits nor raises."""
        self.counted: Callable[[str, Sequence[PartyEvent]], None] = lambda _party_id, _records: None
        """The same, for whoever counts them."""
        self.rewritten: Callable[[str], None] = lambda _party_id: None
        """Called with each party that is read anew, so that other nodes do that too."""

    async def create(self, create: do.Create, *, actor: Actor, password_hash: str | None = None) -> Accepted:
        """Bring a party into being. Raises `store.errors.AlreadyExists("code")`: come again with another code and id.

        The log is written first: where the rest fails, nothing lists a party that has no history.
        """
        self._refuse_when_closed()
        room = Room(create.party_id)
        around = surroundings(create.party_id, self._audience, self._clock)
        batch = decided(room, [Pending(create, actor, None, self._clock.now_ms(), _nobody)], around)
        await self._log.append(create.party_id, 0, batch.records)
        for record, entry, after in zip(batch.records, batch.entries, batch.states, strict=True):
            room.follow(record, entry, after)
        await self._parties.add(as_party(room.state, password_hash))
        self._rooms.keep(room)
        return Accepted(room.seq, tuple(entry.event for entry in batch.entries))

    async def find(self, reference: str) -> str | None:
        """Resolve a party's id or its 8-character code to its id; None where there is none."""
        if len(reference) == CODE_LENGTH:
            party = await self._parties.by_code(reference)
        else:
            party = await self._parties.by_id(reference)
        return party.id if party else None

    async def submit(
        self, party_id: str, command: do.AnyCommand, *, actor: Actor, command_id: str | None = None
    ) -> Accepted:
        """Have a command decided, stored, applied and published.

        `command_id` (`<session>:<id>`) makes retries safe: the same id has effect once, and is answered the same.
        Commands of one caller keep their order. Raises `Refused`, `NoSuchParty`, `store.errors.Unavailable`.
        """
        outcome: asyncio.Future[Accepted] = asyncio.get_running_loop().create_future()

        def answer(came: Accepted | Exception) -> None:
            if outcome.done():
                return  # whoever asked has gone
            if isinstance(came, Accepted):
                outcome.set_result(came)
            else:
                outcome.set_exception(came)

        self.take(party_id, command, actor=actor, command_id=command_id, answer=answer)
        return await outcome

    def take(
        self, party_id: str, command: do.AnyCommand, *, actor: Actor, answer: Answer, command_id: str | None = None
    ) -> None:
        """Do what `submit` does without waiting: `answer` is called with what it returns or raises.

        `answer` neither raises nor takes anything to the engine itself.

        A connection gives its commands here one after the other, and they share a commit. A task and a future for each,
        as `submit` has them, cost more than the decision.
        """
        if self._closed:
            answer(_going_away())
            return
        self._runners.take(party_id, Pending(command, actor, command_id, self._clock.now_ms(), answer))

    async def room(self, party_id: str, told: int = 0) -> Room:
        """Hold the party up to date in memory and return it. Raises `NoSuchParty`, `store.errors.Unavailable`.

        Where somebody was `told` of a later seq by another node, the tail is read, so that nobody is sent back in time.
        """
        self._refuse_when_closed()
        room = self._rooms.ready(party_id) or await self._rooms.fresh(party_id)
        if room.seq < told:
            self._rooms.mark_behind(party_id)
            room = await self._rooms.fresh(party_id)
        return room

    async def state(self, party_id: str) -> PartyState:
        """Return the party as it is now. Raises `NoSuchParty`, `store.errors.Unavailable`."""
        return (await self.room(party_id)).state

    def peek(self, party_id: str) -> PartyState | None:
        """Return the party as this node knows it, without waiting; None where it is not in memory."""
        room = self._rooms.get(party_id)
        return room.state if room else None

    async def history(self, party_id: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Read a stretch of the party's past as the frames that members received."""
        await self.room(party_id)
        records = await self._log.read(party_id, after, limit)
        return [frame(from_record(record)) for record in records]

    async def heal(self, party_id: str) -> None:
        """Read what the log has beyond this node's memory, and publish it."""
        self._rooms.mark_behind(party_id)
        await self.room(party_id)

    def doubt(self) -> None:
        """Read every party's tail before its next use: what other nodes wrote may not have been heard."""
        self._rooms.doubt()

    def rooms(self) -> list[Room]:
        """List the parties in this node's memory."""
        return self._rooms.all()

    def forget(self, party_id: str) -> None:
        """Let a party go from memory, unless something is under way in it."""
        if not self._runners.busy(party_id):
            self._rooms.forget(party_id)

    async def reopen(self, party_id: str) -> None:
        """Have a party read from its log again, here and on other nodes, as it was rewritten."""
        self.rewritten(party_id)
        await self.reopen_here(party_id)

    async def reopen_here(self, party_id: str) -> None:
        """Have a party read from its log again on this node; what is under way in it goes on."""
        await self._rooms.reopen(party_id)

    async def close(self) -> None:
        """Finish what was taken on; from now on everything is refused with `Unavailable`."""
        self._closed = True
        await self._runners.finish()
        await self._rooms.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise _going_away()

    def _hear(self, party_id: str, records: Sequence[PartyEvent]) -> None:
        self.counted(party_id, records)
        self.committed(party_id, records)


def _nobody(_outcome: Accepted | Exception) -> None:
    """Take the answer of a command that nobody waits for."""


def _going_away() -> Unavailable:
    return Unavailable("this node is going away")
