"""What each middleware costs a request.

    python benchmarks/middleware.py [--pairs 3000]

The API of a real node, on an embedded mongod, is driven without sockets, one request after the other, so that the
figures are of our code. Its endpoints do nothing: one gives a page of 100 parties (about 23 kB of JSON), one takes an
empty POST. Requests go in pairs, one with all middlewares on and one with all but one, each first every other time; the
cost is the median of the pairs' differences. Processor time is of this process alone and hardly depends on what else the machine does; elapsed
time has the waiting for MongoDB in it, and everything else that the machine did.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from own_mongod import own_mongod
from tornado.httputil import HTTPHeaders, RequestStartLine, ResponseStartLine
from tornado.web import Application

from api.access import PUBLIC, USER
from api.application import handler_settings, routes
from api.ask import Ask, Nothing
from api.middleware.all import NAMES, chain_of
from api.route import Route
from api.schemas.auth import Registration
from api.services.all import Services
from conf import logs
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from conf.secrets import load_or_create
from conf.settings import Settings
from matinee import listening
from matinee.composition import web_node
from store.database import connect
from store.documents import User

HOST = "watch.example.com"
ORIGIN = "https://tv.example.com"
PASSWORD = "correct horse battery"
UNLIMITED = 10**9
ON = {
    "public_url": f"https://{HOST}",
    "trusted_hosts": (HOST,),
    "trusted_origins": (ORIGIN,),
    "rate_limit_read": UNLIMITED,
    "rate_limit_write": UNLIMITED,
}
REQUESTS = {"trusted_origins": ("POST", "/cookie"), "idempotency": ("POST", "/nothing")}
"""What each middleware is timed with, where it is not the page."""


class Item(msgspec.Struct):
    id: str
    title: str
    description: str
    members_count: int


class Page(msgspec.Struct):
    items: list[Item]
    next: str | None


PAGE = Page(
    items=[Item(f"{n:032x}", f"Film evening number {n}", "We watch it in step. " * 6, n % 17) for n in range(100)],
    next=None,
)


async def page(ask: Ask[Nothing, Nothing, None]) -> Page:  # noqa: ARG001 - the port
    return PAGE


async def nothing(ask: Ask[Nothing, Nothing, User]) -> Page:  # noqa: ARG001 - the port
    return Page(items=[], next=None)


async def cookie(ask: Ask[Nothing, Nothing, None]) -> None:  # noqa: ARG001 - the port
    return None


TABLE = (
    Route("GET", "/page", page, "A page.", access=PUBLIC),
    Route("POST", "/nothing", nothing, "Nothing.", access=USER),
    Route("POST", "/cookie", cookie, "Nothing, with a cookie.", access=PUBLIC, same_origin=True),
)


class Wire:
    """Takes a reply where a socket would be."""

    remote_ip = "192.0.2.1"
    protocol = "https"

    def __init__(self) -> None:
        self.context = self
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status = 0

    def set_close_callback(self, _callback: object) -> None: ...

    def write_headers(self, start: ResponseStartLine, _headers: HTTPHeaders, _chunk: bytes = b"") -> Awaitable[None]:
        self.status = start.code
        return self.write(b"")

    def write(self, _chunk: bytes) -> Awaitable[None]:
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        written.set_result(None)
        return written

    def finish(self) -> None:
        self.done.set_result(None)


class Sender:
    """Sends requests to an application, as a page of a trusted origin would."""

    def __init__(self, token: str) -> None:
        self._lines = {
            "Host": HOST,
            "Origin": ORIGIN,
            "Sec-Fetch-Site": "cross-site",
            "Accept-Encoding": "gzip",
            "Authorization": f"Bearer {token}",
        }
        self._keys = 0

    async def send(self, application: Any, method: str, path: str) -> None:
        wire, lines = Wire(), HTTPHeaders(self._lines)
        if method == "POST":
            self._keys += 1
            lines["Idempotency-Key"] = f"key-{self._keys}"
        delegate = application.start_request(object(), wire)
        if (
            prepared := delegate.headers_received(RequestStartLine(method, f"/api/v1{path}", "HTTP/1.1"), lines)
        ) is not None:
            await prepared
        delegate.finish()
        await wire.done
        assert wire.status in {200, 204}, (method, path, wire.status)

    async def timed(self, application: Any, method: str, path: str) -> tuple[float, float]:
        """Give the microseconds of a request: of the processor, and elapsed."""
        started, processor = time.perf_counter_ns(), time.process_time_ns()
        await self.send(application, method, path)
        return (time.process_time_ns() - processor) / 1000, (time.perf_counter_ns() - started) / 1000


async def compare(uri: str, folder: Path, pairs: int) -> None:
    settings = Settings(data=folder, **ON)  # type: ignore[arg-type]
    node = await web_node(settings=settings, secrets=load_or_create(folder, {}), uri=uri)
    node.listen(listening.bound("127.0.0.1", 0))
    store = await connect(uri=uri, database="matinee", clock=SystemClock(), metrics=NullMetrics())
    built: Services = node._rest  # noqa: SLF001 - the services of a node, with other chains

    def application(**changes: Any) -> Application:
        changed = msgspec.structs.replace(settings, **changes)
        chain = chain_of(settings=changed, store=store, switches=built.switches, clock=SystemClock())
        rules = routes(replace(built, middleware=chain), TABLE)
        return Application(rules, **handler_settings(metrics=NullMetrics(), settings=changed))

    account = Registration(email="ada@example.com", username="ada", password=PASSWORD, password_confirm=PASSWORD)
    sender = Sender((await built.sessions.open(await built.accounts.register(account))).access_token)
    stored = application(rate_limit_store="mongodb")
    everything = application()
    compared = {name: (everything, application(**{f"middleware_{name}": False})) for name in NAMES}
    compared["rate_limit in MongoDB"] = (stored, compared["rate_limit"][1])
    print(f"{'microseconds a request':26} {'processor':>10} {'elapsed':>10}")
    bare = application(**{f"middleware_{name}": False for name in NAMES})
    for words, each in (("a page with all of them", everything), ("a page with none of them", bare)):
        shown(words, [await sender.timed(each, "GET", "/page") for _ in range(pairs)])
    for name, (with_it, without) in compared.items():
        method, path = REQUESTS.get(name, ("GET", "/page"))
        differences = []
        for number in range(pairs):
            both = [(with_it, 1), (without, -1)][:: 1 if number % 2 else -1]
            found = [(sign, await sender.timed(each, method, path)) for each, sign in both]
            differences.append((sum(s * t[0] for s, t in found), sum(s * t[1] for s, t in found)))
        gc.collect()
        shown(name, differences)
    await store.close()
    await node.drain()


def shown(name: str, found: list[tuple[float, float]]) -> None:
    processor, elapsed = (statistics.median(values) for values in zip(*found, strict=True))
    print(f"{name:26} {processor:10.1f} {elapsed:10.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=3000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "lines.log").open("w") as lines:
        logs.configure("info", lines)  # the lines are written, and go to a file
        with own_mongod() as uri:
            asyncio.run(compare(uri, Path(folder), arguments.pairs))


if __name__ == "__main__":
    main()
