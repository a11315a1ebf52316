# ruff: noqa: PLC0415 - each peer imports what it measures, and the others may not be installed
"""Relays of other makers for benchmarks/fanout.py: whatever a member of a room sends goes to all of its members.

python peers.py tornado|websockets|picows PORT        prints "ready"
"""

import asyncio
import sys
from collections import defaultdict
from typing import Any


async def tornado(port: int) -> None:
    """Use `write_message`, as the documentation shows it."""
    from tornado.web import Application
    from tornado.websocket import WebSocketHandler

    rooms: dict[str, set[WebSocketHandler]] = defaultdict(set)

    class Relay(WebSocketHandler):
        def open(self, room: str) -> None:
            self.set_nodelay(True)
            self.members = rooms[room]
            self.members.add(self)

        def on_message(self, message: str | bytes) -> None:
            for member in self.members:
                member.write_message(message)

        def on_close(self) -> None:
            self.members.discard(self)

    Application([(r"/(r\d+)", Relay)]).listen(port, "127.0.0.1", backlog=4096)


async def websockets(port: int) -> None:
    """Use `broadcast`, which the library recommends for this."""
    from websockets.asyncio.server import broadcast, serve

    rooms: dict[str, set[Any]] = defaultdict(set)

    async def relay(member: Any) -> None:
        members = rooms[member.request.path]
        members.add(member)
        try:
            async for message in member:
                broadcast(members, message)
        finally:
            members.discard(member)

    await serve(relay, "127.0.0.1", port, compression=None, ping_interval=None, backlog=4096)


async def picows(port: int) -> None:
    from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

    rooms: dict[bytes, set[WSTransport]] = defaultdict(set)

    class Relay(WSListener):
        def __init__(self, members: set[WSTransport]) -> None:
            self.members = members

        def on_ws_connected(self, transport: WSTransport) -> None:
            self.members.add(transport)

        def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type == WSMsgType.TEXT:
                message = frame.get_payload_as_bytes()
                for member in self.members:
                    member.send(WSMsgType.TEXT, message)

        def on_ws_disconnected(self, transport: WSTransport) -> None:
            self.members.discard(transport)

    server = await ws_create_server(lambda asked: Relay(rooms[asked.path]), "127.0.0.1", port, backlog=4096)
    await server.start_serving()


async def main(name: str, port: int) -> None:
    await {"tornado": tornado, "websockets": websockets, "picows": picows}[name](port)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
