"""What each step of a command costs a node, in CPU µs, before storage (`benchmarks/commands.py --inbound`)."""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec
import uvloop

from benchmarks.no_log import NoLog
from conf import collector
from conf.clock import SystemClock
from realtime import frames, session
from realtime.casting import Cast
from realtime.commit import Pending, decided, surroundings
from realtime.connection import Connection
from realtime.party import commands as do
from realtime.party.context import Actor
from realtime.party.state import Settings
from realtime.reader import Reader
from realtime.room import encode
from realtime.wire import Outgoing, Piece
from store.encoding import to_document
from store.ids import new_id
from store.party_log import Commit
from tests.fakes.node import Node, Shelf

PARTIES = 200
ROUNDS = 30
GOAL_US = 60


class Nowhere(Cast):
    """Where pieces go instead of to the kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = 0

    def lay(self, piece: Piece) -> None:
        self.answers += len(piece.instead)


class Sink:
    """A wire whose frames go nowhere. Satisfies `realtime.wire.Wire`, and joins pieces as one on a socket does."""

    lagging = False

    def __init__(self, nowhere: Nowhere) -> None:
        self.apart: Callable[[], None] | None = None
        self.welcomed = False
        self._nowhere = nowhere

    def send(self, outgoing: Outgoing) -> None:
        if self.apart is not None:
            self.apart()
        self.welcomed = self.welcomed or outgoing.payload.startswith(b'{"t":"welcome"')
        self._nowhere.answers += outgoing.payload.startswith(b'{"t":"ok"')

    def put(self, piece: Piece) -> bool:
        piece.wires.append(self)
        piece.descriptors.append(0)
        return False

    def send_now(self, piece: bytes) -> None:
        raise AssertionError(f"nobody sends {len(piece)} bytes")

    def sent(self, piece: bytes, result: int) -> None:
        raise AssertionError(f"nobody has sent {len(piece)} bytes: {result}")

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(f"closed with {code}: {reason}")

    def behind(self, now_ms: float) -> bool:  # noqa: ARG002 - nobody is
        return False


def masked(fields: dict[str, Any]) -> bytes:
    """Write a client's frame: a short one has one byte for its length, and the mask 0 is a mask."""
    payload = msgspec.json.encode(fields)
    head = bytes([0x81, 0x80 | len(payload)]) if len(payload) < 126 else bytes([0x81, 0xFE, *len(payload).to_bytes(2)])
    return head + b"\0\0\0\0" + payload


def said(number: int) -> dict[str, Any]:
    return {"t": "chat.send", "body": f"{number} is what somebody says", "id": str(number)}


def cost_us(step: Callable[[int], object], count: int = 200) -> float:
    """Give the CPU µs of one call: the least of many rounds, which what else the machine does disturbs least."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for number in range(count):
            step(number)
        best = min(best, time.process_time() - started)
    return best / count * 1e6


async def whole_us() -> tuple[Node, float]:
    """Take commands through everything but the kernel's sockets and the database: the best round of one command a party."""
    shelf = Shelf()
    shelf.log = NoLog()
    node = Node(SystemClock(), shelf, frames_per_second=1_000_000)
    nowhere = node.hub.traffic.cast = Nowhere()
    sinks, speakers = [], []
    for party in range(PARTIES):
        await node.create(f"{party:032x}", f"BENCH{party:03}", settings=Settings(max_members=10))
        for member in range(2):
            sink = Sink(nowhere)
            connection = Connection(
                services=node.services, wire=sink, reference=f"BENCH{party:03}", connection_id=f"{party}-{member}"
            )
            connection.receive('{"t":"hello","guest":"Bench"}')
            sinks.append(sink)
            speakers.append((Reader(65536), connection))
    while not all(sink.welcomed for sink in sinks):  # noqa: ASYNC110 - some turns of the loop, once
        await asyncio.sleep(0)
    best, given = float("inf"), 0
    for number in range(ROUNDS * 4):
        data = masked(said(number))
        answered = nowhere.answers + PARTIES
        started = time.process_time()
        for reader, connection in speakers[number % 2 :: 2]:
            connection.receive(reader.whole(data) or "")
        while nowhere.answers < answered:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        best = min(best, time.process_time() - started)
        given += PARTIES
    assert nowhere.answers == given
    return node, best / PARTIES * 1e6


async def costs() -> dict[str, float]:
    node, whole = await whole_us()
    room = await node.engine.room(f"{0:032x}")
    guest = next(member for member in room.state.members.values() if member.role == "guest")
    actor = Actor(guest_id=guest.id, name=guest.name, session_id="0" * 32)
    data, text = masked(said(7)), msgspec.json.encode(said(7)).decode()
    reader, life = Reader(65536), session.Session(0, 1_000_000)
    life.state = "open"

    def waiting(number: int) -> Pending:
        command = do.Say(body=f"{number} is what somebody says", command_id=str(number))
        return Pending(command, actor, f"{actor.session_id}:x{number}", 0, lambda _came: None)

    around = surroundings(room.party_id, node.presence, node.clock)
    asked = [[waiting(number)] for number in range(PARTIES)]
    batch = decided(room, asked[0], around)
    entry = batch.entries[0]

    def commit(_number: int) -> Commit:
        head = {"_id": new_id(1), "party_id": room.party_id, "seq": room.seq, "last_seq": room.seq, "received_ms": 1}
        return Commit({**head, "events": [to_document(record) for record in batch.records]})

    steps = {
        "cut, unmask, check the text": cost_us(lambda _n: reader.whole(data)),
        "decode, count, choose what to do": cost_us(lambda n: life.receive(text, n)),
        "decide, record, fold": cost_us(lambda n: decided(room, asked[n], around)),
        "encode the event, once for all": cost_us(lambda _n: Outgoing(encode(entry).frame)),
        "encode the answer": cost_us(lambda n: Outgoing(frames.encode({"t": "ok", "seq": n, "id": str(n)}))),
    }
    steps["queues, bus, hub, two deliveries"] = whole - sum(steps.values())
    steps["all of it"] = whole
    steps["(then: the commit as BSON)"] = cost_us(commit)
    await node.close()
    return steps


def tell_inbound() -> None:
    collector.calm()  # as a node does
    runs = [uvloop.run(costs()) for _ in range(3)]  # as `matinee web` does
    print(f"CPU µs a command, {PARTIES} parties with one command each a turn, storage off; best of {ROUNDS} rounds")
    for name in runs[0]:
        print(f"  {name:50} {statistics.median(run[name] for run in runs):6.1f}")
    print(f"the goal is {GOAL_US}")
