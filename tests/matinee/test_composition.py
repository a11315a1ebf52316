import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
import structlog
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import websocket_connect

from matinee.faults import Fault
from realtime.errors import BAD_CREDENTIAL, MAY_NOT_ENTER
from realtime.protocol import SUBPROTOCOL
from tests.fakes.web_node import bearer

pytestmark = pytest.mark.integration


@pytest.mark.gen_test(timeout=30)
async def test_pages_rest_and_health_answer_from_one_port(serve: Any) -> None:
    served = await serve()
    page, ready = await served.get("/"), await served.get("/readyz")
    nothing, wrong = await served.get("/api/v1/no-such-thing"), await served.get("/no-such-page")
    assert page.code == 200
    assert b"<html" in page.body
    assert json.loads(ready.body)["status"] == "ready"
    assert (nothing.code, nothing.headers["Content-Type"]) == (404, "application/problem+json")
    assert wrong.code == 404
    assert all("Server" not in reply.headers for reply in (page, ready, nothing, wrong))


@pytest.mark.parametrize(("proxies", "believed"), [((), "127.0.0.1"), (("127.0.0.1",), "203.0.113.7")])
@pytest.mark.gen_test(timeout=30)
async def test_forwarded_addresses_are_believed_of_named_proxies_only(
    serve: Any, proxies: tuple[str, ...], believed: str
) -> None:
    served = await serve(trusted_proxies=proxies)
    with structlog.testing.capture_logs() as lines:
        await served.get("/api/v1/version", **{"X-Forwarded-For": "203.0.113.7"})
        await asyncio.sleep(0)
    assert [line["ip"] for line in lines if line["event"] == "request"] == [believed]


@pytest.mark.gen_test(timeout=30)
async def test_a_node_that_drains_says_that_it_is_not_ready_and_then_takes_nothing_new(serve: Any) -> None:
    served = await serve()
    client = AsyncHTTPClient(force_instance=True)
    assert (await client.fetch(served.url + "/readyz")).code == 200
    await served.node.drain()
    with pytest.raises(OSError, match=r"refused|closed"):
        await client.fetch(served.url + "/readyz", request_timeout=3, connect_timeout=3)


@pytest.mark.gen_test(timeout=30)
async def test_a_bus_that_does_not_answer_stops_the_start(serve: Any) -> None:
    with pytest.raises(Fault, match="NATS"):
        await serve(nats_url="nats://127.0.0.1:9")


PASSWORD = "correct horse battery"


