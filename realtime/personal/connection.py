"""One personal connection at work: hello, what was missed, and then whatever its person is told."""

import asyncio
from collections import OrderedDict
from typing import Any

from msgspec import Struct

from conf.clock import Clock
from conf.metrics import Metrics
from realtime import errors, frames
from realtime import session as ask
from realtime.credentials import BadCredential, Credentials, Identity
from realtime.personal.hub import PersonalHub, encoded
from realtime.personal.inbox import Inbox
from realtime.protocol import HEARTBEAT_MS, Hello
from realtime.wire import Outgoing, Wire
from store.errors import Unavailable

IDS_KEPT = 1000
"""Ids of what a connection was given; what the bus and the store bring twice lies close together."""


class PersonalServices(Struct, frozen=True, kw_only=True):
    """What all personal connections of a node share."""

    hub: PersonalHub
    inbox: Inbox
    credentials: Credentials
    clock: Clock
    metrics: Metrics


class PersonalConnection:
    """Satisfies `realtime.personal.hub.Listener`. The session is that of a party's socket; no command means anything here."""

    def __init__(self, *, services: PersonalServices, wire: Wire) -> None:
        self.user_id = ""
        self.family: str | None = None
        self._services = services
        self._wire = wire
        self._session = ask.Session(services.clock.now_ms())
        self._identity: Identity | None = None
        self._given: OrderedDict[str, None] = OrderedDict()
        self._early: list[tuple[str, Outgoing]] = []
        self._entering: asyncio.Task[None] | None = None
        self._gone = False
        services.hub.greet(self)

    def receive(self, data: str | bytes) -> None:
        """Take one frame off the wire."""
        self._services.metrics.count("ws.frames_in")
        self._perform(self._session.receive(data, self._services.clock.now_ms()))

    def heard(self) -> None:
        """Note that the peer is alive."""
        self._session.heard(self._services.clock.now_ms())

    def hear(self, notification_id: str, outgoing: Outgoing) -> None:
        if self._session.state != "open":
            self._early.append((notification_id, outgoing))
        elif notification_id not in self._given:
            self._give(notification_id)
            self.deliver(outgoing)

    def deliver(self, outgoing: Outgoing) -> None:
        now_ms = self._services.clock.now_ms()
        if self._session.state != "open":
            return
        self._session.spoke(now_ms)
        self._wire.send(outgoing)
        self._close_slow(now_ms)

    def tick(self, now_ms: float) -> None:
        expires_ms = self._identity.expires_ms if self._identity else None
        self._close_slow(now_ms)
        if expires_ms is not None and now_ms >= expires_ms:
            self.close(errors.CREDENTIAL_EXPIRED)
        self._perform(self._session.tick(now_ms, None))

    def close(self, code: int) -> None:
        self._perform(self._session.close(code))

    def closed(self) -> None:
        """Note, once, that the socket is gone."""
        if not self._gone:
            self._gone = True
            self._session.state = "closed"
            self._services.hub.detach(self)

    def _perform(self, actions: list[ask.Action]) -> None:
        for action in actions:
            match action:
                case ask.Send(fields=fields):
                    if fields["t"] == "error":
                        self._services.metrics.count("ws.bad_frames")
                    self._send(fields)
                case ask.Close(code=code, reason=reason):
                    self._wire.close(code, reason)
                case ask.Enter(hello=hello):
                    self._entering = asyncio.create_task(self._enter(hello))
                case _:
                    self._perform([ask.error("unknown_type", "There is no such frame on this socket.", None)])

    async def _enter(self, hello: Hello) -> None:
        services = self._services
        try:
            if hello.guest is not None:
                raise BadCredential("A guest is told nothing here.")  # noqa: TRY301 - answered like the others
            self._identity = identity = await services.credentials.identify(hello)
            if not self._entering_still():
                return
            self.user_id, self.family = identity.user_id or "", identity.family
            services.hub.attach(self)
            missed = await services.inbox.since(self.user_id, hello.after) if hello.after is not None else []
            unread = await services.inbox.unread(self.user_id)
        except BadCredential as error:
            self._perform(self._session.close(error.close_code, str(error)))
            return
        except Unavailable:
            self.close(errors.STORAGE_UNAVAILABLE)
            return
        if not self._entering_still():
            return
        fresh = [one for one in missed if one.id != hello.after]
        welcome = {
            "t": "welcome",
            "you": {"user_id": self.user_id, "name": identity.name},
            "unread": unread,
            "missed": len(fresh),
            "now_ms": services.clock.now_ms(),
            "heartbeat_ms": HEARTBEAT_MS,
        }
        self._send(welcome if hello.command_id is None else {**welcome, "id": hello.command_id})
        self._session.entered(services.clock.now_ms())
        if hello.after is not None:
            self._give(hello.after)
        for one in fresh:
            self.hear(one.id, encoded(one))
        early, self._early = self._early, []
        for notification_id, outgoing in early:
            self.hear(notification_id, outgoing)

    def _entering_still(self) -> bool:
        return self._session.state == "entering"

    def _give(self, notification_id: str) -> None:
        self._given[notification_id] = None
        if len(self._given) > IDS_KEPT:
            self._given.popitem(last=False)

    def _send(self, fields: dict[str, Any]) -> None:
        self._session.spoke(self._services.clock.now_ms())
        self._wire.send(Outgoing(frames.encode(fields)))

    def _close_slow(self, now_ms: float) -> None:
        if self._wire.behind(now_ms) and self._session.state != "closed":
            self._services.metrics.count("ws.slow_closed")
            self.close(errors.TOO_FAST_OR_SLOW)
