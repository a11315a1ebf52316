"""The party over real sockets: a real Tornado server, and clients that see nothing but frames."""

import asyncio
import random
import socket

import pytest
from tornado.httpclient import HTTPClientError

from realtime import casting
from realtime.handler import MakeWire
from realtime.wire import PlainWire
from tests.conftest import ExpectedLogs
from tests.fakes.node import CODE, PARTY
from tests.fakes.raw_socket import handshake, masked, read_close
from tests.fakes.rings import ring_or_skip
from tests.fakes.server import OURS, Server
from tests.fakes.serving import serving, until

pytestmark = pytest.mark.websocket


@pytest.fixture(params=["plain", "one by one", "by the ring"])
def make_wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MakeWire | None:
    """Each way in which frames go out."""
    if request.param == "plain":
        return PlainWire
    if request.param == "by the ring":
        ring_or_skip().close()
    monkeypatch.setattr(casting, "FEWEST", 1 if request.param == "by the ring" else 1_000_000)
    return None


@pytest.mark.gen_test(timeout=30)
async def test_two_clients_see_each_other_in_order(make_wire: MakeWire | None) -> None:
    async with serving(make_wire=make_wire) as server:
        ann = await server.enter("ann")
        gus = await server.enter("Gus", PARTY)
        assert ann.socket.selected_subprotocol == "matinee.v1"
        await ann.send(t="play", id="1")
        await gus.send(t="chat.send", body="first!", id="1")
        await ann.send(t="seek", position_ms=12_000, id="2")
        await ann.send(t="pause", id="3")
        await ann.next("ok")
        await ann.next("ok")
        await ann.next("ok")
        await gus.next("ok")
        last = await server.enter("Last")
        await gus.next("member.joined")
        while ann.heard[-1]["t"] != "member.joined":
            await ann.next("member.joined")
        shared = [event for event in ann.events() if event["seq"] > gus.welcome["seq"]]
        assert shared == gus.events()
        assert [event["seq"] for event in ann.events()] == list(range(3, last.welcome["seq"] + 1))
        assert sorted(event["t"] for event in shared) == sorted(
            ["party.started", "playback", "chat", "playback", "playback", "member.joined"]
        )


@pytest.mark.gen_test(timeout=30)
async def test_a_dropped_client_misses_nothing_whatever_happens_meanwhile(make_wire: MakeWire | None) -> None:
    chance = random.Random(5)
    async with serving(make_wire=make_wire) as server:
        ann, gus = await server.enter("ann"), await server.enter("Gus")
        first_seq = gus.welcome["seq"]
        known = []
        for round_ in range(4):
            await ann.ask(t="chat.send", body=f"here {round_}")
            if chance.random() < 0.5:
                await gus.next("chat")
            gus.socket.close()
            for n in range(chance.randrange(1, 5)):
                await ann.ask(t="chat.send", body=f"away {round_} {n}")
            known += gus.events()
            gus = await server.enter("Gus", resume=gus.resume())
            assert gus.welcome["resumed"]
            known += gus.welcome["missed"]
        assert [event["seq"] for event in known] == list(range(first_seq + 1, gus.welcome["seq"] + 1))
        assert known == [event for event in ann.events() if event["seq"] > first_seq]


@pytest.mark.gen_test(timeout=30)
async def test_a_restarted_server_knows_its_people_and_their_commands() -> None:
    async with serving() as server:
        ann, gus = await server.enter("ann"), await server.enter("Gus")
        await ann.ask(t="play")
        said = await gus.ask(t="chat.send", body="before", id="mine")
        shelf, port = server.node.shelf, server.port
        await server.crash()
        assert await ann.closed() is None
        restarted = Server(shelf, port=port)
        try:
            gus_again = await restarted.enter("Gus", resume=gus.resume(said["seq"] - 1))
            ann_again = await restarted.enter("ann", resume=ann.resume())
            assert gus_again.welcome["you"]["member_id"] == gus.welcome["you"]["member_id"]
            assert [event["t"] for event in gus_again.welcome["missed"]] == ["chat"]
            assert (ann_again.welcome["resumed"], ann_again.welcome["you"]["role"]) == (True, "host")
            assert not ann_again.welcome["party"]["playback"]["paused"]
            assert (await gus_again.ask(t="chat.send", body="before", id="mine"))["seq"] == said["seq"]
            assert len(ann_again.welcome["party"]["chat"]) == 1
        finally:
            await restarted.close()


@pytest.mark.gen_test(timeout=30)
async def test_the_clock_is_answered_while_storage_is_slow() -> None:
    async with serving() as server:
        ann = await server.enter("ann")
        gate = server.node.shelf.log.gate = asyncio.Event()
        await ann.send(t="play", id="1")
        await ann.send(t="clock", t0=1.5)
        clock = await ann.next("clock", "ok")
        assert (clock["t"], clock["t0"]) == ("clock", 1.5)
        assert clock["t1"] <= clock["t2"]
        gate.set()
        assert (await ann.next("ok"))["id"] == "1"


