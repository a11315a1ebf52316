"""The composition root: the one place that builds the concrete parts of a web node and hands them to each other."""

import asyncio
import importlib.metadata
import socket
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest
from tornado.web import Application, RequestHandler

from api import application as rest
from api.services.all import Services as RestServices
from api.services.mail.letters import BadAddress
from conf import logs
from conf import metrics as metrics_port
from conf.clock import Clock, SystemClock
from conf.metrics import Metrics
from conf.secrets import Secrets
from conf.settings import Settings
from matinee.caching import cache_sizes
from matinee.faults import Fault
from matinee.handoff import HandOff, Place
from matinee.hosting import EverySocket, bus_of, hosting, neighbours
from matinee.telling import Telling, telling
from realtime import routes as sockets
from realtime.facts import StoredFacts
from realtime.node import Node as RealtimeNode
from store.database import Store, connect
from store.ids import new_id
from store.pseudonyms import pseudonym
from store.spool import Spool
from web import routes as pages

IDLE_SECONDS = 60
"""A connection between two requests; tornado's own hour would let idle ones pile up."""
BODY_BYTES = 1024 * 1024
"""What a route may take that states no limit of its own; uploads state theirs."""
FINISH_SECONDS = 3.0
"""How long requests and sockets that are under way may take to end when the node stops."""
POLL_SECONDS = 0.02

log = logs.get("matinee.web")


class NodeApplication(Application):
    """Tornado's application, which knows the requests that are under way."""

    def __init__(self, rules: list[Any], **settings: Any) -> None:
        super().__init__(rules, **settings)
        # Weak: a client that goes away in the middle is never logged, and its request is simply collected.
        self._under_way: weakref.WeakSet[HTTPServerRequest] = weakref.WeakSet()

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:  # type: ignore[override]
        self._under_way.add(request)
        return super().find_handler(request, **kwargs)

    def log_request(self, handler: RequestHandler) -> None:
        self._under_way.discard(handler.request)
        super().log_request(handler)

    def idle(self) -> bool:
        return not self._under_way


