"""How long it takes to open a party with a long past: from its log alone, and from the state kept beside it.

    python benchmarks/opening.py [--events 1000000] [--members 50]

One embedded mongod. The party's log is written in whole commits, then opened by a node that finds no snapshot (it folds
everything and keeps one), and by nodes that find one. The promise: however long the log, less than 1,000 events are
read. `kept` is what one snapshot costs, which the node pays each 400 events beside the loop.

In the end the log is packed, as a week after a party's end: bytes of its documents before and after, and what it costs to
read a page of it from either place.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Iterator

from own_mongod import own_mongod

from conf import logs
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from realtime.bus.memory import MemoryBus
from realtime.party.context import Actor
from realtime.party.events import AnyEvent, Created, Entry, Joined, Said, Sought
from realtime.party.playback import Playback
from realtime.party.state import Member, Message, Settings
from realtime.projection import Projector
from realtime.records import to_record
from realtime.room import Room
from realtime.rooms import Rooms
from realtime.snapshots import Content, Snapshots, packed
from store.blocking import connect_blocking
from store.database import Store, connect
from store.documents import PartyEvent
from store.ids import new_id
from store.party_archiving import PartyArchiver
from store.party_log import MOST_EVENTS, PartyLog

START_MS = 1_795_392_000_000
ROUNDS = 5
WORDS = ["".join(random.Random(n).choices("etaoinshrdlucmfwypvbgkjqxz", k=2 + n % 9)) for n in range(3_000)]
"""Of no language, but as long and as many as those that people use."""


class Counting:
    """The log, with a count of the events that are read from it."""

    def __init__(self, party_log: PartyLog) -> None:
        self._log = party_log
        self.append = party_log.append
        self.epoch = party_log.epoch
        self.events = 0

    async def read(self, party_id: str, after: int = 0, limit: int | None = None) -> list[PartyEvent]:
        found = await self._log.read(party_id, after, limit)
        self.events += len(found)
        return found


def happenings(party_id: str, events: int, members: int) -> Iterator[AnyEvent]:
    """Tell a party's past: who comes, and then words and seeks, half of each."""
    people = [
        Member(id=f"{n:032x}", user_id=f"{n:032x}", name=f"Member {n}", role="member", joined_ms=START_MS)
        for n in range(members)
    ]
    chance = random.Random(1)
    yield Created(
        party_id=party_id,
        code="ABCD2345",
        title="A long party",
        visibility="public",
        has_password=False,
        settings=Settings(),
        host=people[0],
    )
    for person in people[1:]:
        yield Joined(member=person)
    for n in range(events - members):
        person, at_ms = people[n % members], START_MS + n
        if n % 2:
            yield Sought(playback=Playback(video_id=None, position_ms=n, at_ms=at_ms, revision=n), from_ms=0)
        else:
            message = Message(
                id=f"m{n}",
                member_id=person.id,
                name=person.name,
                body=" ".join(chance.choices(WORDS, k=chance.randint(1, 15))),
                at_ms=at_ms,
                position_ms=n,
            )
            yield Said(message=message)


async def write(store: Store, party_id: str, events: int, members: int) -> None:
    waiting: list[PartyEvent] = []
    for seq, event in enumerate(happenings(party_id, events, members), 1):
        entry = Entry(seq=seq, at_ms=START_MS + seq, by=f"{seq % members:032x}", event=event)
        actor = Actor(user_id=entry.by, name="", session_id=f"s{seq % members}")
        waiting.append(
            to_record(entry, event_id=new_id(seq), actor=actor, command_id=f"{seq % members:032x}:{seq}", state=None)
        )
        if len(waiting) == MOST_EVENTS or seq == events:
            await store.party_log.append(party_id, waiting[0].seq - 1, waiting)
            waiting = []


async def opened(store: Store, party_id: str) -> tuple[Room, float, float, int]:
    """Open the party at a node that has just started; give it, wall and CPU seconds, and how many events were read."""
    log, metrics = Counting(store.party_log), NullMetrics()
    snapshots = Snapshots(store=store.party_snapshots, epochs=log, metrics=metrics)
    rooms = Rooms(
        party_log=log,
        snapshots=snapshots,
        projector=Projector(store.parties),
        bus=MemoryBus(),
        clock=SystemClock(),
        metrics=metrics,
    )
    began, cpu = time.monotonic(), time.process_time()
    room = await rooms.fresh(party_id)
    took, used = time.monotonic() - began, time.process_time() - cpu
    await snapshots.close()
    return room, took, used, log.events


async def run(uri: str, events: int, members: int) -> None:
    store = await connect(uri=uri, database="matinee", clock=SystemClock(), metrics=NullMetrics())
    party_id = new_id(START_MS)
    await write(store, party_id, events, members)
    room, took, used, read = await opened(store, party_id)
    print(f"from the log     {took * 1000:10.1f} ms  {used * 1000:10.1f} ms CPU  {read:9,} events read")
    for _ in range(ROUNDS):
        again, took, used, read = await opened(store, party_id)
        assert again.state == room.state
        print(f"from a snapshot  {took * 1000:10.1f} ms  {used * 1000:10.1f} ms CPU  {read:9,} events read")
    began = time.process_time()
    for _ in range(20):
        size = len(packed(Content(room.state, room.commands())))
    print(f"kept             {(time.process_time() - began) / 20 * 1e3:10.2f} ms CPU  {size:9,} bytes")
    await packing(store, uri, party_id, events)
    await store.close()


async def packing(store: Store, uri: str, party_id: str, events: int) -> None:
    """Archive the party, and print what that changes."""
    database = connect_blocking(uri, "matinee")

    def held() -> int:
        whole = [{"$group": {"_id": None, "bytes": {"$sum": {"$bsonSize": "$$ROOT"}}}}]
        return sum(row["bytes"] for name in ("party_log", "party_archive") for row in database[name].aggregate(whole))

    async def a_page() -> float:
        began = time.monotonic()
        for n in range(ROUNDS):
            await store.party_log.read(party_id, (n + 1) * events // (ROUNDS + 2), 1000)
        return (time.monotonic() - began) / ROUNDS

    before, read = held(), await a_page()
    began = time.monotonic()
    PartyArchiver(database).move(party_id)
    took, after = time.monotonic() - began, held()
    print(f"in the log       {read * 1000:10.1f} ms for a page of 1,000  {before:13,} bytes")
    print(
        f"in the archive   {await a_page() * 1000:10.1f} ms for a page of 1,000  {after:13,} bytes: {after / before:.2f}"
    )
    print(f"moved            {took * 1000:10.1f} ms")
    database.client.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--members", type=int, default=50)
    options = parser.parse_args()
    logs.configure(level="warning")
    with own_mongod() as uri:
        asyncio.run(run(uri, options.events, options.members))


if __name__ == "__main__":
    main()
