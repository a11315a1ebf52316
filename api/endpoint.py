"""The one Tornado handler: it finds the route, admits the caller, decodes, calls the endpoint, encodes.

Every request runs in "stream" mode: `prepare` sees the headers before a byte of the body is read, so that who may not
upload is told so first, and a file goes to disk chunk by chunk. A refusal that is known before the body came is
answered at once only where the body is long (the connection then closes); short bodies are read and dropped first,
because closing on unread bytes can reset the connection before the client has read why. Without a body the answer waits
all the same: Tornado closes a connection on which it was answered before the request's end was seen.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from tornado.iostream import StreamClosedError
from tornado.web import stream_request_body

from api import audited, reading
from api.ask import Ask, FileReply, Nothing, Reply, Sink, StreamReply
from api.decoding import decode_body, decode_query
from api.faults import as_problem
from api.middleware.body_limits import DRAIN_BYTES, body_bytes, too_large
from api.middleware.port import Result
from api.problems import Problem
from api.replying import ReplyingHandler
from api.route import Route
from api.services.all import Services
from conf import logs
from store import tally


@stream_request_body
class EndpointHandler(ReplyingHandler):
    """Runs the endpoints of one path, inside of the chain of middlewares."""

    def initialize(self, *, services: Services, methods: Mapping[str, Route]) -> None:
        super().initialize(services=services, methods=methods)
        self._ask: Ask[Any, Any, Any] | None = None
        self._refusal: Problem | None = None
        self._raw = bytearray()
        self._sink: Sink | None = None
        self._closing: asyncio.Task[None] | None = None
        self.tally = tally.Tally()

    async def prepare(self) -> None:
        self.tally = tally.begin()
        with logs.bound(request_id=self.request_id):
            try:
                await self._admit()
            except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
                self._refusal = as_problem(error, self.request.path)
                if body_bytes(self.request) > DRAIN_BYTES or self.request.headers.get("Expect"):
                    self._send_problem(self._refusal)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return None if self._refusal else self._take(chunk)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._sink is not None:
            self._closing = asyncio.ensure_future(self._sink.close())

    async def answer(self, **_path: str) -> None:
        """Call the endpoint, now that the body is whole."""
        with logs.bound(request_id=self.request_id):
            try:
                await self._call()
            except StreamClosedError:
                return
            except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
                self._send_problem(as_problem(error, self.request.path))
            finally:
                if self._sink is not None:
                    await self._sink.close()

    def options(self, **path: str) -> None:
        if self._refusal is None:
            super().options(**path)
        else:
            self._send_problem(self._refusal)

    get = head = post = put = patch = delete = answer

    async def _admit(self) -> None:
        if self.request.method == "OPTIONS" and self._methods:
            await self._chain.arrived(self._exchange)
            return
        route = self._exchange.route = reading.route_of(self.request, self._methods)
        assert route.access is not None  # api.route.check has seen to it
        await self._chain.arrived(self._exchange)
        reading.check_type(self.request, route)
        await self._recognize(route.access.token)
        await self._chain.admitted(self._exchange)
        if self._exchange.refusal is not None:
            raise self._exchange.refusal
        ask: Ask[Any, Any, Any] = Ask(
            services=self._services,
            caller=self._exchange.caller,
            path=reading.parameters(self.path_kwargs),
            query=decode_query(reading.query(self.request), route.query),
            body=Nothing(),
            subject=None,
            headers=reading.as_headers(self.request.headers),
            cookies={name: morsel.value for name, morsel in self.request.cookies.items()},
            request_id=self.request_id,
            ip=self._exchange.ip,
        )
        self._ask = replace(ask, subject=await route.access.admit(ask))
        if route.sink is not None:
            self._sink = await route.sink(self._ask)

    async def _recognize(self, token: str) -> None:
        """Find out who asks; a credential that is refused is answered when the chain has counted it."""
        if token == "ignored":
            return
        shown = self.request.headers.get("Authorization", "")
        try:
            self._exchange.caller = await self._services.sessions.caller(shown, required=token == "required")
        except Problem as refusal:
            self._exchange.refusal = refusal

    async def _take(self, chunk: bytes) -> None:
        try:
            if self._sink is not None:
                await self._sink.write(chunk)
                return
            self._raw += chunk
            limit = self._exchange.body_limit
            if limit is not None and len(self._raw) > limit:  # sent in chunks, of a length that nobody said
                raise too_large(limit)  # noqa: TRY301
        except Exception as error:  # noqa: BLE001 - every fault becomes a problem document
            self._refusal = as_problem(error, self.request.path)

    async def _call(self) -> None:
        if self._refusal is not None:
            raise self._refusal
        assert self._ask is not None
        self._exchange.body = bytes(self._raw)
        result = await self._chain.around(self._exchange, self._ask, self._endpoint)
        if isinstance(result, FileReply):
            await self._stream(result)
        elif isinstance(result, StreamReply):
            await self._stream_made(result)
        else:
            self._send(result)

    async def _endpoint(self) -> Result:
        route, ask = self._exchange.route, self._ask
        assert route is not None
        assert ask is not None
        body = self._sink if route.sink else decode_body(self._exchange.body, route.body)
        result = await audited.answer(route, replace(ask, body=body))
        return result if isinstance(result, FileReply | StreamReply | Reply) else Reply(body=result)
