"""The fast wire: bytes straight onto a socket that was taken over from Tornado (`realtime.taken`).

`DirectWire` keeps what it is given until the end of the loop's turn and then sends all of it at once: a kernel call costs more
than a frame, and in a busy room several frames fall into one turn. What many connections get alike comes as a `Piece`, joined
already. While the kernel has no room, what comes queues here, and its age and size say whether the peer reads too slowly.
"""

import asyncio
import socket
from collections.abc import Callable
from errno import EAGAIN, EINTR, EIO

from tornado.iostream import IOStream, SSLIOStream
from tornado.websocket import WebSocketHandler

from conf.clock import Clock
from realtime.casting import Cast
from realtime.taken import TakenStream
from realtime.wire import MAX_BEHIND_BYTES, Outgoing, Piece, PlainWire, Wire, patience_ms, stream_of

SEND_BUFFER_BYTES = 128 * 1024
"""Of the kernel, a connection: its default of 4 MB would hide a slow reader for minutes."""
JOINED_BYTES = 64 * 1024
PASSING = frozenset({EAGAIN, EINTR})
"""Faults of a send after which the peer is still there."""


class Turn:
    """The wires that were given something in this turn of the loop; at its end they send it."""

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._wires: list[DirectWire] = []

    def add(self, wire: "DirectWire") -> None:
        if not self._wires:
            asyncio.get_running_loop().call_soon(self._end)
        self._wires.append(wire)

    def _end(self) -> None:
        wires, self._wires = self._wires, []
        for wire in wires:
            wire.put_out(self._cast)
        self._cast.go()


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
        "apart",
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
        self.apart: Callable[[], None] | None = None
        stream.occupied = self._step_apart

    @property
    def lagging(self) -> bool:
        return self._under_way > 0

    def send(self, outgoing: Outgoing) -> None:
        if self._closed:
            return
        if not self._given:
            self._step_apart()
            self._turn.add(self)
        self._given.append(outgoing)

    def put(self, piece: Piece) -> bool:
        if self._given or self._under_way or self._stream.parts or self._closed:
            return self._put_behind(piece)
        piece.wires.append(self)
        piece.descriptors.append(self._stream.fd)
        return False

    def _put_behind(self, piece: Piece) -> bool:
        """Put what cannot go out at once, because something else comes first, the kernel has no room, or nobody is there."""
        if self._given:
            self._given += piece.frames
        elif not self._closed:
            self._send(piece.packed)
        return self._under_way > 0

    def put_out(self, cast: Cast) -> None:
        """Lay down what was given since the last turn, or queue it."""
        if not self._given:
            return
        packed = self._taken_over()
        if self._under_way or self._stream.parts:
            self._queue(packed)
        else:
            cast.lay_alone(self, self._stream.fd, packed)

    def _taken_over(self) -> bytes:
        given, self._given = self._given, []
        return given[0].packed if len(given) == 1 else b"".join([outgoing.packed for outgoing in given])

    def _send(self, piece: bytes) -> None:
        if self._under_way or self._stream.parts:
            self._queue(piece)
        else:
            self.send_now(piece)

    def send_now(self, piece: bytes) -> None:
        try:
            taken = self._socket.send(piece)
        except OSError as error:
            taken = -(error.errno or EIO)
        if taken < len(piece):
            self.sent(piece, taken)

    def sent(self, piece: bytes, result: int) -> None:
        if result >= 0 or -result in PASSING:
            self._queue(piece[max(0, result) :])
        else:
            self._stream.close()  # the peer is gone, or was already; the handler hears of it, once

    def close(self, code: int, reason: str) -> None:
        self._step_apart()
        if self._given:
            self._send(self._taken_over())  # the last words before the close
        self._closed = True
        self._backlog.clear()
        self._queued_bytes = 0
        self._handler.close(code, reason)

    def behind(self, now_ms: float) -> bool:
        if not self._under_way:
            return False
        return self._queued_bytes > MAX_BEHIND_BYTES or now_ms - self._since_ms > patience_ms(self._under_way)

    def _step_apart(self) -> None:
        if self.apart is not None:
            self.apart()

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


class Wires:
    """Makes the fastest wire that a handler's stream allows; those that it made share their turns."""

    def __init__(self, cast: Cast) -> None:
        self._turn = Turn(cast)

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
