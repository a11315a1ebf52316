"""The examples of the AsyncAPI document, sent to a real server in a live party; what comes back is held to the document."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from tornado.websocket import WebSocketClosedError

from realtime import errors
from realtime.asyncapi.described import DESCRIBED, Described
from tests.conftest import ExpectedLogs
from tests.fakes.node import CODE
from tests.fakes.protocol_document import DOCUMENT
from tests.fakes.server import Client, Frame, Server
from tests.fakes.serving import serving

pytestmark = pytest.mark.websocket

EXAMPLES = [
    (t, n) for t in DESCRIBED for n in range(len(DOCUMENT["components"]["messages"][f"client.{t}"]["examples"]))
]
ACTORS = {"outsider": "", "guest": "Gus", "member": "bob", "moderator": "bob", "cohost": "bob", "host": "ann"}
BEFORE: dict[str, list[Frame]] = {
    "pause": [{"t": "play"}],
    "queue.move": [{"t": "queue.add", "video_id": "film"}],
    "member.unmute": [{"t": "member.mute", "member_id": "tom"}],
}
"""What whoever sends an example has done before it, so that it changes something."""


class Scene:
    """A party of ann, its host, and tom, with a queue, a message and a poll; and who acts, in their role."""

    def __init__(self, server: Server, watcher: Client, actor: Client, ids: dict[str, str]) -> None:
        self.server = server
        self.watcher = watcher
        self.actor = actor
        self.ids = ids

    def of(self, example: Frame) -> Frame:
        """Put in the ids of this party, and an id that nobody has used in this session."""
        ids = self.ids if example["t"] not in {"approve", "deny"} else {}  # about somebody who is not in
        return {name: ids.get(name, value) for name, value in example.items()} | {"id": example["t"]}


@asynccontextmanager
async def scene(about: Described) -> AsyncIterator[Scene]:
    async with serving() as server:
        ann, tom = await server.enter("ann"), await server.enter("tom")
        added = await caused(ann, "queue", t="queue.add", video_id="short")
        await caused(ann, "poll", t="poll.open", question="Which?", options=["this", "that"])
        name = ACTORS[about.least]
        actor = ann if name == "ann" else await (server.enter(name) if name else server.connect())
        if about.least in {"moderator", "cohost"}:
            await caused(ann, "member.role", t="member.role", member_id="bob", role=about.least)
        ids = {"member_id": "tom", "video_id": "short", "item_id": added["items"][0]["id"]}
        if name:
            ids["message_id"] = (await caused(actor, "chat", t="chat.send", body="hi"))["message"]["id"]
        yield Scene(server, tom if name == "ann" else ann, actor, ids)


async def caused(client: Client, kind: str, **frame: Any) -> Frame:
    """Send a command, and return the newest event of a kind that it causes."""
    assert (await client.ask(**frame))["t"] == "ok"
    return next(heard for heard in reversed(client.heard) if heard["t"] == kind)


@pytest.mark.parametrize(("t", "n"), EXAMPLES, ids=[f"{t}-{n + 1}" for t, n in EXAMPLES])
@pytest.mark.gen_test(timeout=20)
async def test_an_example_is_answered_and_heard_as_the_document_says(t: str, n: int) -> None:
    example = DOCUMENT["components"]["messages"][f"client.{t}"]["examples"][n]["payload"]
    about = DESCRIBED[t]
    async with scene(about) as at:
        for frame in BEFORE.get(t, []):
            assert (await at.actor.ask(**at.of(frame)))["t"] == "ok"
        await at.watcher.send(t="ping", id="now")
        await at.watcher.next("pong")
        already = len(at.watcher.heard)
        await at.actor.send(**at.of(example))
        if about.answer is not None:
            answer = await at.actor.next(about.answer, "error")
            assert (answer["t"], answer["id"]) == (about.answer, t)
        else:
            await at.actor.send(t="ping", id="behind")
            assert (await at.actor.next("pong", "error"))["t"] == "pong"
        for event in about.causes:
            if event not in {frame["t"] for frame in at.watcher.heard[already:]}:
                await at.watcher.next(event)


Provocation = Callable[[Server, Client], Awaitable[Client]]
"""Given a server and ann, the host: have somebody be told an error, and return them."""


async def _says(client: Client, *texts: str) -> Client:
    for text in texts:
        await client.socket.write_message(text)
    return client


async def _slowed(server: Server, ann: Client) -> Client:
    await ann.ask(t="settings", slow_mode_s=60)
    return await _says(await server.enter("Gus"), *['{"t":"chat.send","body":"hi"}'] * 2)


async def _muted(server: Server, ann: Client) -> Client:
    bob = await server.enter("bob")
    await ann.ask(t="member.mute", member_id="bob")
    return await _says(bob, '{"t":"chat.send","body":"hi"}')


async def _over(_server: Server, ann: Client) -> Client:
    await ann.ask(t="end")
    return await _says(ann, '{"t":"play"}')


async def _away(server: Server, ann: Client) -> Client:
    server.node.shelf.log.lose_before = 100
    return await _says(ann, '{"t":"play","id":"c"}')


def _by(name: str, *texts: str) -> Provocation:
    async def provoke(server: Server, ann: Client) -> Client:
        client = ann if name == "ann" else await (server.enter(name) if name else server.connect())
        return await _says(client, *texts)

    return provoke


ERRORS: dict[str, Provocation] = {
    "bad_frame": _by("ann", "[]"),
    "unknown_type": _by("ann", '{"t":"shout"}'),
    "invalid": _by("ann", '{"t":"seek","position_ms":-1}'),
    "forbidden": _by("Gus", '{"t":"play"}'),
    "not_found": _by("ann", '{"t":"queue.add","video_id":"none"}'),
    "conflict": _by("ann", '{"t":"hello","guest":"Again"}'),
    "rate_limited": _by("ann", *['{"t":"typing"}'] * 40),
    "muted": _muted,
    "slow_mode": _slowed,
    "not_ready": _by("", '{"t":"play"}'),
    "ended": _over,
    "unavailable": _away,
}
"""One way to each code."""


def test_all_error_codes_are_provoked_here() -> None:
    beyond = {"too_large"}  # a frame over 64 KiB is not read: its socket is closed with 1009
    assert ERRORS.keys() | beyond == errors.ERRORS.keys()


@pytest.mark.parametrize("code", ERRORS)
@pytest.mark.gen_test(timeout=20)
async def test_each_error_code_can_be_reached(code: str, logs: ExpectedLogs) -> None:
    logs.allow("storage")
    async with serving() as server:
        told = await ERRORS[code](server, await server.enter("ann"))
        assert (await told.next("error"))["code"] == code
        server.node.shelf.log.lose_before = 0


async def _twice(server: Server, ann: Client) -> Client:
    await server.enter("ann", resume=ann.resume())
    return ann


async def _full(server: Server, ann: Client) -> Client:
    await ann.ask(t="settings", max_members=1)
    return await _says(await server.connect(), '{"t":"hello","guest":"Gus"}')


async def _kicked(server: Server, ann: Client) -> Client:
    bob = await server.enter("bob")
    await ann.ask(t="member.kick", member_id="bob")
    return bob


async def _locked(server: Server, ann: Client) -> Client:
    await ann.ask(t="settings", password="sesame")
    return await _says(await server.connect(), '{"t":"hello","guest":"Gus","password":"guess"}')


async def _ended(_server: Server, ann: Client) -> Client:
    await ann.ask(t="end")
    return ann


async def _drained(server: Server, ann: Client) -> Client:
    await server.node.hub.drain()
    return ann


async def _expired(server: Server, _ann: Client) -> Client:
    server.node.shelf.credentials.expires_ms = server.node.clock.now_ms()
    return await server.enter("bob")


async def _unread(server: Server, _ann: Client) -> Client:
    client = await server.connect()
    server.node.shelf.blocking.lose = 1
    return await _says(client, '{"t":"hello","token":"token-bob"}')


async def _flood(_server: Server, ann: Client) -> Client:
    with suppress(WebSocketClosedError):
        await _says(ann, *['{"t":"typing"}'] * 300)
    return ann


async def _nowhere(server: Server, _ann: Client) -> Client:
    return await _says(await server.connect("ZZZZ9999"), '{"t":"hello","guest":"Gus"}')


CLOSES: dict[int, Provocation] = {
    1000: _by("bob", '{"t":"leave"}'),
    1009: _by("ann", "x" * 65_537),
    1012: _drained,
    1013: _full,
    4029: _flood,
    4030: _unread,
    4031: _expired,
    4500: _by("ann", *["garbage"] * 20),
    4501: _by("", '{"t":"hello","token":"nonsense"}'),
    4503: _locked,
    4504: _nowhere,
    4509: _twice,
    4510: _ended,
    4511: _kicked,
}


def test_all_close_codes_are_reached_here_that_a_client_can_bring_about() -> None:
    beyond = {
        1001,  # what proxies say
        4008,  # takes its time: test_contract
        4032,  # a node's own trouble: a gap of more events than it keeps
        4513,  # as 1009, of a reader that takes the frame in first
    }
    assert CLOSES.keys() | beyond == errors.CLOSES.keys()


@pytest.mark.parametrize("code", CLOSES)
@pytest.mark.gen_test(timeout=20)
async def test_each_close_code_can_be_reached(code: int) -> None:
    async with serving() as server:
        shut = await CLOSES[code](server, await server.enter("ann", CODE))
        assert await shut.closed() == code
