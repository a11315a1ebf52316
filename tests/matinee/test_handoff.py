"""Workers that hand each other the connections of parties: here several in one loop, each behind a port of its own."""

import asyncio
import socket
from collections import Counter
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

    async def busy(self) -> None:
        """Wait until a connection is served here."""
        while not self._server._connections:  # noqa: ASYNC110 - some turns of the loop; the test's time bounds it
            await asyncio.sleep(0)


async def ask(worker: Worker, path: str) -> list[str]:
    """Ask for a path at a worker's port; give the number of who answers, our address there, and what was asked for."""
    reader, writer = await asyncio.open_connection("127.0.0.1", worker.port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n".encode())
    return await answer(reader, writer)


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[str]:
    _head, _, body = (await asyncio.wait_for(reader.read(), 10)).decode().partition("\r\n\r\n")
    writer.close()
    return body.split()


async def at(worker: Worker, path: str) -> int:
    return int((await ask(worker, path))[0])


def party_of(number: int) -> str:
    """Give the address of a party that belongs to one of two workers."""
    return "/ws/parties/" + next(party for party in PARTIES if ranking(party.encode(), 2)[0] == number)


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
            number = ranking(party.encode(), 3)[0]
            path = f"/ws/parties/{party}?v=1"
            assert await ask(worker, path) == [str(number), "127.0.0.1", path]
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
    path = party_of(2)
    assert await at(one, path) == 2
    await two.close()  # its door is still in the folder, as that of one that was killed is
    assert await at(one, path) == 1
    two = Worker(tmp_path, 2, 2)
    assert await at(one, path) == 2
    await one.close()
    await two.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_worker_with_full_hands_is_given_nothing_more(tmp_path: Path) -> None:
    one = Worker(tmp_path, 1, 2)
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as first,
    ):
        door.bind(str(tmp_path / "2"))
        door.listen(0)  # and lets nobody in: behind the first one there is no room
        first.connect(str(tmp_path / "2"))
        assert await at(one, party_of(2)) == 1
    await one.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_first_line_in_pieces_is_served_where_it_lands(tmp_path: Path) -> None:
    one, two = Worker(tmp_path, 1, 2), Worker(tmp_path, 2, 2)
    path = party_of(2)
    reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    writer.write(b"GET /ws/par")
    await one.busy()
    writer.write(path.removeprefix("/ws/par").encode() + b" HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
    assert await answer(reader, writer) == ["1", "127.0.0.1", path]
    assert await at(one, path) == 2
    await one.close()
    await two.close()


@pytest.mark.gen_test(timeout=30)
async def test_who_goes_without_a_word_leaves_the_others_alone(tmp_path: Path) -> None:
    one = Worker(tmp_path, 1, 2)
    _reader, writer = await asyncio.open_connection("127.0.0.1", one.port)
    writer.close()
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
