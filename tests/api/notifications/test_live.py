"""What somebody is told, heard on a real websocket of theirs."""

import asyncio
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.ioloop import IOLoop
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, websocket_connect

from api.application import AccessServices, handler_settings, routes
from api.services.all import Services
from api.services.notifications.all import NotificationServices
from api.services.notifications.notifier import Note
from conf.metrics import NullMetrics
from conf.settings import Settings
from realtime.bus.memory import MemoryBus
from realtime.personal import handler
from realtime.personal.connection import PersonalConnection, PersonalServices
from realtime.personal.hub import PersonalHub
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.fakes.clock import ManualClock, settle
from tests.fakes.protocol_document import hold
from tests.fakes.serving import until

pytestmark = pytest.mark.integration

PATIENCE_SECONDS = 5.0


class Ear:
    """A client of `/ws/me`."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []

    async def say(self, **frame: Any) -> None:
        await self.socket.write_message(msgspec.json.encode(frame).decode())

    async def next(self, kind: str) -> dict[str, Any]:
        while True:
            text = await asyncio.wait_for(self.socket.read_message(), PATIENCE_SECONDS)
            assert text is not None, (self.socket.close_code, self.socket.close_reason)
            frame: dict[str, Any] = msgspec.json.decode(text)
            hold(frame, "me")
            self.heard.append(frame)
            if frame["t"] == kind:
                return frame

    async def closed(self) -> int | None:
        while await asyncio.wait_for(self.socket.read_message(), PATIENCE_SECONDS) is not None:
            pass
        return self.socket.close_code

    def ids(self) -> list[str]:
        return [frame["notification"]["id"] for frame in self.heard if frame["t"] == "notification"]


@pytest.fixture
def hub(
    notifications: NotificationServices, bus: MemoryBus, clock: MovableClock, io_loop: IOLoop, identity: AccessServices
) -> Iterator[PersonalHub]:
    hub = PersonalHub(inbox=notifications.inbox, bus=bus, clock=clock, metrics=NullMetrics())
    identity.sessions.ended = hub.close_family

    async def start() -> None:
        hub.start()

    io_loop.run_sync(start)
    yield hub
    io_loop.run_sync(hub.drain)
    io_loop.run_sync(hub.close)


@pytest.fixture
def app(
    built: Services, hub: PersonalHub, identity: AccessServices, clock: MovableClock, settings: Settings
) -> Application:
    inbox = built.notifications.inbox
    services = PersonalServices(
        hub=hub, inbox=inbox, credentials=identity.credentials, clock=clock, metrics=NullMetrics()
    )
    rules = [*routes(built), *handler.routes(services=services)]
    return Application(rules, **handler_settings(metrics=NullMetrics(), settings=settings))


class Ears:
    """The clients of a test, and how they come in."""

    def __init__(self, base_url: str) -> None:
        self._url = base_url.replace("http", "ws", 1) + "/ws/me"
        self._all: list[Ear] = []

    async def connect(self, subprotocol: str = "matinee.v1", **headers: str) -> Ear:
        ear = Ear(await websocket_connect(HTTPRequest(self._url, headers=headers), subprotocols=[subprotocol]))
        self._all.append(ear)
        return ear

    async def enter(self, person: Person, **hello: Any) -> tuple[Ear, dict[str, Any]]:
        ear = await self.connect()
        await ear.say(t="hello", token=person.token, **hello)
        return ear, await ear.next("welcome")

    async def close(self) -> None:
        for ear in self._all:
            ear.socket.close()
        await until(lambda: all(ear.socket.protocol is None for ear in self._all))


@pytest.fixture
def ears(base_url: str, io_loop: IOLoop) -> Iterator[Ears]:
    found = Ears(base_url)
    yield found
    io_loop.run_sync(found.close)


async def tell(built: Services, person: Person, key: str) -> str:
    told = await built.notifier.tell(Note(user_id=person.id, kind="followed", key=key, fields={"username": "ann"}))
    assert told is not None
    return told.id


@pytest.mark.gen_test
async def test_a_notification_is_heard_on_all_sockets_of_its_person_and_no_others(
    built: Services, ears: Ears, host: Person, guest: Person
) -> None:
    (one, welcome), (two, _), (other, _) = [await ears.enter(who) for who in (host, host, guest)]
    assert one.socket.selected_subprotocol == "matinee.v1"
    assert (welcome["unread"], welcome["missed"], welcome["you"]["user_id"]) == (0, 0, host.id)
    made = await tell(built, host, "f1")
    for ear in (one, two):
        frame = await ear.next("notification")
        assert (frame["notification"]["id"], frame["notification"]["text"]) == (made, "Ann follows you.")
        assert (await ear.next("unread"))["count"] == 1
    theirs = await tell(built, guest, "f1")
    assert (await other.next("notification"))["notification"]["id"] == theirs
    assert other.ids() == [theirs]


@pytest.mark.gen_test
async def test_what_is_read_over_rest_is_counted_on_the_socket(
    api: Api, built: Services, ears: Ears, host: Person
) -> None:
    first = await tell(built, host, "f1")
    await tell(built, host, "f2")
    ear, welcome = await ears.enter(host)
    assert welcome["unread"] == 2
    await api.post(f"/notifications/{first}/read")
    assert (await ear.next("unread"))["count"] == 1
    await api.post("/notifications/read-all")
    assert (await ear.next("unread"))["count"] == 0


@pytest.mark.gen_test
async def test_who_comes_back_with_the_last_id_hears_what_was_missed_once(
    built: Services, ears: Ears, host: Person
) -> None:
    ear, _ = await ears.enter(host)
    first = await tell(built, host, "f1")
    await ear.next("notification")
    ear.socket.close()
    missed = [await tell(built, host, f"m{number}") for number in range(3)]
    back, welcome = await ears.enter(host, after=first, id="h1")
    assert (welcome["missed"], welcome["id"], welcome["unread"]) == (3, "h1", 4)
    for _ in missed:
        await back.next("notification")
    live = await tell(built, host, "live")
    await back.next("unread")
    assert back.ids() == [*missed, live]


@pytest.mark.gen_test
async def test_what_the_bus_lost_is_found_in_the_store(
    built: Services, ears: Ears, host: Person, hub: PersonalHub
) -> None:
    ear, _ = await ears.enter(host)
    bus, built.notifications.inbox._bus = built.notifications.inbox._bus, MemoryBus()
    lost = await tell(built, host, "lost")
    built.notifications.inbox._bus = bus
    await hub._heal()
    await hub._heal()
    live = await tell(built, host, "live")
    await ear.next("unread")
    assert ear.ids() == [lost, live]


@pytest.mark.gen_test
async def test_a_ticket_opens_it_and_a_guest_or_a_wrong_token_does_not(api: Api, ears: Ears, host: Person) -> None:
    ticket = (await api.post("/auth/ticket")).body["ticket"]
    ear = await ears.connect()
    await ear.say(t="hello", ticket=ticket)
    await ear.next("welcome")
    for hello in ({"guest": "Gus"}, {"token": "wrong"}, {"ticket": "wrong"}):
        refused = await ears.connect()
        await refused.say(t="hello", **hello)
        assert await refused.closed() == (4031 if "ticket" in hello else 4501)


@pytest.mark.gen_test
async def test_a_session_that_ends_takes_its_socket_along(api: Api, ears: Ears, host: Person) -> None:
    other = await api.sign_in(host.email)
    mine, _ = await ears.enter(host)
    theirs, _ = await ears.enter(other)
    found = {item["current"]: item["id"] for item in (await api.get("/auth/sessions")).body["items"]}
    started = IOLoop.current().time()
    assert (await api.delete(f"/auth/sessions/{found[False]}")).status == 204
    assert await theirs.closed() == 4501
    assert IOLoop.current().time() - started < 1
    await mine.say(t="ping", id="1")
    await mine.next("pong")


@pytest.mark.gen_test
async def test_commands_of_a_party_and_garbage_are_answered_and_change_nothing(ears: Ears, host: Person) -> None:
    ear, _ = await ears.enter(host)
    for frame in (
        {"t": "play"},
        {"t": "chat.send", "body": "x"},
        {"t": "typing"},
        {"t": "resync", "seq": 1},
        {"t": "x"},
    ):
        await ear.say(**frame)
        assert (await ear.next("error"))["code"] == "unknown_type"
    await ear.socket.write_message("{")
    assert (await ear.next("error"))["code"] == "bad_frame"
    await ear.say(t="hello", token=host.token)
    assert (await ear.next("error"))["code"] == "conflict"
    await ear.say(t="ping", id="1")
    assert (await ear.next("pong"))["id"] == "1"


@pytest.mark.gen_test
async def test_another_protocol_or_origin_is_turned_away(ears: Ears, host: Person) -> None:
    ear = await ears.connect("matinee.v9")
    assert await ear.closed() == 4500
    with pytest.raises(HTTPClientError, match="403"):
        await ears.connect(Origin="https://evil.example")


@pytest.mark.gen_test
async def test_a_node_that_goes_away_sends_its_sockets_elsewhere(ears: Ears, host: Person, hub: PersonalHub) -> None:
    ear, _ = await ears.enter(host)
    await hub.drain()
    assert await ear.closed() == 1012
    with pytest.raises(HTTPClientError, match="503"):
        await ears.connect()


@pytest.mark.gen_test
async def test_silence_is_answered_by_a_ping_and_then_by_the_end(
    notifications: NotificationServices, identity: AccessServices, host: Person
) -> None:
    clock, bus = ManualClock(), MemoryBus()
    hub = PersonalHub(inbox=notifications.inbox, bus=bus, clock=clock, metrics=NullMetrics())
    wire = Line()
    services = PersonalServices(
        hub=hub, inbox=notifications.inbox, credentials=identity.credentials, clock=clock, metrics=NullMetrics()
    )
    hub.start()
    connection = PersonalConnection(services=services, wire=wire)  # type: ignore[arg-type]
    await clock.advance(9)
    assert wire.code is None
    await clock.advance(2)
    assert wire.code == 4008
    connection.closed()
    assert hub.connections() == 0
    await hub.close()
    await settle()


class Line:
    """A wire that leads nowhere."""

    code: int | None = None
    lagging = False

    def send(self, _outgoing: Any) -> None: ...

    def close(self, code: int, _reason: str) -> None:
        self.code = code

    def behind(self, _now_ms: float) -> bool:
        return False
