"""One open websocket: frames in, frames out, and how it ended."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketError, websocket_connect

from realtime import errors
from realtime.protocol import SUBPROTOCOL

CONNECT_SECONDS = 10.0
GOODBYE_SECONDS = 1.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""A welcome holds the whole party and up to 500 missed events."""
PASSING_STATUSES = frozenset({408, 425, 429, 599})
"""Refusals of the upgrade that may be gone a moment later, as all of 5xx may; 599 is Tornado's "no answer"."""
SERVER_ERROR = 500

Frame = dict[str, Any]


class Closed(Struct, frozen=True):
    """How a link ended; without a code it broke."""

    code: int | None = None
    reason: str = ""


class Link:
    """Made by `open_link`."""

    def __init__(self, hear: Callable[["Link", Frame], None]) -> None:
        self.closed: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the socket is closed: after a goodbye that is when the server has said its own."""
        self._hear = hear
        self._socket: WebSocketClientConnection | None = None

    def send(self, frame: Frame) -> None:
        """Write a frame; on a link that is gone it goes nowhere, and whoever cares sends it again on the next one."""
        if self._socket is None or self.closed.done():
            return
        try:
            written = self._socket.write_message(msgspec.json.encode(frame))
        except WebSocketClosedError:
            return
        written.add_done_callback(_forgive)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and close."""
        if self._socket is not None:
            self._socket.close(code, reason)
        self._end(Closed(code, reason))

    async def part(self, code: int, reason: str) -> None:
        """Say goodbye, and wait for the server's; one that does not come in time is done without."""
        self.close(code, reason)
        await asyncio.wait([self.gone], timeout=GOODBYE_SECONDS)
        if not self.gone.done():
            self.cut()

    def cut(self) -> None:
        """Break the line without a word, as a network does."""
        if self._socket is None:
            return
        protocol = self._socket.protocol
        if protocol is not None and protocol.stream is not None:
            protocol.stream.close()
        self._socket.close()
        self._end(Closed())

    def attach(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket

    def heard(self, text: str | bytes | None) -> None:
        """Take what the socket received; None is its end."""
        if text is None and not self.gone.done():
            self.gone.set_result(None)
        if self.closed.done():
            return
        if text is not None:
            self._hear(self, msgspec.json.decode(text))
        elif self._socket is not None:
            closed = Closed(self._socket.close_code, self._socket.close_reason or "")
            self._socket.close()
            self._end(closed)
        else:
            self._end(Closed())

    def _end(self, closed: Closed) -> None:
        if not self.closed.done():
            self.closed.set_result(closed)


async def open_link(url: str, hear: Callable[[Link, Frame], None]) -> Link | Closed:
    """Open a websocket, or say how that ended; `hear` is then called with each frame."""
    link = Link(hear)
    request = HTTPRequest(url, connect_timeout=CONNECT_SECONDS, request_timeout=CONNECT_SECONDS)
    connecting = asyncio.ensure_future(
        websocket_connect(
            request,
            on_message_callback=link.heard,
            subprotocols=[SUBPROTOCOL],
            max_message_size=MAX_MESSAGE_BYTES,
        )
    )
    try:
        socket = await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_hang_up)
        raise
    except HTTPClientError as error:
        passing = error.code in PASSING_STATUSES or error.code >= SERVER_ERROR
        return Closed(None if passing else error.code, str(error))
    except OSError as error:
        return Closed(None, str(error))
    except WebSocketError as error:
        return Closed(errors.NOT_OUR_PROTOCOL, str(error))
    link.attach(socket)
    if socket.selected_subprotocol != SUBPROTOCOL:
        link.close(errors.NOT_OUR_PROTOCOL, f"the server does not speak {SUBPROTOCOL}")
        return link.closed.result()
    return link


def _forgive(written: "asyncio.Future[None]") -> None:
    """Look at the outcome of a write, so that a broken line is not reported as an error nobody saw."""
    if not written.cancelled():
        written.exception()


def _hang_up(connecting: "asyncio.Future[WebSocketClientConnection]") -> None:
    """Close a socket whose caller went away while it was being opened."""
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().close()
