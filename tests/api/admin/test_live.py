"""What staff do reaches who is connected."""

import asyncio
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tornado.ioloop import IOLoop
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, websocket_connect

from api.application import AccessServices, handler_settings, routes
from api.services.all import Services
from conf.metrics import NullMetrics
from conf.settings import Settings
from realtime import errors
from realtime import routes as sockets
from realtime import services as shared
from realtime.admission import Admission
from realtime.engine import Engine
from realtime.errands import Errands
from realtime.hub import Hub
from realtime.presence import Presence
from realtime.protocol import SUBPROTOCOL
from realtime.telemetry import Recorder
from store.database import Store
from tests.api.admin.things import a_party
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.fakes.protocol_document import hold

pytestmark = [pytest.mark.integration, pytest.mark.websocket]
Connect = Callable[[str, Person], Any]


@pytest.fixture
def app(  # noqa: PLR0917 - fixtures
    built: Services,
    store: Store,
    engine: Engine,
    hub: Hub,
    presence: Presence,
    identity: AccessServices,
    clock: MovableClock,
    settings: Settings,
    io_loop: IOLoop,
) -> Iterator[Application]:
    """REST and party sockets of one node."""
    recorder, seats = Recorder(store.events, clock), identity.seats
    identity.sessions.ended = hub.close_family
    identity.sessions.renewed = partial(hub.close_family, code=errors.CREDENTIAL_EXPIRED)
    services = shared.Services(
        engine=engine,
        hub=hub,
        presence=presence,
        admission=Admission(
            engine=engine,
            credentials=identity.credentials,
            doors=identity.doors,
            blocking=identity.blocking,
            sessions=seats,
            clock=clock,
        ),
        errands=Errands(engine=engine, hub=hub, events=store.events, recorder=recorder, clock=clock),
        sessions=seats,
        blocking=identity.blocking,
        clock=clock,
        metrics=NullMetrics(),
    )
    rules = [*routes(built), *sockets.routes(services=services, trusted_origins=frozenset())]
    yield Application(rules, **handler_settings(metrics=NullMetrics(), settings=settings))

    async def closed() -> None:
        hub.abandon()
        await recorder.close()
        await hub.close()

    io_loop.run_sync(closed)


@pytest.fixture
def connect(base_url: str) -> Connect:
    """Take a seat in a party."""

    async def seated(party_id: str, person: Person) -> WebSocketClientConnection:
        socket = await knocking(base_url, party_id, person)
        welcome = held(await socket.read_message())
        assert welcome["t"] == "welcome", welcome
        return socket

    return seated


async def knocking(base_url: str, party_id: str, person: Person) -> WebSocketClientConnection:
    """Say hello, and wait for no answer."""
    address = base_url.replace("http:", "ws:") + f"/ws/parties/{party_id}"
    socket = await websocket_connect(address, subprotocols=[SUBPROTOCOL])
    await socket.write_message(json.dumps({"t": "hello", "token": person.token}))
    return socket


def held(text: str | bytes | None) -> dict[str, Any]:
    """Read a frame and hold it to the AsyncAPI document."""
    frame: dict[str, Any] = json.loads(str(text))
    hold(frame)
    return frame


async def frames_until_the_end(socket: WebSocketClientConnection) -> list[dict[str, Any]]:
    frames = []
    while (text := await socket.read_message()) is not None:
        frames.append(held(text))
    socket.close()
    return frames


@pytest.mark.gen_test
@pytest.mark.parametrize("what", ["suspend", "ban"])
async def test_the_sockets_of_who_is_shut_out_close_within_a_second(  # noqa: PLR0917 - fixtures
    api: Api, connect: Connect, staff: Person, host: Person, guest: Person, what: str
) -> None:
    party_id = await a_party(api, host)
    elsewhere = await api.sign_in(guest.email)
    out = [await connect(party_id, guest), await connect(party_id, elsewhere)]
    stays = await connect(party_id, host)
    assert (await api.post(f"/admin/users/{guest.id}/{what}", {"reason": "spam"}, token=staff.token)).status == 200
    async with asyncio.timeout(1):
        for socket in out:
            await frames_until_the_end(socket)
            assert socket.close_code == errors.BAD_CREDENTIAL
    assert stays.close_code is None
    again = await knocking(api.base_url, party_id, guest)
    await frames_until_the_end(again)
    assert again.close_code == errors.BAD_CREDENTIAL
    stays.close()
    await frames_until_the_end(stays)