@pytest.mark.gen_test(timeout=30)
async def test_registration_leaves_a_mail_that_the_log_names(serve: Any, tmp_path: Path) -> None:
    served = await serve(public_url="https://watch.example.com/")
    person = {"email": "ada@example.com", "username": "ada", "password": PASSWORD, "password_confirm": PASSWORD}
    with structlog.testing.capture_logs() as lines:
        await served.post("/api/v1/auth/register", person)
        while not (written := [line["file"] for line in lines if line["event"] == "mail written"]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    (file,) = (tmp_path / "mail").glob("*.eml")
    assert written == [str(file)]
    assert re.search(r"https://watch\.example\.com/verify\?token=[A-Za-z0-9_-]{43}\s", file.read_text())
    assert "token=" not in repr(lines)


@pytest.mark.gen_test(timeout=30)
async def test_the_sockets_of_a_session_that_is_ended_close_within_a_second(serve: Any) -> None:
    served = await serve()
    person = {"email": "ada@example.com", "username": "ada", "password": PASSWORD, "password_confirm": PASSWORD}
    await served.post("/api/v1/auth/register", person)
    login = {"email": "ada@example.com", "password": PASSWORD}
    here, there = [await served.post("/api/v1/auth/login", login) for _ in range(2)]
    party = await served.post("/api/v1/parties", {"title": "Friday"}, here["access_token"])
    sockets = []
    for session in (here, there):
        address = served.url.replace("http:", "ws:") + f"/ws/parties/{party['code']}"
        socket = await websocket_connect(address, subprotocols=[SUBPROTOCOL])
        await socket.write_message(json.dumps({"t": "hello", "token": session["access_token"]}))
        assert json.loads(str(await socket.read_message()))["t"] == "welcome"
        sockets.append(socket)
    listed = json.loads((await served.get("/api/v1/auth/sessions", **bearer(here["access_token"]))).body)
    (other,) = (session["id"] for session in listed["items"] if not session["current"])
    ended = await AsyncHTTPClient(force_instance=True).fetch(
        f"{served.url}/api/v1/auth/sessions/{other}", method="DELETE", headers=bearer(here["access_token"])
    )
    assert ended.code == 204
    async with asyncio.timeout(1):
        while await sockets[1].read_message() is not None:
            pass
    assert sockets[1].close_code == BAD_CREDENTIAL
    assert sockets[0].close_code is None
    for socket in sockets:
        socket.close()
    while await sockets[0].read_message() is not None:
        pass


@pytest.mark.gen_test(timeout=30)
async def test_a_mention_in_a_party_is_heard_on_the_socket_of_whom_it_names_and_leaves_with_the_next_mail(
    serve: Any, tmp_path: Path, mongo_client: Any, database: str
) -> None:
    served = await serve()
    tokens = {}
    for name in ("ada", "bob"):
        email = f"{name}@example.com"
        person = {"email": email, "username": name, "password": PASSWORD, "password_confirm": PASSWORD}
        await served.post("/api/v1/auth/register", person)
        opened = await served.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})
        tokens[name] = opened["access_token"]
    mongo_client[database].users.update_one({"username": "bob"}, {"$set": {"verified": True}})
    wishes = {"kinds": {"mentioned": {"in_app": True, "email": True, "push": False}}}
    await AsyncHTTPClient(force_instance=True).fetch(
        f"{served.url}/api/v1/notifications/preferences",
        method="PUT",
        body=json.dumps(wishes),
        headers={"Content-Type": "application/json", **bearer(tokens["bob"])},
    )
    ear = await websocket_connect(served.url.replace("http:", "ws:") + "/ws/me", subprotocols=[SUBPROTOCOL])
    await ear.write_message(json.dumps({"t": "hello", "token": tokens["bob"]}))
    assert json.loads(str(await ear.read_message()))["unread"] == 0
    party = await served.post("/api/v1/parties", {"title": "Friday", "visibility": "public"}, tokens["ada"])
    await served.post(f"/api/v1/parties/{party['id']}/join", {}, tokens["ada"])
    said = {"command": "chat.send", "body": "@bob are you there?"}
    started = asyncio.get_running_loop().time()
    await served.post(f"/api/v1/parties/{party['id']}/control", said, tokens["ada"])
    frame = json.loads(str(await ear.read_message()))
    assert asyncio.get_running_loop().time() - started < 2
    assert (frame["t"], frame["notification"]["text"]) == ("notification", "Ada mentioned you in Friday.")
    assert json.loads(str(await ear.read_message())) == {"t": "unread", "count": 1}
    async with asyncio.timeout(10):
        while not any("mentioned you" in file.read_text() for file in (tmp_path / "mail").glob("*.eml")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    ear.close()
    while await ear.read_message() is not None:
        pass


@pytest.mark.gen_test(timeout=30)
async def test_of_twenty_guests_with_one_link_to_a_private_party_one_comes_in_by_websocket(serve: Any) -> None:
    served = await serve()
    person = {"email": "ada@example.com", "username": "ada", "password": PASSWORD, "password_confirm": PASSWORD}
    await served.post("/api/v1/auth/register", person)
    token = (await served.post("/api/v1/auth/login", {"email": person["email"], "password": PASSWORD}))["access_token"]
    asked = {"title": "Friday", "visibility": "private"}
    party = await served.post("/api/v1/parties", asked, token)
    link = (await served.post(f"/api/v1/parties/{party['id']}/invites", {}, token))["url"]
    address = served.url.replace("http:", "ws:") + f"/ws/parties/{party['code']}"

    async def knock(number: int) -> Any:
        door = await websocket_connect(address, subprotocols=[SUBPROTOCOL])
        hello = {"t": "hello", "guest": f"Guest {number}", "invite": link.partition("#invite=")[2]}
        await door.write_message(json.dumps(hello))
        return door, await door.read_message()

    doors = await asyncio.gather(*(knock(number) for number in range(20)))
    welcomed = [json.loads(str(answer)) for _, answer in doors if answer is not None]
    assert [frame["t"] for frame in welcomed] == ["welcome"]
    assert [door.close_code for door, answer in doors if answer is None] == [MAY_NOT_ENTER] * 19
    for door, answer in doors:
        door.close()
        while answer is not None and await door.read_message() is not None:
            pass
