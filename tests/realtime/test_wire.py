import asyncio
import inspect
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado import version_info
from tornado.iostream import BaseIOStream, IOStream
from tornado.util import _websocket_mask
from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from realtime.casting import Cast
from realtime.direct import DirectWire, Turn
from realtime.taken import TakenStream
from realtime.wire import Outgoing, Piece
from tests.fakes.clock import ManualClock
from tests.fakes.reading import read_all


@given(st.integers(0, 200_000))
def test_a_packed_frame_is_one_final_unmasked_text_frame_of_the_right_length(size: int) -> None:
    packed = Outgoing(b"x" * size).packed
    assert packed[0] == 0x81
    if packed[1] < 126:
        length, start = packed[1], 2
    elif packed[1] == 126:
        length, start = int.from_bytes(packed[2:4], "big"), 4
        assert length > 125
    else:
        length, start = int.from_bytes(packed[2:10], "big"), 10
        assert length > 65_535
    assert length == size == len(packed) - start


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_the_header_changes_its_form_at_the_bounds_of_the_rfc(size: int) -> None:
    header = {0: 2, 125: 2, 126: 4, 65_535: 4, 65_536: 10}[size]
    assert len(Outgoing(b"x" * size).packed) == header + size


def test_the_names_of_tornado_that_wire_and_reader_stand_on_are_still_there() -> None:
    """Only `tornado>=6.6.1,<6.7` was read for this: what a handshake leaves in its stream, and how the stream is given up."""
    assert version_info[:2] == (6, 6)
    for name in ("_receive_frame_loop", "_handle_message", "_run_callback", "_abort"):
        assert callable(getattr(WebSocketProtocol13, name))
    assert _websocket_mask(b"mask", b"data") == bytes(a ^ b for a, b in zip(b"mask", b"data", strict=True))
    assert "self.read_chunk_size = " in inspect.getsource(BaseIOStream.__init__)
    assert "self.stream = " in inspect.getsource(WebSocketProtocol13)
    assert "self.ws_connection" in inspect.getsource(WebSocketHandler)
    assert "return bool(self._write_buffer)" in inspect.getsource(IOStream.writing)
    assert "self.socket = " in inspect.getsource(IOStream.__init__)
    assert "self._read_buffer = bytearray()" in inspect.getsource(BaseIOStream.__init__)
    assert "self._state: int | None = None" in inspect.getsource(BaseIOStream.__init__)
    assert "self.stream = handler._detach_stream()" in inspect.getsource(WebSocketProtocol13._accept_connection)


class Handler:
    """As much of a Tornado handler as the wire uses."""

    def __init__(self, stream: TakenStream) -> None:
        self.ws_connection = SimpleNamespace(stream=stream)
        self.closed: tuple[int, str] | None = None

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


@contextmanager
def a_wire(clock: ManualClock, turn: Turn | None = None) -> Iterator[tuple[DirectWire, Handler, socket.socket]]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    stream = TakenStream(IOStream(ours))
    handler = Handler(stream)
    try:
        yield DirectWire(handler, stream, clock, turn or Turn(Cast())), handler, theirs  # type: ignore[arg-type]
    finally:
        stream.close()
        theirs.close()


