"""What all our websockets have in common at Tornado's end: who may knock, what is spoken, and how bytes are handed on."""

from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from tornado.httputil import HTTPHeaders
from tornado.iostream import IOStream
from tornado.websocket import WebSocketHandler, WebSocketProtocol, WebSocketProtocol13

from conf import logs
from conf.clock import Clock
from realtime import errors
from realtime.buffered import BufferedProtocol
from realtime.direct import Wires
from realtime.protocol import MAX_FRAME_BYTES, SUBPROTOCOL
from realtime.wire import Wire
from store.ids import new_id

NO_HEADERS = HTTPHeaders()
MakeWire = Callable[[WebSocketHandler, Clock], Wire]


class Peer(Protocol):
    """The connection behind a socket."""

    def receive(self, data: str | bytes) -> None:
        """Take one frame off the wire."""
        ...

    def heard(self) -> None:
        """Note that the peer is alive."""
        ...

    def closed(self) -> None:
        """Note that the socket is gone."""
        ...


class Socket(WebSocketHandler):
    """Base of our sockets. Who it is comes in the first frame, so nothing secret stands in the address."""

    _clock: Clock
    _draining: Callable[[], bool]
    _trusted_origins: frozenset[str]
    _make_wire: MakeWire
    _connection: Peer | None = None
    _connection_id = ""

    def begin(
        self,
        *,
        clock: Clock,
        draining: Callable[[], bool],
        trusted_origins: frozenset[str],
        make_wire: MakeWire,
    ) -> None:
        """Take what every socket needs; for `initialize`."""
        self._clock = clock
        self._draining = draining
        self._trusted_origins = trusted_origins
        self._make_wire = make_wire

    def set_default_headers(self) -> None:
        self.clear_header("Server")  # nobody is told which version of Tornado this is

    @property
    def max_message_size(self) -> int:
        """Bound of one message; Tornado closes with 1009 beyond it, without reading the rest."""
        return MAX_FRAME_BYTES

    def prepare(self) -> None:
        if self._draining():
            self.set_status(503)
            self.set_header("Retry-After", "1")
            self.finish()

    def check_origin(self, origin: str) -> bool:
        """Let pages of ours and of the trusted origins in. Who has no Origin is no browser; the credential decides."""
        return origin in self._trusted_origins or super().check_origin(origin)

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None

    def get_websocket_protocol(self) -> WebSocketProtocol | None:
        protocol = super().get_websocket_protocol()
        if isinstance(protocol, WebSocketProtocol13):
            return BufferedProtocol(self, mask_outgoing=False, params=protocol.params)
        return protocol

    def _detach_stream(self) -> IOStream:
        """Take the socket over behind the handshake. Private to Tornado: pinned by version and by test."""
        stream = super()._detach_stream()
        if isinstance(self._make_wire, Wires):
            return cast("IOStream", self._make_wire.take(stream))
        return stream

    def spoken(self) -> bool:
        """Say whether the peer speaks what we do, and close where it does not."""
        offered = self.request.headers.get("Sec-WebSocket-Protocol")
        if offered and self.selected_subprotocol is None:
            self.close(errors.NOT_OUR_PROTOCOL, f"This is {SUBPROTOCOL}.")
            return False
        return True

    def wire(self) -> Wire:
        """Make the wire of a connection that has an id from now on."""
        self.set_nodelay(True)
        # What the handshake leaves behind, 7 KB of headers, streams and finished tasks, is of no use to a connection.
        self.request.headers = NO_HEADERS
        self.request.connection = self.request.server_connection = None
        self._connection_id = new_id(self._clock.now_ms())
        logs.bind(connection_id=self._connection_id)  # open() and all messages are one task
        return self._make_wire(self, self._clock)

    def on_message(self, message: str | bytes) -> Awaitable[None] | None:
        if self._connection is not None:
            self._connection.receive(message)
        return None

    def on_ping(self, data: bytes) -> None:  # noqa: ARG002 - Tornado answers it
        self._heard()

    def on_pong(self, data: bytes) -> None:  # noqa: ARG002 - whatever it holds
        self._heard()

    def on_close(self) -> None:
        if self._connection is not None:
            self._connection.closed()
            self._connection = None

    def _heard(self) -> None:
        """Count the control frames of RFC 6455 as traffic: some clients keep their connection alive by these alone."""
        if self._connection is not None:
            self._connection.heard()

    def data_received(self, chunk: bytes) -> None:
        """Take no body: a websocket has none."""
