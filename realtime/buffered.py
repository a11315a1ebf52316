"""Tornado's websocket protocol, reading all frames that came with one read, and closing with the code that the RFC names.

Where the socket was taken over (`realtime.taken`) its bytes are handed on as they come; else they are read here, in a task
of each connection, through Tornado's stream. The same frames come out.
"""

import asyncio
import sys
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketHandler

from realtime.lingering import LingeringProtocol
from realtime.reader import Frame, Opcode, Reader, Violation
from realtime.taken import READ_BYTES, TakenStream

FRAME_BYTES = 1024
"""What a frame counts as, beside its bytes."""
YIELD_BYTES = 256 * 1024
"""After so much of one connection others get a turn: what the kernel has is read without one (Tornado does alike)."""


class BufferedProtocol(LingeringProtocol):
    """Replaces Tornado's loop of reads (`_receive_frame_loop`); what a message means stays Tornado's (`_handle_message`).

    What `on_message` returns is waited for only where the socket is Tornado's; ours return nothing.
    """

    def __init__(self, handler: WebSocketHandler, *, mask_outgoing: bool, params: Any) -> None:
        super().__init__(handler, mask_outgoing, params)
        self.selected_subprotocol = None
        self._reader = Reader(self.params.max_message_size)  # here, as an attribute that comes later costs 1 KB

    async def _receive_frame_loop(self) -> None:
        stream: object = self.stream
        if isinstance(stream, TakenStream):
            stream.read_on(self._received, self._lost)
            return
        # Tornado makes a buffer of this size for each read; its own 64 KiB cost more than most frames.
        self.stream.read_chunk_size = READ_BYTES
        work = 0
        try:
            while not self.client_terminated:
                data = await self.stream.read_bytes(READ_BYTES, partial=True)
                work += len(data) + FRAME_BYTES * await self._take(data)
                if work >= YIELD_BYTES:
                    work = 0
                    await asyncio.sleep(0)
        except Violation as violation:
            self.close(violation.code, violation.reason)
            self._abort()
        except StreamClosedError:
            self._abort()
        finally:
            self.handler.on_ws_connection_close(self.close_code, self.close_reason)

    async def _take(self, data: bytes) -> int:
        """Perform the frames that are whole now; return how many that were."""
        count = 0
        for count, frame in enumerate(self._reader.feed(data), 1):  # noqa: B007 - what it ended with is returned
            handled = self._perform(frame)
            if handled is not None:
                await handled
            if self.client_terminated:
                break
        return count

    def _received(self, data: bytes) -> None:
        text = self._reader.whole(data)
        if text is not None and not self.client_terminated:
            try:  # as `_run_callback` does, without its way for callbacks that are to be waited for
                self.handler.on_message(text)
            except Exception:  # noqa: BLE001 - logged by the handler
                self.handler.log_exception(*sys.exc_info())
                self._abort()
            return
        try:
            for frame in self._reader.feed(data):
                if self.client_terminated:
                    break
                self._perform(frame)
        except Violation as violation:
            self.stream.rest()  # type: ignore[attr-defined]  # it is a TakenStream
            self.close(violation.code, violation.reason)
            self._abort()

    def _lost(self) -> None:
        self._abort()
        self.handler.on_ws_connection_close(self.close_code, self.close_reason)

    def _perform(self, frame: Frame) -> Any:
        if isinstance(frame.data, str) or frame.opcode == Opcode.BINARY:
            return self._run_callback(self.handler.on_message, frame.data)
        return self._handle_message(frame.opcode, frame.data)