@pytest.mark.gen_test
async def test_every_byte_arrives_in_order_however_the_peer_reads() -> None:
    with a_wire(ManualClock()) as (wire, _, theirs):
        frames = [Outgoing(f"{n} ".encode() * (n % 4_000)) for n in range(300)]
        for frame in frames[:200]:
            wire.send(frame)
        whole = b"".join(frame.packed for frame in frames)
        first = await read_all(theirs, len(whole) // 4)
        for frame in frames[200:]:
            wire.send(frame)
        assert first + await read_all(theirs, len(whole) - len(first)) == whole
        assert not wire.behind(0)


@pytest.mark.gen_test
async def test_what_tornado_writes_by_itself_is_not_overtaken() -> None:
    with a_wire(ManualClock()) as (wire, handler, theirs):
        control = b"c" * 3_000_000
        written = handler.ws_connection.stream.write(control)
        begun = theirs.recv(200_000)  # there is room in the socket again, and Tornado has not noticed
        wire.send(Outgoing(b"after"))
        data = begun + await read_all(theirs, len(control) + 7 - len(begun))
        assert data == control + Outgoing(b"after").packed
        await written


@pytest.mark.gen_test
async def test_a_peer_is_behind_by_bytes_or_by_age_and_no_longer_when_it_has_read() -> None:
    clock = ManualClock()
    with a_wire(clock) as (wire, handler, theirs):
        wire.send(Outgoing(b"x" * 900_000))
        await asyncio.sleep(0)
        assert not wire.behind(clock.now_ms())
        assert not wire.behind(clock.now_ms() + 5_000)
        assert wire.behind(clock.now_ms() + 5_001)
        wire.send(Outgoing(b"x" * 500_000))
        await asyncio.sleep(0)
        assert not wire.behind(clock.now_ms())
        wire.send(Outgoing(b"x" * 600_000))
        await asyncio.sleep(0)
        assert wire.behind(clock.now_ms())
        await read_all(theirs, 2_000_030)
        await asyncio.sleep(0.01)
        assert not wire.behind(clock.now_ms() + 60_000)
        wire.close(4029, "slow")
        wire.send(Outgoing(b"never"))
        assert handler.closed == (4029, "slow")


@pytest.mark.gen_test
async def test_one_frame_of_any_size_is_waited_for_five_seconds_a_mebibyte() -> None:
    clock = ManualClock()
    with a_wire(clock) as (wire, _, theirs):
        wire.send(Outgoing(b"x" * (3 * 1024 * 1024 + 300_000)))
        await asyncio.sleep(0)
        assert not wire.behind(clock.now_ms() + 15_000)
        assert wire.behind(clock.now_ms() + 17_000)
        await read_all(theirs, 3 * 1024 * 1024 + 300_010)
        await asyncio.sleep(0.01)
        assert not wire.behind(clock.now_ms() + 60_000)


@pytest.mark.gen_test
async def test_a_peer_that_is_gone_is_no_fault_of_ours() -> None:
    with a_wire(ManualClock()) as (wire, handler, theirs):
        theirs.close()
        for _ in range(3):
            wire.send(Outgoing(b"x" * 100_000))
            await asyncio.sleep(0)
        assert handler.ws_connection.stream.closed()


@pytest.mark.gen_test
async def test_what_is_given_in_one_turn_goes_out_together() -> None:
    turn = Turn(Cast())
    with a_wire(ManualClock(), turn) as (wire, _, theirs):
        frames = [Outgoing(b"one"), Outgoing(b"two")]
        for frame in frames:
            wire.send(frame)
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        await asyncio.sleep(0)
        assert theirs.recv(100) == b"".join(frame.packed for frame in frames)


@pytest.mark.gen_test
async def test_a_piece_goes_out_at_once_and_behind_what_was_given_before() -> None:
    cast, piece = Cast(), Piece([Outgoing(b"one"), Outgoing(b"two")])
    with a_wire(ManualClock()) as (wire, _, theirs):
        assert not wire.put(piece)
        cast.lay(piece)
        cast.go()
        assert theirs.recv(100) == piece.packed
        piece = Piece(piece.frames)
        wire.send(Outgoing(b"first"))
        assert not wire.put(piece)
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        await asyncio.sleep(0)
        assert theirs.recv(100) == Outgoing(b"first").packed + piece.packed
        large = Piece([Outgoing(b"x" * 900_000)])
        assert not wire.put(large)
        cast.lay(large)
        cast.go()
        assert wire.put(piece), "the peer has not read it"


@pytest.mark.gen_test
async def test_the_last_words_go_out_before_the_close() -> None:
    with a_wire(ManualClock()) as (wire, handler, theirs):
        wire.send(Outgoing(b"why"))
        wire.close(4029, "slow")
        assert theirs.recv(100) == Outgoing(b"why").packed
        assert handler.closed == (4029, "slow")
