"""The contract of `matinee.v1`, frame by frame over a real socket and a real log: names, types and codes, and no field more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from store.database import Store
from tests.fakes.node import CODE, Shelf
from tests.fakes.server import Client, Frame, Server
from tests.realtime.layouts import (
    FIGURES,
    ITEM,
    MEMBER,
    MESSAGE,
    NUMBER,
    PLAYBACK,
    POLL,
    SETTINGS,
    VIDEO,
    WELCOME,
    like,
)

pytestmark = [pytest.mark.websocket, pytest.mark.integration]


def event(t: str, by: str | None = "ann", **fields: Any) -> Frame:
    return {"t": t, "seq": int, "at_ms": NUMBER, "by": by, **fields}


def playback(cause: str, *, paused: bool) -> Frame:
    return event("playback", playback=PLAYBACK | {"paused": paused}, cause=cause)


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[Server]:
    shelf = Shelf()
    shelf.log, shelf.parties, shelf.events = store.party_log, store.parties, store.events
    server = Server(shelf)
    await server.node.create()
    try:
        yield server
    finally:
        await server.close()


async def act(client: Client, frame: Frame, *events: Frame) -> list[Frame]:
    """Send a command; hold the events that it causes, and the `ok` behind them, to their patterns."""
    already = len(client.heard)
    answer = await client.ask(**frame)
    caused = [heard for heard in client.heard[already:] if heard["t"] not in {"ok", "presence"}]
    like(answer, {"t": "ok", "id": str, "seq": int})
    assert [heard["t"] for heard in caused] == [pattern["t"] for pattern in events]
    for heard, pattern in zip(caused, events, strict=True):
        like(heard, pattern, heard["t"])
    assert answer["seq"] == caused[-1]["seq"]
    return caused


@pytest.mark.gen_test(timeout=30)
async def test_hello_is_answered_welcome_with_the_whole_party(store: Store) -> None:
    async with serving(store) as server:
        client = {"name": "web", "version": "1.0", "device": "desktop"}
        ann = await server.enter("ann", client=client)
        like(ann.welcome, WELCOME)
        assert ann.welcome["you"] | {"session": ""} == {
            "member_id": "ann",
            "user_id": "ann",
            "name": "ann",
            "role": "host",
            "session": "",
        }
        assert (ann.welcome["seq"], ann.welcome["resumed"], ann.welcome["missed"]) == (2, False, [])
        gus = await server.enter("Gus", CODE.lower())
        assert (gus.welcome["you"]["user_id"], gus.welcome["you"]["role"]) == (None, "guest")
        like(await ann.next("member.joined"), event("member.joined", gus.welcome["you"]["member_id"], member=MEMBER))
        seen = await ann.next("presence")
        like(seen, {"t": "presence", "members": [{"id": str, "status": str, **FIGURES}]})


@pytest.mark.gen_test(timeout=30)
async def test_each_command_causes_its_events_and_is_answered_ok(store: Store) -> None:
    async with serving(store) as server:
        ann, bob = await server.enter("ann"), await server.enter("bob")
        await ann.next("member.joined")
        start = len(bob.heard)
        (_, played) = await act(ann, {"t": "play"}, event("party.started"), playback("play", paused=False))
        assert played["playback"]["at_ms"] - played["at_ms"] == 100
        await act(ann, {"t": "seek", "position_ms": 9_000}, playback("seek", paused=False))
        await act(ann, {"t": "rate", "rate": 1.5}, playback("rate", paused=False))
        await act(ann, {"t": "pause"}, playback("pause", paused=True))
        (said,) = await act(ann, {"t": "chat.send", "body": "hi @Bob"}, event("chat", message=MESSAGE))
        assert said["message"]["mentions"] == ["bob"]
        message = {"message_id": said["message"]["id"]}
        await act(ann, {"t": "chat.edit", **message, "body": "hi"}, event("chat.edited", message=MESSAGE))
        reacted = {"emoji": "😂", "member_id": "ann", "on": True}
        await act(ann, {"t": "chat.react", **message, "emoji": "😂"}, event("chat.reacted", **message, **reacted))
        await act(ann, {"t": "chat.delete", **message}, event("chat.deleted", **message))
        queue = event("queue", items=[ITEM])
        (added,) = await act(ann, {"t": "queue.add", "video_id": "short"}, queue)
        item = {"item_id": added["items"][0]["id"]}
        await act(ann, {"t": "queue.vote", **item, "up": True}, queue)
        await act(ann, {"t": "queue.play", **item}, queue, event("video", video=VIDEO, playback=PLAYBACK))
        for _ in range(2):
            (added,) = await act(ann, {"t": "queue.add", "video_id": "film"}, queue)
        last = {"item_id": added["items"][1]["id"]}
        await act(ann, {"t": "queue.move", **last, "to": 0}, queue)
        await act(ann, {"t": "queue.remove", **last}, queue)
        await act(ann, {"t": "skip.vote"}, event("skip", member_id="ann", votes=1, needed=1),
                  queue, event("video", video=VIDEO, playback=PLAYBACK))  # fmt: skip
        asked = {"question": "Which?", "options": ["this", "that"]}
        await act(ann, {"t": "poll.open", **asked}, event("poll", poll=POLL))
        (counted,) = await act(ann, {"t": "poll.vote", "option": 1}, event("poll", poll=POLL))
        assert [option["votes"] for option in counted["poll"]["options"]] == [0, 1]
        await act(ann, {"t": "poll.close"}, event("poll", poll=POLL | {"open": False}))
        settings = {"settings": SETTINGS | {"control": "host"}, "title": "X", "visibility": "public"}
        await act(ann, {"t": "settings", "control": "host", "title": "X", "visibility": "public"},
                  event("settings", **settings, has_password=False))  # fmt: skip
        target, shown = {"member_id": "bob"}, MEMBER | {"id": "bob"}
        moderator = shown | {"role": "moderator"}
        await act(ann, {"t": "member.role", **target, "role": "moderator"}, event("member.role", member=moderator))
        muted = {"muted": True, "until_ms": NUMBER, "reason": "caps"}
        await act(ann, {"t": "member.mute", **target, "minutes": 5, "reason": "caps"},
                  event("member.muted", member=moderator | {"muted": True, "muted_until_ms": NUMBER}, **muted))  # fmt: skip
        muted = {"muted": False, "until_ms": None, "reason": None}
        await act(ann, {"t": "member.unmute", **target}, event("member.muted", member=moderator, **muted))
        passed = {"member": shown | {"role": "host"}, "previous": MEMBER | {"id": "ann", "role": "cohost"}}
        await act(ann, {"t": "host.transfer", **target}, event("host.changed", **passed, cause="transfer"))
        while bob.heard[-1]["t"] != "host.changed":
            await bob.next("host.changed")
        numbered = [frame for frame in bob.heard[start:] if "seq" in frame]
        assert numbered == ann.events()[-len(numbered) :]
        assert [frame["seq"] for frame in numbered] == list(range(numbered[0]["seq"], numbered[-1]["seq"] + 1))


@pytest.mark.gen_test(timeout=30)
async def test_the_waiting_room_has_its_own_layouts(store: Store) -> None:
    async with serving(store) as server:
        ann, gus = await server.enter("ann"), await server.connect()
        await ann.ask(t="settings", approval="everyone")
        await gus.send(t="hello", guest="Gus", id="h")
        you = {"member_id": str, "user_id": None, "name": "Gus", "session": str}
        told = await gus.next("outside")
        like(told, {"t": "outside", "id": "h", "you": you, "now_ms": float, "heartbeat_ms": 15_000})
        person = {"id": told["you"]["member_id"], "user_id": None, "name": "Gus", "since_ms": float}
        like(await ann.next("knocks"), {"t": "knocks", "knocking": [person]})
        answer = event("approval", member_id=person["id"], approved=True, until_ms=int)
        await act(ann, {"t": "approve", "member_id": person["id"]}, answer)
        like(await gus.next("welcome"), WELCOME | {"id": "h", "party": dict})


@pytest.mark.gen_test(timeout=30)
async def test_what_is_not_numbered_has_its_own_layouts(store: Store) -> None:
    async with serving(store) as server:
        ann = await server.enter("ann")
        await ann.send(t="clock", t0=12.5)
        like(await ann.next("clock"), {"t": "clock", "t0": 12.5, "t1": float, "t2": float})
        await ann.send(t="ping", id="p")
        like(await ann.next("pong"), {"t": "pong", "id": "p"})
        await ann.send(t="typing")
        like(await ann.next("typing"), {"t": "typing", "member_id": "ann"})
        await ann.send(t="react", emoji="😂")
        like(await ann.next("reactions"), {"t": "reactions", "counts": {"😂": 1}, "position_ms": NUMBER})
        report = {"state": "playing", "position_ms": 5, "drift_ms": -3, "rtt_ms": 40, "buffered_ms": 9_000}
        await ann.ask(t="status", **report)
        seen = {"id": "ann", "status": "playing", "drift_ms": -3.0, "rtt_ms": 40.0}
        while (await ann.next("presence"))["members"] != [seen]:
            pass
        events = [{"event_id": "a" * 32, "type": "view.started", "startup_ms": 12}]
        answer = await ann.ask(t="telemetry", events=events * 2)
        like(answer, {"t": "ok", "id": str, "accepted": 1, "duplicate": 1})
        await ann.send(t="resync", seq=1, id="r")
        like(await ann.next("welcome"), WELCOME | {"id": "r", "resumed": True})


ERRORS: list[tuple[str, Frame]] = [
    ('{"t":"play","id":"e","x":1}', {"code": "invalid", "path": "x", "id": "e"}),
    ('{"t":"seek","id":"e"}', {"code": "invalid", "path": "position_ms", "id": "e"}),
    ('{"t":"chat.delete","message_id":"m","id":"e"}', {"code": "not_found", "path": "message_id", "id": "e"}),
    ('{"t":"member.kick","member_id":"ann","id":"e"}', {"code": "forbidden", "id": "e"}),
    ('{"t":"hello","guest":"again","id":"e"}', {"code": "conflict", "id": "e"}),
    ('{"t":"poll","id":"e"}', {"code": "unknown_type", "id": "e"}),
    ("[]", {"code": "bad_frame"}),
]


@pytest.mark.parametrize(("text", "pattern"), ERRORS, ids=[text for text, _ in ERRORS])
@pytest.mark.gen_test(timeout=20)
async def test_an_error_names_its_code_and_place(store: Store, text: str, pattern: Frame) -> None:
    async with serving(store) as server:
        ann = await server.enter("ann")
        await ann.socket.write_message(text)
        like(await ann.next("error"), {"t": "error", "message": str, **pattern})
        await ann.ask(t="settings", slow_mode_s=60)
        gus = await server.enter("Gus")
        await gus.ask(t="chat.send", body="once")
        slow = {"t": "error", "id": str, "code": "slow_mode", "message": str, "retry_after_ms": int}
        like(await gus.ask(t="chat.send", body="twice"), slow)


@pytest.mark.gen_test(timeout=30)
async def test_each_close_has_its_code(store: Store) -> None:
    async with serving(store) as server:
        for reference, hello, code in (
            (CODE, {"token": "nonsense"}, 4501),
            (CODE, {"guest": "\u202e"}, 4501),
            ("ZZZZ9999", {"guest": "Gus"}, 4504),
            ("f" * 32, {"guest": "Gus"}, 4504),
        ):
            client = await server.connect(reference)
            await client.send(t="hello", **hello)
            assert await client.closed() == code
        ann, bob = await server.enter("ann"), await server.enter("bob")
        again = await server.enter("ann", resume=ann.resume())
        assert await ann.closed() == 4509
        assert again.welcome["you"]["session"] == ann.welcome["you"]["session"]
        await again.ask(t="member.kick", member_id="bob", reason="spoilers")
        kicked = event("member.kicked", member=MEMBER, until_ms=None, reason="spoilers")
        like(await bob.next("member.kicked"), kicked)
        assert await bob.closed() == 4511
        gus, late = await server.enter("Gus"), await server.connect()
        await again.ask(t="member.ban", member_id=gus.welcome["you"]["member_id"])
        like(await gus.next("member.banned"), event("member.banned", member=MEMBER, until_ms=None, reason=None))
        assert await gus.closed() == 4503
        await again.ask(t="settings", password="sesame")
        await late.send(t="hello", guest="Late", password="guess")
        assert await late.closed() == 4503
        leaver = await server.enter("bob", password="sesame")
        await leaver.ask(t="leave")
        assert await leaver.closed() == 1000
        await again.ask(t="end")
        (ended,) = [frame for frame in again.heard if frame["t"] == "party.ended"]
        like(ended, event("party.ended"))
        assert await again.closed() == 4510


@pytest.mark.gen_test(timeout=30)
async def test_hello_has_five_seconds(store: Store) -> None:
    async with serving(store) as server:
        mute = await server.connect()
        started = asyncio.get_running_loop().time()
        assert await mute.closed() == 4008
        assert 5 <= asyncio.get_running_loop().time() - started < 7.5
