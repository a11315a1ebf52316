"""Workers that hand each other the connections of parties: here several in one loop, each behind a port of its own."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from matinee import handoff, listening
from matinee.handoff import HandOff, Place, ranking
from tests.conftest import ExpectedLogs

PARTIES = [f"PARTY{n:03}" for n in range(40)]


class Here(RequestHandler):
    def initialize(self, number: int) -> None:
        self._number = number

    def get(self, *_path: str) -> None:
        self.write(f"{self._number} {self.request.remote_ip} {self.request.uri}")


class Worker:
    def __init__(self, folder: Path, number: int, of: int) -> None:
        self.number = number
        listener = listening.bound("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        self._server = HTTPServer(
            Application([(r"(.*)", Here, {"number": number})], log_function=lambda _handler: None)
        )
        self._handoff = HandOff(Place(folder, number, of), self._server)
        self._handoff.start(listener)

    async def close(self) -> None:
        self._handoff.close()
        self._server.stop()
        await self._server.close_all_connections()
        await asyncio.sleep(0)


@asynccontextmanager
async def ask(worker: Worker, path: str) -> AsyncIterator[list[str]]:
    """Ask for a path at a worker's port; give the number of who answers, our address there, and what was asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", worker.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    _head, _, body = (await asyncio.wait_for(reader.read(), 10)).decode().partition("\r\n\r\n")
    try:
        yield body.split()
    finally:
        writer.close()


async def at(worker: Worker, path: str) -> int:
    async with ask(worker, path) as answer:
        return int(answer[0])


@given(st.binary(min_size=1, max_size=40), st.integers(1, 9))
def test_who_goes_away_leaves_only_its_own_parties_to_others(party: bytes, workers: int) -> None:
    order = ranking(party, workers + 1)
    assert sorted(order) == list(range(1, workers + 2))
    assert [number for number in order if number <= workers] == ranking(party, workers)


def test_parties_are_spread_evenly() -> None:
    first = Counter(ranking(b"%d" % n, 4)[0] for n in range(4000))
    assert all(900 < count < 1100 for count in first.values()), first


@pytest.mark.gen_test(timeout=30)
async def test_a_party_is_served_by_one_worker_wherever_its_members_land(tmp_path: Path) -> None:
    workers = [Worker(tmp_path, number, 3) for number in (1, 2, 3)]
    for party in PARTIES:
        for worker in workers:
            async with ask(worker, f"/ws/parties/{party}?v=1") as answer:
                number = ranking(party.encode(), 3)[0]
                assert answer == [str(number), "127.0.0.1", f"/ws/parties/{party}?v=1"]
            assert await at(worker, f"/ws/parties/{party.lower()}") == number
    for worker in workers:
        await worker.close()


@pytest.mark.gen_test(timeout=30)
async def test_all_else_is_served_where_it_lands(tmp_path: Path) -> None:
    one, two = Worker(tmp_path, 1, 2), Worker(tmp_path, 2, 2)
    for path in ("/", "/ws/me", "/ws/parties/", "/ws/parties//x", f"/ws/parties/{'x' * 65}", "/api/v1/parties/ABC"):
        assert (await at(one, path), await at(two, path)) == (1, 2)
    await one.close()
    await two.close()


@pytest.mark.gen_test(timeout=30)
async def test_the_parties_of_a_worker_that_is_away_are_served_by_others_until_it_is_back(tmp_path: Path) -> None:
    one, two = Worker(tmp_path, 1, 2), Worker(tmp_path, 2, 2)
    party = next(party for party in PARTIES if ranking(party.encode(), 2)[0] == 2)
    path = f"/ws/parties/{party}"
    assert await at(one, path) == 2
    await two.close()  # its door is still in the folder, as that of one that was killed is
    assert await at(one, path) == 1
    two = Worker(tmp_path, 2, 2)
    assert await at(one, path) == 2
    await one.close()
    await two.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_worker_with_full_hands_is_given_nothing_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Worker(tmp_path, 1, 2), Worker(tmp_path, 2, 2)

    def full(*_given: object) -> int:
        raise BlockingIOError

    monkeypatch.setattr(socket, "send_fds", full)
    assert [await at(one, f"/ws/parties/{party}") for party in PARTIES] == [1] * len(PARTIES)
    await one.close()
    await two.close()


@pytest.mark.gen_test(timeout=30)
async def test_who_says_too_little_at_first_is_served_where_they_land(tmp_path: Path) -> None:
    one = Worker(tmp_path, 1, 2)
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    await asyncio.sleep(0)
    for piece in (b"GET /ws/par", b"ties/ABC HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"):
        writer.write(piece)
        await writer.drain()
    assert b"\r\n\r\n1 127.0.0.1 /ws/parties/ABC" in await asyncio.wait_for(reader.read(), 10)
    writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    writer.close()  # and who goes without a word leaves nothing behind
    assert await at(one, "/") == 1
    await one.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_door_that_cannot_be_opened_is_told_and_all_are_served(tmp_path: Path, logs: ExpectedLogs) -> None:
    with logs.expect("cannot hand over connections"):
        one = Worker(tmp_path / "no such folder", 1, 2)
    assert [await at(one, f"/ws/parties/{party}") for party in PARTIES[:5]] == [1] * 5
    await one.close()


def test_a_look_is_longer_than_any_address_of_a_party() -> None:
    assert len(b"GET /ws/parties/") + 64 + 1 <= handoff.LOOK_BYTES
