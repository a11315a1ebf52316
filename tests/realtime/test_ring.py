"""The ring: what it says became of each send is what arrived."""

import errno
import socket
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime import ring as rings
from realtime.ring import UNSENT, Ring, address_of
from tests.fakes.rings import ring_or_skip


@pytest.fixture
def ring() -> Iterator[Ring]:
    found = ring_or_skip()
    yield found
    found.close()


@contextmanager
def pairs(count: int) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    with ExitStack() as stack:
        found = [socket.socketpair() for _ in range(count)]
        for ours, theirs in found:
            ours.setblocking(False)
            theirs.setblocking(False)
            stack.enter_context(ours)
            stack.enter_context(theirs)
        yield found


def sent(ring: Ring, pieces: list[tuple[int, bytes]]) -> list[int]:
    """Send each piece on its descriptor; how much was taken of each, or -errno."""
    short = ring.send(
        array("i", [descriptor for descriptor, _ in pieces]),
        array("Q", [address_of(piece) for _, piece in pieces]),
        array("i", [len(piece) for _, piece in pieces]),
    )
    return [short.get(number, len(piece)) for number, (_, piece) in enumerate(pieces)]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_every_send_arrives_whole_however_the_rounds_fall_on_a_small_ring(sizes: list[int]) -> None:
    ring_or_skip().close()
    ring = Ring(entries=8)
    with pairs(40) as sockets:
        for round_, count in enumerate(sizes):
            pieces = [(ours.fileno(), b"%d to %d;" % (round_, n)) for n, (ours, _) in enumerate(sockets[:count])]
            assert sent(ring, pieces) == [len(piece) for _, piece in pieces]
            for (_, piece), (_, theirs) in zip(pieces, sockets, strict=False):
                assert theirs.recv(100) == piece
    ring.close()


def test_what_the_kernel_does_not_take_is_told_and_the_others_get_theirs(ring: Ring) -> None:
    with pairs(4) as sockets:
        full, gone, fine, short = sockets
        with suppress(BlockingIOError):
            while True:
                full[0].send(b"x" * 100_000)
        gone[1].close()
        large = b"y" * 5_000_000
        told = sent(ring, [(full[0].fileno(), b"a"), (gone[0].fileno(), b"b"), (-1, b"c"), (fine[0].fileno(), b"d")])
        assert told == [-errno.EAGAIN, -errno.EPIPE, -errno.EBADF, 1]
        assert fine[1].recv(10) == b"d"
        (taken,) = sent(ring, [(short[0].fileno(), large)])
        assert 0 < taken < len(large)


def test_a_ring_that_has_failed_sends_nothing_more(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    with pairs(3) as sockets:
        pieces = [(ours.fileno(), b"once") for ours, _ in sockets]
        call = ring._call
        monkeypatch.setattr(ring, "_call", lambda _number, fd, _n, *rest: call(rings.ENTER, fd, 1, *rest) if fd else -1)
        assert sent(ring, pieces) == [4, 4, 4], "the kernel may take one at a time"
        monkeypatch.setattr(ring, "_call", lambda *_given: -1)
        assert sent(ring, pieces) == [UNSENT] * 3
        assert ring.failed
        assert sent(ring, pieces) == [UNSENT] * 3
        for _, theirs in sockets:
            assert theirs.recv(100) == b"once"


def test_another_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rings.sys, "platform", "darwin")
    with pytest.raises(OSError, match="Linux"):
        Ring()


def test_a_kernel_that_does_not_tell_what_it_left_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    ring_or_skip().close()
    monkeypatch.setattr(rings, "HOW", socket.MSG_DONTWAIT)  # a send in part is a success then, of which nothing is said
    with pytest.raises(OSError, match="does not tell"):
        Ring()
