"""Bytes of RFC 6455 by hand, for what no client library would send."""

import asyncio
import socket

from tests.fakes.server import PATIENCE_SECONDS


def handshake(reference: str, port: int) -> bytes:
    return (
        f"GET /ws/parties/{reference} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: matinee.v1\r\n\r\n"
    ).encode()


def masked(text: str) -> bytes:
    """Write a small client text frame with the mask 0 (RFC 6455, section 5.3: any mask will do)."""
    data = text.encode()
    assert len(data) < 126
    return bytes([0x81, 0x80 | len(data), 0, 0, 0, 0]) + data


async def read_close(lazy: socket.socket, code: int) -> None:
    """Read on, at last: behind what was under way comes the close frame."""
    loop = asyncio.get_running_loop()
    data = b""
    while chunk := await asyncio.wait_for(loop.sock_recv(lazy, 1 << 20), PATIENCE_SECONDS):
        data += chunk
        if data[-200:].find(code.to_bytes(2, "big")) >= 0:
            return
    raise AssertionError("no close frame")
