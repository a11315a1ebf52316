"""Snapshots: a party opens from what it was at some seq, and folds only what came after.

Theory. A room is a pure function of its log: the state, the newest frames, the newest command ids. A snapshot holds of that
what cannot be had from the events nearby, the state and the ids; the frames before it are read again with the events that
they show. So a room that is opened from a snapshot is the one that would be folded from everything, to the last id, and
reads at most `FRAMES_KEPT` events before its snapshot and a little more than `EVERY` after it. Whose commit passes a seq
that is due writes it, behind the back of whoever waits; that two nodes do so, or none, changes nothing but the time of the
next opening.
"""

import asyncio
import zlib
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from conf import logs
from conf.metrics import Metrics
from realtime.party.state import PartyState
from realtime.room import Room
from store.documents import PartySnapshot
from store.errors import Unavailable

EVERY = 400
"""Events between two snapshots: with the frames before it, and what comes while it is written, less than 1,000."""
VERSION = 3
"""Of the content. It counts up when `PartyState` has another shape, or `apply` makes something else of the same events."""

log = logs.get("realtime.snapshots")


class SnapshotStore(Protocol):
    """Where snapshots are kept; `store.party_snapshots.PartySnapshots` in the running system."""

    async def newest(self, party_id: str, epoch: str, version: int) -> PartySnapshot | None:
        """Find the newest snapshot of this incarnation of the log, in this version. Raises `Unavailable`."""
        ...

    async def keep(self, snapshot: PartySnapshot) -> None:
        """Store a snapshot, unless it is there. Raises `Unavailable`."""
        ...

    async def drop(self, snapshot_id: str) -> None:
        """Take one away again. Raises `Unavailable`."""
        ...


class Epochs(Protocol):
    """Which incarnation of each log there is; `store.party_log.PartyLog` in the running system."""

    async def epoch(self, party_id: str) -> str | None: ...


class Content(Struct, frozen=True):
    """What of a room cannot be read from the events nearby."""

    state: PartyState
    commands: tuple[tuple[str, int], ...]
    """Ids of commands with the seqs that they were answered with, the oldest first."""


_DECODER = msgspec.msgpack.Decoder(Content)


def packed(content: Content) -> bytes:
    """Write the content down. The ids share long beginnings: the fastest level takes nine tenths off."""
    return zlib.compress(msgspec.msgpack.encode(content), 1)


def unpacked(content: bytes) -> Content | None:
    """Read the content; None where it is damaged or not of our shape."""
    try:
        return _DECODER.decode(zlib.decompress(content))
    except (zlib.error, msgspec.MsgspecError):
        return None


class Snapshots:
    def __init__(self, *, store: SnapshotStore, epochs: Epochs, metrics: Metrics) -> None:
        self._store = store
        self._epochs = epochs
        self._metrics = metrics
        self.outdated: Callable[[str], None] = lambda _party_id: None
        """Called with a party that this node holds as it was before its log was given another past."""
        self._tasks: set[asyncio.Task[None]] = set()

    def passed(self, room: Room, since: int) -> None:
        """Have a snapshot written where the room has passed a seq that is due, since it was at `since`."""
        if room.seq // EVERY > since // EVERY:
            self.take(room)

    def take(self, room: Room) -> None:
        """Have the room as it is now written down."""
        content = Content(room.state, room.commands())
        task = asyncio.create_task(self._keep(room.party_id, room.epoch, room.event_id, content))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def find(self, room: Room) -> tuple[PartySnapshot, Content] | None:
        """Find the newest snapshot of a room's party that can be read. Raises `Unavailable`."""
        found = await self._store.newest(room.party_id, room.epoch, VERSION)
        if found is None:
            return None
        content = unpacked(found.content)
        if content is None:
            log.warning("snapshot_unreadable", party_id=room.party_id, seq=found.seq)
            return None
        return found, content

    async def close(self) -> None:
        """Finish what is being written."""
        await asyncio.gather(*self._tasks)

    async def _keep(self, party_id: str, epoch: str, event_id: str, content: Content) -> None:
        seq = content.state.seq
        written = await asyncio.to_thread(packed, content)
        snapshot = PartySnapshot(
            id=f"{party_id}:{epoch}:{VERSION}:{seq}",
            party_id=party_id,
            seq=seq,
            event_id=event_id,
            epoch=epoch,
            version=VERSION,
            content=written,
        )
        try:
            await self._store.keep(snapshot)
            # Looked at afterwards: whoever rewrites a log first renews its epoch and then takes its snapshots away, so
            # that one of us sees the other, and nothing of a past that is over stays.
            current = await self._epochs.epoch(party_id)
            if current is not None and current != epoch:
                await self._store.drop(snapshot.id)
                self.outdated(party_id)
                return
        except Unavailable:
            log.info("snapshot_missed", party_id=party_id, seq=seq)
        else:
            self._metrics.count("party.snapshots")
