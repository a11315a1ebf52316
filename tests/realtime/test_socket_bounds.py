"""What a socket bears: frames that are too large, bytes that are no frames, welcomes of megabytes, other signs of life."""

import asyncio
import socket
from contextlib import suppress

import pytest
from tornado.websocket import WebSocketClosedError

from realtime.handler import MakeWire
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.wire import PlainWire
from tests.fakes.node import CODE, PARTY
from tests.fakes.raw_socket import handshake, read_close
from tests.fakes.serving import serving, until

pytestmark = pytest.mark.websocket
WIRES = {"direct": None, "plain": PlainWire}
BROKEN = {
    "no UTF-8": b"\x81\x84\0\0\0\0\xed\xa0\x80!",
    "an opcode of nobody": b"\x83\x81\0\0\0\0x",
    "the end of nothing": b"\x80\x81\0\0\0\0x",
    "a long ping": b"\x89\xfe\0\xc8" + bytes(204),
}


@pytest.mark.parametrize("size", [65_537, 1_000_000, 8_000_000])
@pytest.mark.gen_test(timeout=20)
async def test_a_frame_over_64_kib_is_told_1009_and_hurts_nobody_else(size: int) -> None:
    async with serving() as server:
        ann, gus = await server.enter("ann"), await server.enter("Gus")
        with suppress(WebSocketClosedError):  # it may hear the close before all of it is written
            await gus.socket.write_message("x" * size)
        assert await gus.closed() == 1009
        assert (await ann.ask(t="chat.send", body="fine"))["t"] == "ok"


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
@pytest.mark.gen_test(timeout=20)
async def test_what_breaks_the_websocket_protocol_is_told_so(sent: bytes) -> None:
    async with serving() as server:
        ann = await server.enter("ann")
        loop = asyncio.get_running_loop()
        with socket.socket() as odd:
            odd.setblocking(False)
            await loop.sock_connect(odd, ("127.0.0.1", server.port))
            await loop.sock_sendall(odd, handshake(CODE, server.port))
            await loop.sock_sendall(odd, sent)
            await read_close(odd, 1007 if sent is BROKEN["no UTF-8"] else 1002)
        await until(lambda: server.node.hub.connections() == 1)
        assert (await ann.ask(t="chat.send", body="fine"))["t"] == "ok"


@pytest.mark.gen_test(timeout=20)
async def test_who_goes_on_sending_after_the_close_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.lingering.LINGER_BYTES", 200_000)
    async with serving() as server:
        loop = asyncio.get_running_loop()
        with socket.socket() as flood:
            flood.setblocking(False)
            await loop.sock_connect(flood, ("127.0.0.1", server.port))
            await loop.sock_sendall(flood, handshake(CODE, server.port) + b"\x81\xff" + b"\x7f" * 8)
            with pytest.raises(ConnectionError):
                await loop.sock_sendall(flood, bytes(64 * 1024 * 1024))
        await until(lambda: server.node.hub.connections() == 0)


@pytest.mark.parametrize("make_wire", WIRES.values(), ids=WIRES)
@pytest.mark.gen_test(timeout=30)
async def test_a_welcome_of_megabytes_is_no_slow_reader(make_wire: MakeWire | None) -> None:
    async with serving(make_wire=make_wire) as server:
        await server.enter("ann")
        gus = await server.enter("Gus")
        where = gus.resume()
        gus.socket.close()
        ann = Actor(user_id="ann", name="ann")
        for _ in range(400):
            await server.node.engine.submit(PARTY, do.Say(body="😂" * 2_000), actor=ann)
        gus = await server.enter("Gus", resume=where)
        assert (gus.welcome["resumed"], len(gus.welcome["missed"])) == (True, 400)
        assert (await gus.ask(t="chat.send", body="all read"))["t"] == "ok"


@pytest.mark.gen_test(timeout=20)
async def test_pings_of_the_websocket_layer_keep_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.session.SILENCE_MS", 1_500)
    async with serving() as server:
        pinging, silent = await server.enter("Gus"), await server.enter("Max")
        for _ in range(12):
            pinging.socket.ping(b"alive")
            await asyncio.sleep(0.25)
        assert await silent.closed() == 4008
        assert (await pinging.ask(t="chat.send", body="still here"))["t"] == "ok"


@pytest.mark.gen_test(timeout=20)
async def test_binary_frames_are_bad_ones() -> None:
    async with serving() as server:
        ann = await server.enter("ann")
        await ann.socket.write_message(b'{"t":"play","id":"1"}', binary=True)
        assert (await ann.next("ok", "error"))["code"] == "bad_frame"
