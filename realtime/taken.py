"""A websocket's socket, taken over from Tornado once the handshake is done.

Theory. An `IOStream` makes a future of each read and of each write, copies through buffers of its own and finds out anew
after each what to wait for: about 25 us for a small frame that comes in, on a machine where the kernel needs 4 to send one.
Here the loop calls whoever listens with the bytes as they come, and bytes that the kernel takes at once leave nothing
behind. It has as much of `IOStream`'s interface as Tornado's websocket protocol and ours use, so that what a frame means and
how a connection closes stays theirs. Nothing of a connection that is idle waits in a task.

It reads two private names of `IOStream`, pinned by a test: `_read_buffer`, for what came behind the handshake, and `_state`,
by which the stream knows that nobody calls it any more.
"""

import asyncio
import socket
from collections.abc import Callable

from tornado.iostream import IOStream, StreamClosedError

READ_BYTES = 16 * 1024
"""Of one read, and so of one connection in one turn of the loop: others get theirs in between."""


class TakenStream:
    __slots__ = ("_lost", "_received", "_waits", "_written", "early", "fd", "io_loop", "occupied", "parts", "socket")

    def __init__(self, stream: IOStream) -> None:
        self.socket: socket.socket = stream.socket
        self.io_loop = stream.io_loop
        self.fd = self.socket.fileno()  # with the socket itself the loop would format its address at each look
        self.early = bytes(stream._read_buffer)  # noqa: SLF001 - see above
        if stream._state is not None:  # noqa: SLF001 - see above
            stream.io_loop.remove_handler(self.fd)
            stream._state = None  # noqa: SLF001 - see above
        self.parts: list[memoryview] = []
        """What the kernel has not taken yet; while it is not empty nothing may be sent past it."""
        self.occupied: Callable[[], None] | None = None
        """Called whenever something may not be sent past it any more: when it is given bytes to write, and when it closes."""
        self._written: list[asyncio.Future[None]] = []
        self._waits = False
        """Whether the loop tells when the kernel takes more."""
        self._received: Callable[[bytes], None] | None = None
        self._lost: Callable[[], None] | None = None

    def read_on(self, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        """Call `received` with whatever comes, in the context of the caller, and `lost` once when the socket is gone."""
        self._received, self._lost = received, lost
        loop = asyncio.get_running_loop()
        if self.closed():
            loop.call_soon(lost)
            return
        loop.add_reader(self.fd, self._readable)
        if self.early:
            early, self.early = self.early, b""
            received(early)

    def rest(self) -> None:
        """Hand on nothing more of what comes."""
        if self._received is not None and not self.closed():
            asyncio.get_running_loop().remove_reader(self.fd)
        self._received = None

    def reading(self) -> bool:
        return self._received is not None

    def writing(self) -> bool:
        return bool(self.parts)

    def closed(self) -> bool:
        return self.socket.fileno() < 0

    async def read_bytes(self, size: int, *, partial: bool = True) -> bytes:  # noqa: ARG002 - as IOStream has it
        """Read once, where nobody is called any more. Raises `StreamClosedError`."""
        data = b""
        if not self.closed():
            try:
                data = await asyncio.get_running_loop().sock_recv(self.socket, size)
            except OSError as error:
                self.close()
                raise StreamClosedError(error) from error
        if not data:
            raise StreamClosedError
        return data

    def write(self, data: bytes) -> "asyncio.Future[None]":
        """Send behind what waits already; the future is done when the kernel has all of it. Raises `StreamClosedError`."""
        if self.closed():
            raise StreamClosedError
        if self.occupied is not None:
            self.occupied()
        future = asyncio.get_running_loop().create_future()
        self.parts.append(memoryview(data))
        self._written.append(future)
        if not self._waits:
            self._writable()
        return future

    def set_nodelay(self, value: bool) -> None:  # noqa: FBT001 - as IOStream has it
        if not self.closed():
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, value)

    def close(self) -> None:
        """Let the socket go at once, with all that waits to be written."""
        if self.closed():
            return
        loop = asyncio.get_running_loop()
        loop.remove_reader(self.fd)
        loop.remove_writer(self.fd)
        self.socket.close()
        self.fd = -1  # the number may be that of another connection from now on
        occupied, self.occupied = self.occupied, None
        if occupied is not None:
            occupied()
        self.parts.clear()
        written, self._written = self._written, []
        for future in written:
            if not future.done():
                future.set_exception(StreamClosedError())
                future.exception()  # nobody needs to ask
        if self._lost is not None:
            loop.call_soon(self._lost)
        self._received = self._lost = None

    def _readable(self) -> None:
        try:
            data = self.socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data and self._received is not None:
            self._received(data)
        else:
            self.close()

    def _writable(self) -> None:
        while self.parts:
            part = self.parts[0]
            try:
                sent = self.socket.send(part)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self.close()
                return
            if sent < len(part):
                self.parts[0] = part[sent:]
                break
            del self.parts[0]
            future = self._written.pop(0)
            if not future.done():
                future.set_result(None)
        self._wait(bool(self.parts))

    def _wait(self, waits: bool) -> None:  # noqa: FBT001 - the new state
        if waits == self._waits:
            return
        self._waits = waits
        loop = asyncio.get_running_loop()
        if waits:
            loop.add_writer(self.fd, self._writable)
        else:
            loop.remove_writer(self.fd)
