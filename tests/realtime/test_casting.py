"""A piece that many get: all of it arrives at each of them, in order, by the ring or one by one."""

import asyncio
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

import pytest
from tornado.iostream import IOStream

from realtime import casting
from realtime.casting import FEWEST, Cast
from realtime.direct import DirectWire, Turn
from realtime.ring import Ring
from realtime.taken import TakenStream
from realtime.wire import Outgoing, Piece
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock
from tests.fakes.reading import read_all
from tests.fakes.rings import ring_or_skip

PEERS = FEWEST + 6


@pytest.fixture(params=["one by one", "by the ring"])
def cast(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    if request.param == "by the ring":
        ring_or_skip().close()
    else:
        monkeypatch.setattr(casting, "Ring", refused)
    found = Cast()
    yield found
    found.close()


def refused() -> Ring:
    raise PermissionError("not here")


@contextmanager
def wires(count: int) -> Iterator[list[tuple[DirectWire, socket.socket]]]:
    turn, clock = Turn(Cast()), ManualClock()
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            ours, theirs = socket.socketpair()
            theirs.setblocking(False)
            stack.callback(theirs.close)
            stream = TakenStream(IOStream(ours))
            stack.callback(stream.close)
            handler = SimpleNamespace(close=lambda _code, _reason: None)
            found.append((DirectWire(handler, stream, clock, turn), theirs))  # type: ignore[arg-type]
        yield found


def cast_to(cast: Cast, peers: list[tuple[DirectWire, socket.socket]], piece: Piece) -> None:
    for wire, _ in peers:
        wire.put(piece)
    cast.lay(piece)
    cast.go()


@pytest.mark.gen_test(timeout=30)
async def test_each_peer_gets_all_in_order_however_slowly_it_reads(cast: Cast) -> None:
    chance, expected = random.Random(3), b""
    with wires(PEERS) as peers:
        got = [b""] * PEERS
        for n in range(60):
            piece = Piece([Outgoing(b"%d " % n * chance.randrange(1, 20_000)), Outgoing(b"and")])
            cast_to(cast, peers, piece)
            expected += piece.packed
            if n % 7 == 0:  # an answer for each of them alone
                for wire, _ in peers:
                    wire.send(Outgoing(b"ok"))
                expected += Outgoing(b"ok").packed
                await asyncio.sleep(0)
            for number, (_, theirs) in enumerate(peers):
                if chance.random() < 0.3 and len(got[number]) < len(expected):
                    got[number] += await read_all(theirs, 1)
        for number, (_, theirs) in enumerate(peers):
            got[number] += await read_all(theirs, len(expected) - len(got[number]))
        assert all(data == expected for data in got)


@pytest.mark.gen_test
async def test_who_is_gone_or_closed_hurts_nobody(cast: Cast) -> None:
    with wires(PEERS) as peers:
        (_, left), (closed, _), *others = peers
        left.close()
        closed._stream.close()
        reused, theirs = socket.socketpair()  # one of them has the number of the closed one
        theirs.setblocking(False)
        piece = Piece([Outgoing(b"hello")])
        cast_to(cast, peers, piece)
        for _, there in others:
            assert there.recv(100) == piece.packed
        with pytest.raises(BlockingIOError):
            theirs.recv(100)
        assert peers[0][0]._stream.closed()
        reused.close()
        theirs.close()


@pytest.mark.gen_test
async def test_a_ring_that_fails_is_given_up_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch, logs: ExpectedLogs
) -> None:
    ring_or_skip().close()
    cast, piece = Cast(), Piece([Outgoing(b"hello")])
    with wires(PEERS) as peers:
        cast_to(cast, peers, piece)
        assert cast._ring is not None
        monkeypatch.setattr(cast._ring, "_call", lambda *_given: -1)
        again = Piece([Outgoing(b"again")])
        with logs.expect("ring_failed"):
            cast_to(cast, peers, again)
        for _, theirs in peers:
            assert await read_all(theirs, 14) == piece.packed + again.packed
        last = Piece([Outgoing(b"once more")])
        cast_to(cast, peers, last)
        for _, theirs in peers:
            assert theirs.recv(100) == last.packed
    cast.close()


@pytest.mark.gen_test
async def test_few_are_not_worth_a_ring(cast: Cast) -> None:
    with wires(FEWEST - 1) as peers:
        piece = Piece([Outgoing(b"hello")])
        cast_to(cast, peers, piece)
        assert cast._ring is None
        for _, theirs in peers:
            assert theirs.recv(100) == piece.packed