@pytest.mark.gen_test
async def test_a_socket_that_is_on_its_way_in_while_its_owner_is_shut_out_does_not_stay(
    api: Api, connect: Connect, staff: Person, host: Person, guest: Person
) -> None:
    party_id = await a_party(api, host)

    shut = api.post(f"/admin/users/{guest.id}/suspend", {"reason": "spam"}, token=staff.token)
    coming, _ = await asyncio.gather(
        asyncio.gather(*(knocking(api.base_url, party_id, guest) for _ in range(20))), shut
    )
    async with asyncio.timeout(3):
        for socket in coming:
            await frames_until_the_end(socket)
    assert {socket.close_code for socket in coming} == {errors.BAD_CREDENTIAL}


@pytest.mark.gen_test
async def test_a_removed_party_closes_and_a_removed_message_goes_before_everybodys_eyes(
    api: Api, connect: Connect, staff: Person, host: Person
) -> None:
    party_id = await a_party(api, host)
    socket = await connect(party_id, host)
    await socket.write_message(json.dumps({"t": "chat.send", "id": "1", "body": "buy my pills"}))
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["t"] != "ok":
        frames.append(held(await socket.read_message()))
    message_id = next(frame["message"]["id"] for frame in frames if frame["t"] == "chat")
    removed = f"/admin/parties/{party_id}/messages/{message_id}"
    assert (await api.delete(removed, query={"reason": "spam"}, token=staff.token)).status == 204
    assert (await api.delete(f"/admin/parties/{party_id}", token=staff.token)).status == 204
    async with asyncio.timeout(3):
        seen = await frames_until_the_end(socket)
    deleted = next(frame for frame in seen if frame["t"] == "chat.deleted")
    assert (deleted["message_id"], deleted["by"], deleted["reason"]) == (message_id, None, "spam")
    assert [frame["t"] for frame in seen].count("party.ended") == 1
    assert socket.close_code == errors.PARTY_ENDED


@pytest.mark.gen_test
async def test_a_notice_is_heard_in_every_party(
    api: Api, connect: Connect, staff: Person, host: Person, guest: Person
) -> None:
    seats = [await connect(await a_party(api, person), person) for person in (host, guest)]
    assert (await api.get("/admin/overview", token=staff.token)).body["open_sockets"] == 2
    sent = await api.post("/admin/broadcast", {"text": "Down at noon"}, token=staff.token)
    assert sent.body["sockets"] == 2
    for socket in seats:
        frame = {"t": ""}
        async with asyncio.timeout(1):
            while frame["t"] != "notice":
                frame = held(await socket.read_message())
        assert (frame["text"], frame["id"]) == ("Down at noon", sent.body["id"])
        socket.close()
        await frames_until_the_end(socket)


@pytest.mark.gen_test
async def test_a_session_that_goes_on_under_another_name_has_its_sockets_come_back(
    api: Api, connect: Connect, host: Person
) -> None:
    party_id = await a_party(api, host)
    socket = await connect(party_id, host)
    shown = await api.post("/auth/reauthenticate", {"password": host.password}, token=host.token)
    async with asyncio.timeout(1):
        await frames_until_the_end(socket)
    assert socket.close_code == errors.CREDENTIAL_EXPIRED
    assert errors.may_come_back(socket.close_code)
    renewed = Person(host.id, host.email, host.password, shown.body["access_token"], shown.body["refresh_token"])
    again = await connect(party_id, renewed)
    again.close()
    await frames_until_the_end(again)
