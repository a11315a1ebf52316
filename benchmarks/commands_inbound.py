"""What each step of a command costs a node, in CPU µs, with storage in memory (`benchmarks/commands.py --inbound`)."""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec

from conf import collector
from conf.clock import SystemClock
from realtime import frames, session
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
from tests.fakes.node import Node

PARTIES = 200
ROUNDS = 30
GOAL_US = 60


class Sink:
    """A wire whose frames go nowhere. Satisfies `realtime.wire.Wire`."""

    lagging = False

    def __init__(self) -> None:
        self.welcomed = self.answers = 0

    def send(self, outgoing: Outgoing) -> None:
        self.welcomed += outgoing.payload.startswith(b'{"t":"welcome"')
        self.answers += outgoing.payload.startswith(b'{"t":"ok"')

    def put(self, piece: Piece) -> bool:
        assert piece.packed
        return False

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
    node = Node(SystemClock(), frames_per_second=1_000_000)
    sinks, speakers = [], []
    for party in range(PARTIES):
        await node.create(f"{party:032x}", f"BENCH{party:03}", settings=Settings(max_members=10))
        for member in range(2):
            sink = Sink()
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
        answered = sum(sink.answers for sink in sinks) + PARTIES
        started = time.process_time()
        for reader, connection in speakers[number % 2 :: 2]:
            for frame in reader.feed(data):
                connection.receive(frame.data)
        while sum(sink.answers for sink in sinks) < answered:
            for _ in range(4):
                await asyncio.sleep(0)
        best = min(best, time.process_time() - started)
        given += PARTIES
    assert sum(sink.answers for sink in sinks) == given
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
        return Pending(
            command, actor=actor, command_id=f"{actor.session_id}:x{number}", arrived_ms=0, answer=lambda _came: None
        )

    around = surroundings(room.party_id, node.presence, node.clock)
    asked = [[waiting(number)] for number in range(PARTIES)]
    batch = decided(room, asked[0], around)
    _, entry, _ = batch.steps[0]

    def commit(_number: int) -> Commit:
        head = {"_id": new_id(1), "party_id": room.party_id, "seq": room.seq, "last_seq": room.seq, "received_ms": 1}
        return Commit({**head, "events": [to_document(record) for record in batch.records]})

    steps = {
        "cut, unmask, check the text": cost_us(lambda _n: list(reader.feed(data))),
        "decode, count, choose what to do": cost_us(lambda n: life.receive(text, n)),
        "decide, record, fold": cost_us(lambda n: decided(room, asked[n], around)),
        "encode the event, once for all": cost_us(lambda _n: Outgoing(encode(entry).frame)),
        "encode the answer": cost_us(lambda n: Outgoing(frames.encode({"t": "ok", "seq": n, "id": str(n)}))),
    }
    steps["queues, bus, hub, two deliveries, log in memory"] = whole - sum(steps.values())
    steps["all of it"] = whole
    steps["(then: the commit as BSON)"] = cost_us(commit)
    await node.close()
    return steps


def tell_inbound() -> None:
    collector.calm()  # as a node does
    runs = [asyncio.run(costs()) for _ in range(3)]
    print(
        f"CPU µs a command, {PARTIES} parties with one command each a turn, storage in memory; best of {ROUNDS} rounds"
    )
    for name in runs[0]:
        print(f"  {name:50} {statistics.median(run[name] for run in runs):6.1f}")
    print(f"the goal is {GOAL_US}")
