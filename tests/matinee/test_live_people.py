"""What REST decides about people reaches their open sockets within a second, on a whole node."""

import asyncio
import json
from typing import Any

import pytest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from realtime.errors import BAD_CREDENTIAL, MAY_NOT_ENTER
from realtime.protocol import SUBPROTOCOL
from store.users import Standing
from tests.fakes.web_node import Served

pytestmark = pytest.mark.integration

PASSWORD = "correct horse battery"
Frame = dict[str, Any]


async def person(served: Served, name: str) -> Frame:
    email = f"{name}@example.com"
    new = {"email": email, "username": name, "password": PASSWORD, "password_confirm": PASSWORD}
    await served.post("/api/v1/auth/register", new)
    return await served.post("/api/v1/auth/login", {"email": email, "password": PASSWORD})


async def connected(served: Served, party: Frame, session: Frame) -> WebSocketClientConnection:
    socket = await knocking(served, party, session)
    assert await heard(socket, "welcome")
    return socket


async def knocking(served: Served, party: Frame, session: Frame) -> WebSocketClientConnection:
    address = served.url.replace("http:", "ws:") + f"/ws/parties/{party['code']}"
    socket = await websocket_connect(address, subprotocols=[SUBPROTOCOL])
    await socket.write_message(json.dumps({"t": "hello", "token": session["access_token"]}))
    return socket


async def heard(socket: WebSocketClientConnection, kind: str) -> Frame:
    """Read on to the next frame of a kind."""
    async with asyncio.timeout(5):
        while True:
            text = await socket.read_message()
            assert text is not None, (socket.close_code, socket.close_reason)
            frame: Frame = json.loads(text)
            if frame["t"] == kind:
                return frame


async def closed(socket: WebSocketClientConnection) -> int | None:
    """Wait for the close, a second at most."""
    async with asyncio.timeout(1):
        while await socket.read_message() is not None:
            pass
    socket.close()
    return socket.close_code


async def let_go(*sockets: WebSocketClientConnection) -> None:
    for socket in sockets:
        socket.close()
        while await socket.read_message() is not None:
            pass


@pytest.mark.gen_test(timeout=30)
async def test_whom_the_host_blocks_is_out_within_a_second_and_stays_out(serve: Any) -> None:
    served = await serve()
    ann, bob, cat = [await person(served, name) for name in ("ann", "bob", "cat")]
    party = await served.post("/api/v1/parties", {"title": "Friday"}, ann["access_token"])
    host, guest, other = [await connected(served, party, who) for who in (ann, bob, cat)]
    assert await served.call("POST", "/api/v1/users/bob/block", ann["access_token"]) == 204
    assert await closed(guest) == MAY_NOT_ENTER
    assert await closed(await knocking(served, party, bob)) == MAY_NOT_ENTER
    assert await served.call("GET", f"/api/v1/parties/{party['id']}", bob["access_token"]) == 404
    assert (host.close_code, other.close_code) == (None, None)
    assert (await heard(other, "member.left"))["member"]["name"] == "bob"
    assert await served.call("DELETE", "/api/v1/users/bob/block", ann["access_token"]) == 204
    back = await connected(served, party, bob)
    await let_go(host, other, back)


@pytest.mark.gen_test(timeout=30)
async def test_in_anothers_party_a_block_hides_the_words_of_the_next_message(serve: Any) -> None:
    served = await serve()
    ann, bob, cat = [await person(served, name) for name in ("ann", "bob", "cat")]
    party = await served.post("/api/v1/parties", {"title": "Friday"}, ann["access_token"])
    host, speaker, blocker = [await connected(served, party, who) for who in (ann, bob, cat)]
    assert await served.call("POST", "/api/v1/users/bob/block", cat["access_token"]) == 204
    await speaker.write_message(json.dumps({"t": "chat.send", "id": "1", "body": "hello"}))
    seen, hidden = await heard(host, "chat"), await heard(blocker, "chat")
    assert (seen["message"]["body"], "hidden" in seen["message"]) == ("hello", False)
    assert (hidden["message"]["body"], hidden["message"]["hidden"]) == ("", True)
    assert hidden["seq"] == seen["seq"]
    assert await served.call("DELETE", "/api/v1/users/bob/block", cat["access_token"]) == 204
    await speaker.write_message(json.dumps({"t": "chat.send", "id": "2", "body": "again"}))
    assert (await heard(blocker, "chat"))["message"]["body"] == "again"
    await let_go(host, speaker, blocker)


@pytest.mark.gen_test(timeout=30)
async def test_who_is_suspended_is_cut_off_within_a_second(serve: Any) -> None:
    served = await serve()
    ann, sam = [await person(served, name) for name in ("ann", "sam")]
    store = served.node._store
    await store.users.set_role(sam["user"]["id"], "staff")
    party = await served.post("/api/v1/parties", {"title": "Friday"}, ann["access_token"])
    socket = await connected(served, party, ann)
    path = f"/api/v1/admin/users/{ann['user']['id']}/suspend"
    assert await served.call("POST", path, sam["access_token"], {"reason": "spam"}) == 200
    assert await closed(socket) == BAD_CREDENTIAL
    assert await closed(await knocking(served, party, ann)) == BAD_CREDENTIAL
    await store.users.set_standing(ann["user"]["id"], Standing())


@pytest.mark.gen_test(timeout=30)
async def test_who_erases_their_account_is_cut_off_and_their_words_go_from_open_rooms(serve: Any) -> None:
    served = await serve()
    ann, bob = [await person(served, name) for name in ("ann", "bob")]
    party = await served.post("/api/v1/parties", {"title": "Friday"}, ann["access_token"])
    host, guest = [await connected(served, party, who) for who in (ann, bob)]
    await guest.write_message(json.dumps({"t": "chat.send", "id": "1", "body": "soon gone"}))
    said = await heard(host, "chat")
    assert await served.call("DELETE", "/api/v1/users/me", bob["access_token"], {"password": PASSWORD}) == 204
    assert await closed(guest) == BAD_CREDENTIAL
    assert (await heard(host, "chat.deleted"))["message_id"] == said["message"]["id"]
    left = await heard(host, "member.left")
    await host.write_message(json.dumps({"t": "resync", "seq": said["seq"] - 1}))
    whole = await heard(host, "welcome")
    assert whole["party"]["chat"] == []
    seqs = [frame["seq"] for frame in whole["missed"]]
    assert seqs == list(range(said["seq"], left["seq"] + 1))
    text = json.dumps(whole)
    assert "soon gone" not in text
    assert bob["user"]["id"] not in text
    await host.write_message(json.dumps({"t": "chat.send", "id": "2", "body": "alone"}))
    assert (await heard(host, "chat"))["seq"] == left["seq"] + 1
    await let_go(host)
