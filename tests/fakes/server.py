"""A realtime node behind a real socket, and raw clients that speak to it frame by frame."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from conf.clock import SystemClock
from realtime.bus import Bus
from realtime.handler import MakeWire
from realtime.protocol import SUBPROTOCOL
from realtime.routes import routes
from realtime.wire import stream_of
from tests.fakes.clock import settle
from tests.fakes.node import CODE, Node, Shelf
from tests.fakes.protocol_document import hold

Frame = dict[str, Any]
PATIENCE_SECONDS = 10.0
OURS = "https://watch.example.com"


class Server:
    """Serve a node on a free port, or on the one of a server before it."""

    def __init__(
        self,
        shelf: Shelf | None = None,
        *,
        bus: Bus | None = None,
        make_wire: MakeWire | None = None,
        port: int | None = None,
        node_id: str | None = None,
    ) -> None:
        self.node = Node(SystemClock(), shelf, bus, node_id=node_id)
        self.node.start()
        rules = routes(services=self.node.services, trusted_origins=frozenset({OURS}), make_wire=make_wire)
        self._clients: list[Client] = []
        self._http = HTTPServer(Application(rules))
        if port is None:
            listener, self.port = bind_unused_port()
            self._http.add_socket(listener)
        else:
            self.port = port
            self._http.listen(port, "127.0.0.1")

    async def close(self) -> None:
        """Cut all sockets at once, as a crash does, and let the clients go."""
        await self.crash()
        for client in self._clients:
            client.socket.close()
        await settle()

    async def crash(self) -> None:
        """Cut all sockets at once."""
        self._http.stop()
        await self._http.close_all_connections()
        hub = self.node.hub
        for listener in [*hub._waiting, *(each for channel in hub._channels.values() for each in channel.listeners)]:
            with suppress(WebSocketClosedError):
                stream_of(listener._wire._handler).close()  # type: ignore[attr-defined]
        await settle()
        await self.node.close()

    def url(self, reference: str = CODE) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/parties/{reference}"

    async def connect(
        self, reference: str = CODE, subprotocols: Sequence[str] | None = (SUBPROTOCOL,), **headers: str
    ) -> "Client":
        request = HTTPRequest(self.url(reference), headers=headers)
        client = Client(await websocket_connect(request, subprotocols=list(subprotocols or []) or None))
        self._clients.append(client)
        return client

    async def enter(self, name: str, reference: str = CODE, **hello: Any) -> "Client":
        """Come in as the user `name`, or as a guest where the name begins with a capital."""
        client = await self.connect(reference)
        who = {"guest": name} if name[0].isupper() else {"token": f"token-{name}"}
        await client.send(t="hello", **who, **hello)
        client.welcome = await client.next("welcome")
        return client


class Client:
    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self.welcome: Frame = {}
        self.heard: list[Frame] = []
        self._ids = 0

    async def send(self, **frame: Any) -> None:
        await self.socket.write_message(msgspec.json.encode(frame).decode())

    async def next(self, *kinds: str) -> Frame:
        """Return the next frame of these kinds; what else comes is in `heard`."""
        while True:
            text = await asyncio.wait_for(self.socket.read_message(), PATIENCE_SECONDS)
            assert text is not None, (self.socket.close_code, self.socket.close_reason)
            frame = msgspec.json.decode(text)
            hold(frame)
            self.heard.append(frame)
            if frame["t"] in kinds:
                return frame

    async def ask(self, **frame: Any) -> Frame:
        """Send a command with an id of its own and return the reply."""
        self._ids += 1
        await self.send(**({"id": f"c{self._ids}"} | frame))
        return await self.next("ok", "error")

    async def closed(self) -> int | None:
        """Read on until the server closes, and return its code."""
        while await asyncio.wait_for(self.socket.read_message(), PATIENCE_SECONDS) is not None:
            pass
        return self.socket.close_code

    def events(self) -> list[Frame]:
        """List the numbered events heard so far."""
        return [frame for frame in self.heard if "seq" in frame and frame["t"] not in {"ok", "welcome", "top"}]

    def resume(self, seq: int | None = None) -> Frame:
        """Say where this client was."""
        seen = [event["seq"] for event in self.events()]
        return {
            "session": self.welcome["you"]["session"],
            "epoch": self.welcome["epoch"],
            "seq": seq if seq is not None else max([self.welcome["seq"], *seen]),
        }