@pytest.mark.gen_test(timeout=40)
async def test_who_does_not_read_is_closed_with_4029_and_nobody_else_notices(make_wire: MakeWire | None) -> None:
    async with serving(make_wire=make_wire) as server:
        ann = await server.enter("ann")
        loop = asyncio.get_running_loop()
        with socket.socket() as lazy:
            lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            lazy.setblocking(False)
            await loop.sock_connect(lazy, ("127.0.0.1", server.port))
            await loop.sock_sendall(lazy, handshake(CODE, server.port))
            await loop.sock_sendall(lazy, masked('{"t":"hello","guest":"Lazy"}'))
            await ann.next("member.joined")
            (slow,) = [
                listener
                for channel in server.node.hub._channels.values()
                for listener in channel.listeners
                if listener.member_id != "ann"
            ]
            sent = 0
            while slow in server.node.hub._channels[PARTY].listeners and slow._session.state == "open":
                server.node.hub.tell(PARTY, {"t": "notice", "id": "1", "text": "x" * 20_000, "at_ms": 1})
                sent += 1
                await ann.next("notice")
                assert sent < 1_000, "buffered 20 MB for a reader who does not read"
            assert 1_048_576 < sent * 20_000 < 8_000_000
            await read_close(lazy, 4029)
        await until(lambda: server.node.presence.count(PARTY) == 1)
        assert (await ann.ask(t="chat.send", body="still here"))["t"] == "ok"


BAD_FRAMES = {
    "unknown field": '{"t":"play","evil":1}',
    "wrong type": '{"t":"seek","position_ms":"far"}',
    "NaN": '{"t":"seek","position_ms":NaN}',
    "infinity": '{"t":"seek","position_ms":1e999}',
    "lone surrogate": '{"t":"chat.send","body":"\\ud800"}',
    "2**63": '{"t":"seek","position_ms":9223372036854775808}',
    "100 deep": '{"t":"play","x":' + "[" * 100 + "]" * 100 + "}",
    "an array": "[]",
    "nothing": "",
    "unknown type": '{"t":"root.shell"}',
    "not ours to say": '{"t":"welcome"}',
}


@pytest.mark.parametrize("text", BAD_FRAMES.values(), ids=BAD_FRAMES)
@pytest.mark.gen_test(timeout=20)
async def test_bad_input_is_an_error_frame_and_changes_nothing(text: str) -> None:
    async with serving() as server:
        ann = await server.enter("ann")
        before = await server.node.engine.state(PARTY)
        await ann.socket.write_message(text)
        error = await ann.next("error")
        assert error["code"] in {"bad_frame", "invalid", "unknown_type"}
        assert "Traceback" not in str(error)
        assert await server.node.engine.state(PARTY) == before
        assert (await ann.ask(t="chat.send", body="and it goes on"))["t"] == "ok"


@pytest.mark.gen_test(timeout=20)
async def test_twenty_bad_frames_close_with_4500() -> None:
    async with serving() as server:
        ann = await server.enter("ann")
        for _ in range(20):
            await ann.socket.write_message("garbage")
        assert await ann.closed() == 4500


@pytest.mark.parametrize(("reference", "code"), [("f" * 32, 4504), ("ZZZZ9999", 4504), ("..%2F..", 4504), ("a", 4504)])
@pytest.mark.gen_test(timeout=20)
async def test_an_unknown_party_is_4504(reference: str, code: int) -> None:
    async with serving() as server:
        client = await server.connect(reference)
        await client.send(t="hello", guest="Gus")
        assert await client.closed() == code


@pytest.mark.gen_test(timeout=20)
async def test_a_wrong_token_is_4501() -> None:
    async with serving() as server:
        client = await server.connect()
        await client.send(t="hello", token="nonsense")
        assert await client.closed() == 4501


@pytest.mark.gen_test(timeout=20)
async def test_another_protocol_is_4500_and_none_at_all_is_ours() -> None:
    async with serving() as server:
        other = await server.connect(subprotocols=["graphql-ws"])
        assert await other.closed() == 4500
        plain = await server.connect(subprotocols=None)
        await plain.send(t="hello", guest="Gus")
        await plain.next("welcome")


@pytest.mark.gen_test(timeout=20)
async def test_pages_of_other_origins_are_kept_out(logs: ExpectedLogs) -> None:
    logs.allow("403")
    async with serving() as server:
        for origin in ("https://evil.example.com", "null"):
            with pytest.raises(HTTPClientError, match="403"):
                await server.connect(Origin=origin)
        await server.connect(Origin=OURS)
        await server.connect(Origin=f"http://127.0.0.1:{server.port}")


@pytest.mark.gen_test(timeout=20)
async def test_a_drain_closes_with_1012_and_refuses_newcomers(logs: ExpectedLogs) -> None:
    logs.allow("503")
    async with serving() as server:
        ann = await server.enter("ann")
        await server.node.hub.drain()
        assert await ann.closed() == 1012
        with pytest.raises(HTTPClientError, match="503"):
            await server.connect()


@pytest.mark.gen_test(timeout=60)
async def test_as_many_connections_are_closed_as_were_opened() -> None:
    chance = random.Random(11)
    async with serving() as server:
        for _ in range(120):
            client = await server.connect(chance.choice([CODE, PARTY, "f" * 32]))
            for _ in range(chance.randrange(4)):
                frame = chance.choice(
                    [
                        '{"t":"hello","guest":"G"}',
                        '{"t":"play"}',
                        "junk",
                        '{"t":"hello","token":"bad"}',
                        '{"t":"leave"}',
                    ]
                )
                if client.socket.close_code is None:
                    await client.socket.write_message(frame)
            client.socket.close()
        await until(lambda: server.node.hub.connections() == 0)
        assert server.node.presence.count(PARTY) == 0
        assert server.node.hub._channels == {}
