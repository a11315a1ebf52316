"""The only runner of parties: a queue per party → decide → append to the log → apply → project → publish.

Theory. Commands of one party wait in its queue; a runner takes all that wait, decides them one after the other against
the state as it would become, and appends all their events as one atomic commit. Three things can come of it:

* stored: the events are applied, published and acknowledged. Nothing is seen or answered before that.
* `SeqTaken`: another node wrote first. The tail is read and the same commands are decided again.
* `Unavailable`: nobody knows. The commands are refused with `unavailable`, and the room reads its tail before anything
  else. A client that retries with the same command id is answered from the log where its command did land; where it is
  still on its way, both ask for the same seq and the unique index lets one through.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from msgspec import UNSET, Struct

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from realtime.bus import Bus
from realtime.commit import Batch, Pending, Surroundings, decided
from realtime.credentials import Doors
from realtime.facts import Facts
from realtime.frames import frame
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.events import AnyEvent
from realtime.party.playback import lead_ms
from realtime.party.refused import Refused
from realtime.party.state import PartyState, Video
from realtime.projection import Parties, Projector, as_party
from realtime.records import from_record
from realtime.room import Room
from realtime.rooms import NoSuchParty, PartyLog, Rooms
from store.documents import PartyEvent
from store.errors import SeqTaken, Unavailable

CODE_LENGTH = 8
NAMING_A_VIDEO = (do.AddToQueue, do.ChangeVideo)
CONFLICTS_BORNE = 50
"""Lost races after which a batch gives up: each one means that another node made progress."""

log = logs.get("realtime.engine")

__all__ = ["Accepted", "Audience", "Engine", "NoSuchParty", "Refused"]


class Audience(Protocol):
    """Who is connected, as far as decisions depend on it; `realtime.presence.Presence` in the running system."""

    def connected(self, party_id: str) -> frozenset[str]:
        """List the ids of the members with a connection."""
        ...

    def highest_rtt_ms(self, party_id: str) -> float:
        """Return the round trip of the slowest member."""
        ...


class Accepted(Struct, frozen=True):
    """A command that had its effect: the party's seq then, and the events it caused (none where nothing was to do)."""

    seq: int
    events: tuple[AnyEvent, ...] = ()