class Node:
    """One running web node."""

    def __init__(
        self,
        *,
        settings: Settings,
        metrics: Metrics,
        store: Store,
        access: rest.AccessServices,
        mail: rest.MailServices,
        told: Telling,
        realtime: RealtimeNode,
        built: RestServices,
        application: NodeApplication,
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._access = access
        self._mail = mail
        self._told = told
        self._realtime = realtime
        self._rest = built
        self._application = application
        self._handoff: HandOff | None = None
        self._server = HTTPServer(
            application,
            max_body_size=BODY_BYTES,
            idle_connection_timeout=IDLE_SECONDS,
            # Without named proxies anybody could write X-Forwarded-For.
            xheaders=bool(settings.trusted_proxies),
            trusted_downstream=list(settings.trusted_proxies),
        )

    def listen(self, listener: socket.socket, place: Place | None = None) -> None:
        """Serve on a listening socket, in a `place` among other workers, and begin what time does to parties and mails."""
        self._realtime.start()
        self._mail.sender.start()
        self._told.start()
        self._rest.switches.start()
        self._rest.erasure.start()
        if place is None:
            self._server.add_socket(listener)
        else:
            self._handoff = HandOff(place, self._server)
            self._handoff.start(listener)

    async def drain(self) -> None:
        """Take nothing new, send sockets elsewhere (1012), finish requests, write what is pending, let all go."""
        realtime = self._realtime
        self._rest.health.draining = True
        if self._handoff is not None:
            self._handoff.close()
        self._server.stop()
        await realtime.timers.close()
        await asyncio.gather(realtime.hub.drain(), self._told.hub.drain())
        hubs = (realtime.hub, self._told.hub)
        await _until(lambda: self._application.idle() and not any(hub.connections() for hub in hubs))
        for hub in hubs:
            hub.abandon()
        await realtime.engine.close()
        await self._server.close_all_connections()
        await realtime.recorder.close()
        await realtime.beats.close()
        await realtime.hub.close()
        await realtime.reactions.close()
        await realtime.gathering.close()
        realtime.nodes.close()
        await self._told.close()
        await realtime.bus.close()
        await self._mail.sender.close()
        await self._rest.switches.close()
        await self._rest.admin.broadcasts.close()
        await self._rest.erasure.close()
        rest.close(self._rest)
        self._access.close()
        await self._store.close()
        self._metrics.close()
        log.info("drained")


async def web_node(*, settings: Settings, secrets: Secrets, uri: str) -> Node:
    """Build a web node in the running loop. Raises `Fault` where settings contradict, `Unavailable` without database."""
    clock = SystemClock()
    metrics = metrics_port.from_setting(settings.statsd, settings.statsd_prefix)
    bus = await bus_of(settings, metrics)
    try:
        store = await _store(uri=uri, clock=clock, metrics=metrics, settings=settings)
    except BaseException:
        await bus.close()
        raise
    await store.caches.warm()
    access = rest.access_services(store=store, clock=clock, settings=settings, secrets=secrets)
    mail = _mail(store=store, clock=clock, metrics=metrics, settings=settings)
    facts = StoredFacts(store.videos, access.blocking)
    realtime = hosting(
        store=store, access=access, facts=facts, bus=bus, clock=clock, metrics=metrics, settings=settings
    )
    told = telling(
        store=store,
        access=access,
        mail=mail,
        engine=realtime.engine,
        bus=realtime.bus,
        clock=clock,
        metrics=metrics,
        settings=settings,
        secrets=secrets,
    )

    neighbours(realtime, access, told)
    built = rest.services(
        access=access,
        mail=mail,
        notifications=told.notifications,
        store=store,
        engine=realtime.engine,
        audience=realtime.presence,
        sockets=EverySocket(realtime, told),
        facts=facts,
        pseudonym=partial(pseudonym, secrets.lake_key),
        clock=clock,
        settings=settings,
        version=version(),
    )
    await built.switches.reload()
    application = NodeApplication(
        [
            *rest.routes(built),
            *sockets.routes(services=realtime.services, trusted_origins=frozenset(settings.trusted_origins)),
            *told.rules(frozenset(settings.trusted_origins)),
            *pages.routes(https=settings.base_url.startswith("https://")),
        ],
        **rest.handler_settings(metrics=metrics, settings=settings),
    )
    return Node(
        settings=settings,
        metrics=metrics,
        store=store,
        access=access,
        mail=mail,
        told=told,
        realtime=realtime,
        built=built,
        application=application,
    )


async def _store(*, uri: str, clock: Clock, metrics: Metrics, settings: Settings) -> Store:
    folder = settings.data / "spool"
    try:
        spool = Spool(folder, name=new_id(clock.now_ms()), max_bytes=settings.spool_max_bytes)
    except OSError as error:
        raise Fault(f"{folder} cannot be written: {error.strerror}", "make it writable") from error
    try:
        return await connect(
            uri=uri,
            database=settings.mongo_database,
            driver=settings.mongo_driver,
            clock=clock,
            metrics=metrics,
            caches=cache_sizes(settings),
            spool=spool,
        )
    except BaseException:
        spool.close()
        raise


def _mail(*, store: Store, clock: Clock, metrics: Metrics, settings: Settings) -> rest.MailServices:
    try:
        return rest.mail_services(store=store, clock=clock, metrics=metrics, settings=settings)
    except BadAddress as error:
        raise Fault(f"{settings.mail_from!r} is no mail address", "correct MATINEE_MAIL_FROM") from error


def version() -> str:
    """Version of the installed package; a checkout that is not installed has none."""
    try:
        return importlib.metadata.version("matinee")
    except importlib.metadata.PackageNotFoundError:
        return "0+checkout"


async def _until(done: Callable[[], bool]) -> None:
    """Wait until `done`, for a bounded time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + FINISH_SECONDS
    while not done() and loop.time() < deadline:  # noqa: ASYNC110 - two things of two libraries, once in a life
        await asyncio.sleep(POLL_SECONDS)
