"""A realtime node over storage in memory."""

import uuid
from typing import Any

import msgspec

import realtime.node
from conf.clock import Clock
from conf.metrics import Metrics, NullMetrics
from realtime.bus import Bus
from realtime.bus.memory import MemoryBus
from realtime.connection import Connection
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.state import Video
from realtime.sessions import Sessions
from realtime.wire import MAX_BEHIND_MS
from tests.fakes.beats import MemoryBeats
from tests.fakes.joining import JoiningWire
from tests.fakes.protocol_document import hold
from tests.fakes.storage import (
    MemoryBlocking,
    MemoryCredentials,
    MemoryDoors,
    MemoryEvents,
    MemoryFacts,
    MemoryParties,
    MemoryPartyLog,
    MemoryReactions,
    MemorySnapshots,
)

PARTY = "0123456789abcdef0123456789abcdef"
CODE = "ABCD2345"
FILM = Video(
    id="film", title="The Film", source="upload", duration_ms=60_000, stream_url="/film", uploader_id="uploader-of-film"
)
SHORT = Video(
    id="short",
    title="The Short",
    source="upload",
    duration_ms=5_000,
    stream_url="/short",
    uploader_id="uploader-of-short",
)
KEY = b"k" * 32


class Shelf:
    """What outlives a node: everything durable."""

    def __init__(self) -> None:
        self.log: Any = MemoryPartyLog()
        self.snapshots: Any = MemorySnapshots()
        self.parties: Any = MemoryParties()
        self.events: Any = MemoryEvents()
        self.reactions: Any = MemoryReactions()
        self.beats: Any = MemoryBeats()
        self.facts: Any = MemoryFacts(FILM, SHORT)
        self.credentials = MemoryCredentials()
        self.doors = MemoryDoors()
        self.blocking = MemoryBlocking()


class Node(realtime.node.Node):
    """Build another one over the same shelf (and bus) to restart, or to have two."""

    def __init__(
        self,
        clock: Clock,
        shelf: Shelf | None = None,
        bus: Bus | None = None,
        metrics: Metrics | None = None,
        *,
        node_id: str | None = None,
        **limits: int,
    ) -> None:
        self.clock = clock
        self.shelf = shelf = shelf or Shelf()
        super().__init__(
            node_id=node_id or uuid.uuid4().hex,
            party_log=shelf.log,
            snapshots=shelf.snapshots,
            parties=shelf.parties,
            events=shelf.events,
            reactions=shelf.reactions,
            beats=shelf.beats,
            facts=shelf.facts,
            credentials=shelf.credentials,
            doors=shelf.doors,
            blocking=shelf.blocking,
            sessions=Sessions(KEY),
            bus=bus or MemoryBus(),
            clock=clock,
            metrics=metrics or NullMetrics(),
            **limits,
        )

    async def close(self) -> None:
        """Stop at once, as after a crash, but without leaving tasks behind."""
        await self.timers.close()
        await self.engine.close()
        await self.hub.close()
        await self.gathering.close()
        self.nodes.close()
        await self.recorder.close()
        await self.reactions.close()
        await self.beats.close()

    async def create(self, party_id: str = PARTY, code: str = CODE, host: str = "ann", **fields: Any) -> None:
        create = do.Create(
            party_id=party_id, code=code, title="Friday", host_user_id=host, host_name=host, **{"video": FILM} | fields
        )
        await self.engine.create(create, actor=Actor(user_id=host, name=host))


class MemoryWire(JoiningWire):
    """Keeps what was sent, as frames."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.slow_since_ms: float | None = None

    def keep(self, payload: bytes) -> None:
        frame = msgspec.json.decode(payload)
        hold(frame)
        self.came.append(frame)

    def slow_down(self, now_ms: float) -> None:
        """Read nothing from now on."""
        self.slow_since_ms = now_ms
        self.step_apart()

    def close(self, code: int, reason: str) -> None:
        self.step_apart()
        self.closed = self.closed or (code, reason)

    @property
    def lagging(self) -> bool:
        return self.slow_since_ms is not None

    def behind(self, now_ms: float) -> bool:
        return self.slow_since_ms is not None and now_ms - self.slow_since_ms > MAX_BEHIND_MS

    def take(self, *kinds: str) -> list[dict[str, Any]]:
        """Take what has come, or only some kinds of it, off the wire."""
        taken = [frame for frame in self.came if not kinds or frame["t"] in kinds]
        self.came = [frame for frame in self.came if frame not in taken]
        return taken


class Seat:
    """One connection without a socket."""

    def __init__(self, node: Node, reference: str = CODE) -> None:
        self.wire = MemoryWire()
        self.connection = Connection(
            services=node.services, wire=self.wire, reference=reference, connection_id=uuid.uuid4().hex
        )

    def send(self, **frame: Any) -> None:
        self.connection.receive(msgspec.json.encode(frame).decode())

    @property
    def code(self) -> int | None:
        return self.wire.closed[0] if self.wire.closed else None

    def take(self, *kinds: str) -> list[dict[str, Any]]:
        return self.wire.take(*kinds)

    def drop(self) -> None:
        """Lose the socket."""
        self.connection.closed()