class Engine:
    def __init__(
        self,
        *,
        party_log: PartyLog,
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
        self._facts = facts
        self._doors = doors
        self._audience = audience
        self._clock = clock
        self._metrics = metrics
        self._projector = Projector(parties)
        self._rooms = Rooms(party_log=party_log, projector=self._projector, bus=bus, clock=clock, metrics=metrics)
        self._queues: dict[str, list[Pending]] = {}
        self._runners: dict[str, asyncio.Task[None]] = {}
        self._closed = False
        self.committed: Callable[[str, Sequence[PartyEvent]], None] = lambda _party_id, _records: None
        """Called with each commit of this node once it has taken effect. It neither waits nor raises."""

    async def create(self, create: do.Create, *, actor: Actor, password_hash: str | None = None) -> Accepted:
        """Bring a party into being. Raises `store.errors.AlreadyExists("code")`: come again with another code and id.

        The log is written first: where the rest fails, nothing lists a party that has no history.
        """
        self._refuse_when_closed()
        room = Room(create.party_id)
        batch = decided(room, [self._pending(create, actor, None, None)], self._surroundings(create.party_id))
        await self._log.append(create.party_id, 0, batch.records)
        for record, entry in batch.steps:
            room.follow(record, entry)
        await self._parties.add(as_party(room.state, password_hash))
        self._rooms.keep(room)
        return Accepted(room.seq, tuple(entry.event for _, entry in batch.steps))

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
        self._refuse_when_closed()
        if self._rooms.ready(party_id) is None:
            await self._rooms.fresh(party_id)
        video = await self._video(command, actor)
        pending = self._pending(command, actor, command_id, video)
        self._queues.setdefault(party_id, []).append(pending)
        if party_id not in self._runners:
            self._runners[party_id] = asyncio.create_task(self._run(party_id))
        seq, events = await pending.outcome
        if isinstance(command, do.ChangeSettings) and command.password is not UNSET:
            await self._doors.lock(party_id, command.password)
        return Accepted(seq, events)

    async def room(self, party_id: str) -> Room:
        """Hold the party up to date in memory and return it. Raises `NoSuchParty`, `store.errors.Unavailable`."""
        self._refuse_when_closed()
        return self._rooms.ready(party_id) or await self._rooms.fresh(party_id)

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
        if party_id not in self._queues:
            self._rooms.forget(party_id)

    async def reopen(self, party_id: str) -> None:
        """Have a party read from its log again, which was rewritten; what is under way in it goes on."""
        await self._rooms.reopen(party_id)

    async def close(self) -> None:
        """Finish what was taken on; from now on everything is refused with `Unavailable`."""
        self._closed = True
        while self._runners:
            await asyncio.gather(*self._runners.values(), return_exceptions=True)
        await self._rooms.close()

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise Unavailable("this node is going away")

    async def _video(self, command: do.AnyCommand, actor: Actor) -> Video | None:
        if isinstance(command, NAMING_A_VIDEO):
            return await self._facts.video(command.video_id, actor.user_id)
        return None

    def _pending(self, command: do.AnyCommand, actor: Actor, command_id: str | None, video: Video | None) -> Pending:
        now_ms = self._clock.now_ms()
        return Pending(command, actor=actor, command_id=command_id, video=video, arrived_ms=now_ms)

    def _surroundings(self, party_id: str) -> Surroundings:
        return Surroundings(
            now_ms=self._clock.now_ms(),
            lead_ms=lead_ms(self._audience.highest_rtt_ms(party_id)),
            connected=self._audience.connected(party_id),
        )

    async def _run(self, party_id: str) -> None:
        queue = self._queues[party_id]
        try:
            while queue:
                await self._commit(party_id, queue)
        except Exception as error:
            log.exception("runner_failed", party_id=party_id)
            self._rooms.mark_behind(party_id)
            _fail(queue, len(queue), Unavailable(f"the party cannot be written: {type(error).__name__}"))
        finally:
            del self._runners[party_id], self._queues[party_id]

    async def _commit(self, party_id: str, queue: list[Pending]) -> None:
        """Decide and store what waits, as much of it as one commit holds."""
        for _ in range(CONFLICTS_BORNE):
            taken = len(queue)
            try:
                room = self._rooms.ready(party_id) or await self._rooms.fresh(party_id)
                batch = decided(room, queue, self._surroundings(party_id))
                taken, before = batch.taken, room.state
                if batch.steps:
                    await self._log.append(party_id, room.seq, batch.records)
            except SeqTaken:
                self._metrics.count("log.conflicts")
                self._rooms.mark_behind(party_id)
            except Unavailable as error:
                self._rooms.mark_behind(party_id)
                _fail(queue, taken, error)
                return
            else:
                del queue[:taken]
                await self._settle(room, before, batch)
                return
        _fail(queue, len(queue), Unavailable("other nodes write to this party without a pause"))

    async def _settle(self, room: Room, before: PartyState, batch: Batch) -> None:
        """Let a stored batch take effect: state, members, lists, and only then the answers."""
        for record, entry in batch.steps:
            if record.seq > room.seq:  # else a reader of the tail found our commit before we heard of it
                self._rooms.publish(room, room.follow(record, entry))
        await self._projector.project(before, room.state, [entry for _, entry in batch.steps])
        if batch.steps:
            self.committed(room.party_id, batch.records)
        for pending, outcome in batch.outcomes:
            if isinstance(outcome, Refused):
                self._metrics.count("party.refused")
                pending.fail(outcome)
                continue
            seq, events = outcome
            if pending.command_id is not None:
                room.remember(pending.command_id, seq)
            self._metrics.count("party.commands")
            self._metrics.timing("party.command_ms", self._clock.now_ms() - pending.arrived_ms)
            pending.succeed(seq, events)


def _fail(queue: list[Pending], n: int, error: Exception) -> None:
    """Refuse the first `n` that wait."""
    for pending in queue[:n]:
        pending.fail(error)
    del queue[:n]
