"""Putting one encoded frame on many sockets, and noticing who does not read.

`DirectWire` keeps what it is given until the end of the loop's turn and then sends all of it at once, on the socket itself
while nothing is queued: a kernel call costs more than a frame, and in a busy room several frames fall into one turn. What
many connections get alike comes as a `Piece`, joined already. It needs the socket for itself (`realtime.taken`). `PlainWire`
does the same through Tornado's public interface, frame by frame, and serves TLS.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from tornado.iostream import IOStream, SSLIOStream
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from conf.clock import Clock
from realtime.taken import TakenStream

MAX_BEHIND_BYTES = 1024 * 1024
MAX_BEHIND_MS = 5_000
"""For each MiB under way: a `welcome` with the whole party and 500 missed events may be larger than what may wait."""
SEND_BUFFER_BYTES = 128 * 1024
"""Of the kernel, a connection: its default of 4 MB would hide a slow reader for minutes."""
JOINED_BYTES = 64 * 1024
TEXT_FRAME = 0x81
"""FIN and opcode 1 (RFC 6455, section 5.2)."""


class Outgoing:
    """A text frame, packed once for all who receive it."""

    __slots__ = ("packed", "payload")

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        size = len(payload)
        if size < 126:  # noqa: PLR2004 - RFC 6455, section 5.2
            header = struct.pack("!BB", TEXT_FRAME, size)
        elif size < 65536:  # noqa: PLR2004 - as above
            header = struct.pack("!BBH", TEXT_FRAME, 126, size)
        else:
            header = struct.pack("!BBQ", TEXT_FRAME, 127, size)
        self.packed = header + payload


class Piece:
    """Frames that go out together to many connections, joined once for all of them."""

    __slots__ = ("frames", "packed", "size")

    def __init__(self, frames: Sequence[Outgoing]) -> None:
        self.frames = frames
        self.packed = b"".join([outgoing.packed for outgoing in frames])
        self.size = len(self.packed)


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
        """Send what others get as well, behind what was given before; say whether anything waits for the peer to read."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Say why, and close. What is queued but not under way is dropped."""
        ...

    def behind(self, now_ms: float) -> bool:
        """Say whether the peer reads too slowly to be kept."""
        ...


class Turn:
    """The wires that were given something in this turn of the loop; at its end they send it."""

    def __init__(self) -> None:
        self._wires: list[DirectWire] = []

    def add(self, wire: "DirectWire") -> None:
        if not self._wires:
            asyncio.get_running_loop().call_soon(self._end)
        self._wires.append(wire)

    def _end(self) -> None:
        wires, self._wires = self._wires, []
        for wire in wires:
            wire.put_out()


class DirectWire:
    """Sends on a socket that was taken over."""

    __slots__ = (
        "_backlog",
        "_clock",
        "_closed",
        "_given",
        "_handler",
        "_queued_bytes",
        "_since_ms",
        "_socket",
        "_stream",
        "_turn",
        "_under_way",
    )

    def __init__(self, handler: WebSocketHandler, stream: TakenStream, clock: Clock, turn: Turn) -> None:
        self._handler = handler
        self._turn = turn
        self._given: list[Outgoing] = []
        self._clock = clock
        self._stream = stream
        self._socket = stream.socket
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._backlog: list[bytes] = []
        self._queued_bytes = 0
        self._under_way = 0
        self._since_ms = 0.0
        self._closed = False

    @property
    def lagging(self) -> bool:
        return self._under_way > 0

    def send(self, outgoing: Outgoing) -> None:
        if self._closed:
            return
        if not self._given:
            self._turn.add(self)
        self._given.append(outgoing)

    def put(self, piece: Piece) -> bool:
        if self._given or self._under_way or self._stream.parts or self._closed:
            return self._put_behind(piece)
        try:  # what `_send` does, once more: the step into it would be a tenth of all that Python does for a delivery
            sent = self._socket.send(piece.packed)
        except (OSError, InterruptedError):
            return self._put_behind(piece)
        if sent < piece.size:
            self._queue(piece.packed[sent:])
        return self._under_way > 0

    def _put_behind(self, piece: Piece) -> bool:
        """Put what cannot go out at once, because something else comes first, the kernel has no room, or nobody is there."""
        if self._given:
            self._given += piece.frames
        elif not self._closed:
            self._send(piece.packed)
        return self._under_way > 0

    def put_out(self) -> None:
        """Send what was given since the last turn."""
        given, self._given = self._given, []
        if len(given) == 1:
            self._send(given[0].packed)
        elif given:
            self._send(b"".join([outgoing.packed for outgoing in given]))

    def _send(self, piece: bytes) -> None:
        if self._under_way or self._stream.parts:
            self._queue(piece)
            return
        try:
            sent = self._socket.send(piece)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self._stream.close()  # the peer is gone, or was already; the handler hears of it, once
            return
        if sent < len(piece):
            self._queue(piece[sent:])

    def close(self, code: int, reason: str) -> None:
        self.put_out()  # the last words before the close
        self._closed = True
        self._backlog.clear()
        self._queued_bytes = 0
        self._handler.close(code, reason)

    def behind(self, now_ms: float) -> bool:
        if not self._under_way:
            return False
        return self._queued_bytes > MAX_BEHIND_BYTES or now_ms - self._since_ms > patience_ms(self._under_way)

    def _queue(self, data: bytes) -> None:
        self._backlog.append(data)
        self._queued_bytes += len(data)
        if not self._under_way:
            self._write_on()

    def _write_on(self) -> None:
        """Give the stream the next part of the backlog as one piece; it tells when that is out."""
        taken, size = 1, len(self._backlog[0])
        while taken < len(self._backlog) and size + len(self._backlog[taken]) <= JOINED_BYTES:
            size += len(self._backlog[taken])
            taken += 1
        part = b"".join(self._backlog[:taken])
        del self._backlog[:taken]
        self._queued_bytes -= size
        self._under_way = size
        self._since_ms = self._clock.now_ms()
        self._stream.write(part).add_done_callback(self._written)

    def _written(self, future: asyncio.Future[None]) -> None:
        self._under_way = 0
        failed = future.cancelled() or future.exception() is not None
        if self._backlog and not failed and not self._closed:
            self._write_on()


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


class Wires:
    """Makes the fastest wire that a handler's stream allows; those that it made share their turns."""

    def __init__(self) -> None:
        self._turn = Turn()

    def take(self, stream: IOStream) -> IOStream | TakenStream:
        """Take the socket over from Tornado where that can be: TLS is Tornado's, and so is an answer not yet written."""
        return stream if isinstance(stream, SSLIOStream) or stream.writing() else TakenStream(stream)

    def __call__(self, handler: WebSocketHandler, clock: Clock) -> Wire:
        stream = stream_of(handler)
        return (
            DirectWire(handler, stream, clock, self._turn)
            if isinstance(stream, TakenStream)
            else PlainWire(handler, clock)
        )


def stream_of(handler: WebSocketHandler) -> IOStream | TakenStream:
    """Reach the handler's stream. Private to Tornado: pinned by version and by test."""
    connection = handler.ws_connection
    if connection is None or connection.stream is None:
        raise WebSocketClosedError
    return connection.stream
