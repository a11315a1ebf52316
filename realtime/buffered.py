"""Tornado's websocket protocol, reading all frames that came with one read, and closing with the code that the RFC names."""

import asyncio
from typing import Any

from tornado.iostream import StreamClosedError

from realtime.lingering import LingeringProtocol
from realtime.reader import Frame, Opcode, Reader, Violation

READ_BYTES = 16 * 1024
"""Of one read. Tornado makes a buffer of this size for each; its own 64 KiB cost more than most frames."""
FRAME_BYTES = 1024
"""What a frame counts as, beside its bytes."""
YIELD_BYTES = 256 * 1024
"""After so much of one connection others get a turn: what the kernel has is read without one (Tornado does alike)."""


class BufferedProtocol(LingeringProtocol):
    """Replaces Tornado's loop of reads (`_receive_frame_loop`); what a message means stays Tornado's (`_handle_message`)."""

    async def _receive_frame_loop(self) -> None:
        self.stream.read_chunk_size = READ_BYTES
        reader, work = Reader(self.params.max_message_size), 0
        try:
            while not self.client_terminated:
                data = await self.stream.read_bytes(READ_BYTES, partial=True)
                work += len(data) + FRAME_BYTES * await self._take(reader, data)
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

    async def _take(self, reader: Reader, data: bytes) -> int:
        """Perform the frames that are whole now; return how many that were."""
        count = 0
        for count, frame in enumerate(reader.feed(data), 1):  # noqa: B007 - what it ended with is returned
            handled = self._perform(frame)
            if handled is not None:
                await handled
            if self.client_terminated:
                break
        return count

    def _perform(self, frame: Frame) -> Any:
        if isinstance(frame.data, str) or frame.opcode == Opcode.BINARY:
            return self._run_callback(self.handler.on_message, frame.data)
        return self._handle_message(frame.opcode, frame.data)
