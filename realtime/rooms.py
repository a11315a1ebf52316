"""The parties that one node holds in memory: opened from the log, kept up with it, let go when nobody needs them."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from conf.clock import Clock
from conf.metrics import Metrics
from realtime.bus import Bus, Message
from realtime.party.fold import BrokenLog
from realtime.projection import Projector
from realtime.room import FRAMES_KEPT, Encoded, Room
from realtime.snapshots import EVERY, Snapshots
from store.documents import PartyEvent
from store.errors import Unavailable

PAGE = 1000

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(PartyEvent)


class PartyLog(Protocol):
    """The durable log; `store.party_log.PartyLog` in the running system."""

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        """Store events with seqs expected_seq + 1 … as one commit, all or none. Raises `SeqTaken`, `Unavailable`."""
        ...

    async def read(self, party_id: str, after: int = 0, limit: int | None = None) -> list[PartyEvent]:
        """Read events with seq > after, in order. Raises `Unavailable`."""
        ...

    async def epoch(self, party_id: str) -> str | None:
        """Name this incarnation of the log, None where there is none. Raises `Unavailable`."""
        ...


class NoSuchParty(Exception):  # noqa: N818 - named for what the caller meets
    """No party has this id."""


class Rooms:
    def __init__(
        self,
        *,
        party_log: PartyLog,
        snapshots: Snapshots,
        projector: Projector,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._log = party_log
        self._snapshots = snapshots
        snapshots.outdated = self.forget
        self._projector = projector
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._rooms: dict[str, Room] = {}
        self._opening: dict[str, asyncio.Task[Room]] = {}
        self._arriving: dict[str, Room] = {}
        """Rooms that are being read for the first time."""

    @property
    def alone(self) -> bool:
        """Whether no other node can write."""
        return self._bus.alone

    def ready(self, party_id: str) -> Room | None:
        """Return the room where it is here and up to date, without waiting."""
        room = self._rooms.get(party_id)
        if room is None or room.behind or party_id in self._opening:
            return None
        room.used_ms = self._clock.now_ms()
        return room

    async def fresh(self, party_id: str) -> Room:
        """Open a party, or read its tail; those who ask at the same time share one reading.

        Raises `NoSuchParty`, `store.errors.Unavailable`.
        """
        shared = party_id in self._opening
        room = await self._reading(party_id)
        if shared and room.behind:  # it may have begun before something was written that whoever asks has heard of
            room = await self._reading(party_id)
        return room

    async def _reading(self, party_id: str) -> Room:
        if party_id not in self._opening:
            task = self._opening[party_id] = asyncio.create_task(self._open(party_id))
            task.add_done_callback(lambda done: self._opened(party_id, done))
        return await asyncio.shield(self._opening[party_id])

    def get(self, party_id: str) -> Room | None:
        """Return the room where it is here, perhaps behind."""
        return self._rooms.get(party_id)

    def all(self) -> list[Room]:
        return list(self._rooms.values())

    def mark_behind(self, party_id: str, *, unsure: bool = False) -> None:
        """Have the room's tail read before its next use: something may have been written, perhaps (`unsure`) by us."""
        if room := self._rooms.get(party_id):
            room.behind = True
            room.unsure = room.unsure or unsure

    def keep(self, room: Room) -> None:
        """Hold a party that came into being here."""
        self._bus.subscribe(room.party_id, self._hear)
        self._keep(room)

    def doubt(self) -> None:
        """Have the tail of every room read before its next use: the bus was away."""
        for room in self._rooms.values():
            room.behind = True

    def _keep(self, room: Room) -> None:
        room.used_ms = self._clock.now_ms()
        self._rooms[room.party_id] = room
        self._metrics.gauge("party.open", len(self._rooms))

    def forget(self, party_id: str) -> None:
        """Let a party go from memory; the log opens it again."""
        if self._rooms.pop(party_id, None) is not None:
            self._bus.unsubscribe(party_id, self._hear)
            self._metrics.gauge("party.open", len(self._rooms))

    async def reopen(self, party_id: str) -> None:
        """Let a party go whose log was rewritten, whatever is under way: its next use reads it from the beginning.

        A runner in the middle of a commit ends it on the room that it has; then it too takes the new one.
        """
        if party_id in self._opening:
            await asyncio.gather(self._opening[party_id], return_exceptions=True)
        self.forget(party_id)

    def publish(self, room: Room, encoded: Encoded, record: PartyEvent | None = None) -> None:
        """Show everybody an event that the room has just come to."""
        stored = b"" if record is None or self._bus.alone else _ENCODER.encode(record)
        self._bus.publish(encoded.message(room.party_id, stored))

    def committed(self, room: Room, since: int) -> None:
        """Note that this node has written what came after `since`."""
        self._snapshots.passed(room, since)

    def publish_elsewhere(self, room: Room, encoded: Encoded, record: PartyEvent) -> None:
        """Show other nodes an event of ours that those here have seen already, and pass over."""
        if not self._bus.alone:
            self._bus.publish(encoded.message(room.party_id, _ENCODER.encode(record)))

    async def close(self) -> None:
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for party_id in tuple(self._rooms):
            self.forget(party_id)
        await self._snapshots.close()

    def _opened(self, party_id: str, task: asyncio.Task[Room]) -> None:
        self._opening.pop(party_id, None)
        if not task.cancelled():
            task.exception()  # whoever waited has it; with nobody waiting any more it is of no interest

    async def _open(self, party_id: str) -> Room:
        room = self._rooms.get(party_id)
        if room is None:
            return await self._open_first(party_id)
        room.behind = False
        try:
            fresh = await self._read_tail(room)
        except Unavailable:
            room.behind = True
            raise
        unsure, room.unsure = room.unsure, False
        for encoded in fresh:
            if unsure:
                self.publish(room, encoded)
            else:  # who wrote it has told the other nodes
                self._bus.echo(encoded.message(party_id))
        return room

    async def _open_first(self, party_id: str) -> Room:
        """Listen to the other nodes, and only then read: whatever they write from now on is heard."""
        room = self._arriving[party_id] = Room(party_id)
        self._bus.subscribe(party_id, self._hear)
        try:
            await self._bus.settled()
            epoch = await self._log.epoch(party_id)
            if epoch is None:
                raise NoSuchParty(party_id)
            room.epoch = epoch
            await self._read(room)
            await self._projector.heal(room.state)
            self._keep(room)
        finally:
            del self._arriving[party_id]
            if party_id not in self._rooms:
                self._bus.unsubscribe(party_id, self._hear)
        return room

    async def _read(self, room: Room) -> None:
        """Bring a new room up to date, from a snapshot where there is one."""
        found = await self._snapshots.find(room)
        if found:
            snapshot, content = found
            before = max(0, snapshot.seq - FRAMES_KEPT)
            records = await self._log.read(room.party_id, before, snapshot.seq - before)
            # A log that was put back without its snapshots, or they without it, does not hold this event.
            if records and records[-1].event_id == snapshot.event_id:
                room.restore(content.state, content.commands, records)
        restored = room.seq
        await self._read_tail(room)
        if room.seq - restored >= EVERY:  # written before there were snapshots, or while they could not be kept
            self._snapshots.take(room)

    async def _read_tail(self, room: Room) -> list[Encoded]:
        fresh: list[Encoded] = []
        while True:
            records = await self._log.read(room.party_id, room.seq, PAGE)
            # The runner may have folded some of these itself while this waited.
            fresh += [room.follow(record) for record in records if record.seq > room.seq]
            if len(records) < PAGE:
                return fresh
            await asyncio.sleep(0)  # a long log must not hold up the other parties

    def _hear(self, message: Message) -> None:
        """Follow what another node wrote; where that is not the next event, or not told whole, notice that it wrote."""
        room = self._rooms.get(message.party_id)
        if room is not None and message.record and message.seq == room.seq + 1 and _followed(room, message):
            return
        room = room or self._arriving.get(message.party_id)
        if room is not None and message.seq is not None and message.seq > room.seq:
            room.behind = True


def _followed(room: Room, message: Message) -> bool:
    """Fold the event that a message carries; False for one that this version does not know."""
    try:
        record = _DECODER.decode(message.record)
        room.follow(record, encoded=Encoded.of(message))
    except (msgspec.DecodeError, BrokenLog):
        return False
    return True
