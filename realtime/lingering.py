"""Tornado's websocket protocol, with the patience to let the close code of a refused message be heard."""

import asyncio
from contextlib import suppress

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketProtocol13

PROTOCOL_ERROR = 1002
LINGER_SECONDS = 2.0
LINGER_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024


class LingeringProtocol(WebSocketProtocol13):
    """Closes like its parent, but reads away what the peer is still sending before the socket goes.

    Tornado drops the socket right behind the close frame of a message that is too large. With the rest of that message
    unread the kernel answers with a reset, which takes the close frame with it: the peer sees 1006, comes back and sends
    the same again. A peer that breaks RFC 6455 hears 1002 instead of nothing.
    """

    _farewell: asyncio.Task[None] | None = None

    def _abort(self) -> None:
        if self._farewell is not None:
            return
        stream = self.stream
        # Where somebody reads already, the peer had its time to answer our close.
        if stream is None or stream.closed() or stream.reading() or self.client_terminated:
            super()._abort()
            return
        self.close(PROTOCOL_ERROR, "Not a websocket frame.")  # says nothing where a code was given already
        self.client_terminated = True  # nothing that still comes is a message
        self._farewell = asyncio.create_task(self._read_away())

    async def _read_away(self) -> None:
        left = LINGER_BYTES
        with suppress(StreamClosedError, TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while left > 0:
                    left -= len(await self.stream.read_bytes(CHUNK_BYTES, partial=True))
        super()._abort()
