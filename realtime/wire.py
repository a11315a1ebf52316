"""Putting one encoded frame on many sockets, and noticing who does not read: the port, and its version by Tornado.

`PlainWire` sends through Tornado's public interface, frame by frame, and serves TLS. `realtime.direct` has the fast one.
"""

import asyncio
import struct
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from tornado.iostream import IOStream
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from conf.clock import Clock
from realtime.taken import TakenStream

MAX_BEHIND_BYTES = 1024 * 1024
MAX_BEHIND_MS = 5_000
"""For each MiB under way: a `welcome` with the whole party and 500 missed events may be larger than what may wait."""
TEXT_FRAME = 0x81
"""FIN and opcode 1 (RFC 6455, section 5.2)."""
SHORT_HEADER, MEDIUM_HEADER, LONG_HEADER = (struct.Struct(layout).pack for layout in ("!BB", "!BBH", "!BBQ"))


class Outgoing:
    """A text frame, packed once for all who receive it."""

    __slots__ = ("packed", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        size = len(payload)
        if size < 126:  # noqa: PLR2004 - RFC 6455, section 5.2
            header = SHORT_HEADER(TEXT_FRAME, size)
        elif size < 65536:  # noqa: PLR2004 - as above
            header = MEDIUM_HEADER(TEXT_FRAME, 126, size)
        else:
            header = LONG_HEADER(TEXT_FRAME, 127, size)
        self.packed = header + payload


class Joining(Protocol):
    """A wire that joins others in sending a piece."""

    apart: Callable[[], None] | None
    """Called once when it is no more idle, be it that it was given something alone or that it is gone."""

    def send_now(self, piece: bytes) -> None:
        """Send at once, and queue what the kernel does not take."""
        ...

    def sent(self, piece: bytes, result: int) -> None:
        """Hear how many bytes of a piece the kernel took where these were not all, or -errno."""
        ...


class Piece:
    """Frames that go out together to many connections, joined once for all of them.

    `wires` are those that wait for it to be sent for all of them (`realtime.casting`), each with its socket's descriptor. What
    some get instead, as they have something of their own behind it, is found by their places in these columns.
    """

    __slots__ = ("descriptors", "frames", "instead", "packed", "size", "wires")

    def __init__(self, frames: Sequence[Outgoing]) -> None:
        self.wires: list[Joining] = []
        self.descriptors = array("i")
        self.frames = frames
        self.packed = frames[0].packed if len(frames) == 1 else b"".join([outgoing.packed for outgoing in frames])
        self.size = len(self.packed)
        self.instead: dict[int, bytes] = {}

    def add(self, place: int, behind: Sequence[Outgoing]) -> None:
        """Have one get more, behind the frames that all get."""
        self.instead[place] = b"".join([self.packed, *(outgoing.packed for outgoing in behind)])


class Wire(Protocol):
    """One connection, as far as sending goes."""

    @property
    def lagging(self) -> bool:
        """Whether anything waits for the peer to read: only then is `behind` worth asking."""
        ...

    def send(self, outgoing: Outgoing) -> None:
        """Send, or queue behind what the peer has not read yet. Never blocks, never raises."""
        ...

    def put(self, piece: Piece) -> bool:
        """Send what others get as well, behind what was given before, or join those who have it sent all at once.

        Says whether anything waits for the peer to read.
        """
        ...

    def close(self, code: int, reason: str) -> None:
        """Say why, and close. What is queued but not under way is dropped."""
        ...

    def behind(self, now_ms: float) -> bool:
        """Say whether the peer reads too slowly to be kept."""
        ...


class PlainWire:
    """Sends through `write_message`."""

    def __init__(self, handler: WebSocketHandler, clock: Clock) -> None:
        self._handler = handler
        self._clock = clock
        self._waiting: deque[tuple[int, float]] = deque()
        self._waiting_bytes = 0
        self._closed = False

    @property
    def lagging(self) -> bool:
        return bool(self._waiting)

    def send(self, outgoing: Outgoing) -> None:
        if self._closed:
            return
        try:
            future = self._handler.write_message(outgoing.payload)
        except WebSocketClosedError:
            return
        size = len(outgoing.payload)
        self._waiting.append((size, self._clock.now_ms()))
        self._waiting_bytes += size
        future.add_done_callback(self._written)

    def put(self, piece: Piece) -> bool:
        for outgoing in piece.frames:
            self.send(outgoing)
        return bool(self._waiting)

    def close(self, code: int, reason: str) -> None:
        self._closed = True
        self._handler.close(code, reason)

    def behind(self, now_ms: float) -> bool:
        if not self._waiting:
            return False
        size, since_ms = self._waiting[0]
        return self._waiting_bytes - size > MAX_BEHIND_BYTES or now_ms - since_ms > patience_ms(size)

    def _written(self, future: asyncio.Future[None]) -> None:
        size, _ = self._waiting.popleft()  # writes end in the order in which they began
        self._waiting_bytes -= size
        if not future.cancelled():
            future.exception()


def patience_ms(size: int) -> float:
    """Return how long a peer may take to read `size` bytes."""
    return MAX_BEHIND_MS * max(1.0, size / MAX_BEHIND_BYTES)


def stream_of(handler: WebSocketHandler) -> IOStream | TakenStream:
    """Reach the handler's stream. Private to Tornado: pinned by version and by test."""
    connection = handler.ws_connection
    if connection is None or connection.stream is None:
        raise WebSocketClosedError
    return connection.stream
