"""A socket that was taken over: what came early, what waits, and that its end is told once."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tornado.iostream import IOStream, StreamClosedError

from realtime.taken import TakenStream


@contextmanager
def a_pair() -> Iterator[tuple[IOStream, socket.socket]]:
    ours, theirs = socket.socketpair()
    stream = IOStream(ours)
    try:
        yield stream, theirs
    finally:
        stream.close()
        theirs.close()


@pytest.mark.gen_test
async def test_what_came_behind_the_handshake_is_handed_on_before_what_comes_later() -> None:
    heard: list[bytes] = []
    with a_pair() as (stream, theirs):
        theirs.send(b"handshake\r\n\r\nearly")
        await stream.read_until(b"\r\n\r\n")
        taken = TakenStream(stream)
        taken.read_on(heard.append, lambda: heard.append(b"lost"))
        assert heard == [b"early"]
        theirs.send(b"late")
        await asyncio.sleep(0.01)
        theirs.close()
        await asyncio.sleep(0.01)
        assert heard == [b"early", b"late", b"lost"]
        assert taken.closed()


@pytest.mark.gen_test
async def test_a_socket_that_is_closed_fails_what_waits_and_takes_nothing_more() -> None:
    lost: list[str] = []
    with a_pair() as (stream, _):
        taken = TakenStream(stream)
        taken.read_on(lambda _data: None, lambda: lost.append("lost"))
        written = taken.write(b"x" * 4_000_000)
        assert taken.writing()
        assert not written.done()
        taken.close()
        taken.close()
        with pytest.raises(StreamClosedError):
            await written
        with pytest.raises(StreamClosedError):
            taken.write(b"x")
        with pytest.raises(StreamClosedError):
            await taken.read_bytes(10)
        await asyncio.sleep(0)  # it is told in a turn of its own
        assert (taken.writing(), lost) == (False, ["lost"])


@pytest.mark.gen_test
async def test_who_rests_is_handed_nothing_and_may_read_by_themselves() -> None:
    heard: list[bytes] = []
    with a_pair() as (stream, theirs):
        taken = TakenStream(stream)
        taken.read_on(heard.append, lambda: None)
        assert taken.reading()
        taken.rest()
        theirs.send(b"unheard")
        assert await taken.read_bytes(100) == b"unheard"
        assert (heard, taken.reading()) == ([], False)
        taken.close()
