"""Reading a socket until so much has come."""

import asyncio
import socket


async def read_all(theirs: socket.socket, size: int) -> bytes:
    """Read at least `size` bytes, waiting 5 s at most for each piece."""
    data = b""
    while len(data) < size:
        data += await asyncio.wait_for(asyncio.get_running_loop().sock_recv(theirs, 50_000), 5)
    return data
