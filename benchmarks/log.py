"""How many party events a second the log acknowledges, beside a plain insert_one of the same document.

    python benchmarks/log.py [--seconds 3] [--driver motor|pymongo] [--parties 200]

Both sides run here, in turns, on one embedded mongod with majority and journal, under the same unique index. The
promise is the ratio: a group commit must not be slower for a lone command, and must grow with the load. Each caller
holds its own parties and appends one event of about 250 bytes at a time, waiting for the acknowledgement.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from own_mongod import own_mongod

from conf import logs
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from store.clients import CALL_TIMEOUT_MS, Driver, open_client
from store.database import connect
from store.documents import PartyEvent
from store.encoding import to_document
from store.ids import new_id

Append = Callable[[str, int], Awaitable[None]]
ROUNDS = 3


def event(seq: int) -> PartyEvent:
    return PartyEvent(
        event_id=new_id(seq),
        seq=seq,
        type="playback.sought",
        at_ms=1_795_392_000_000 + seq,
        by="0193a5b0c0de7000a000000000000001",
        user_id="0193a5b0c0de7000a000000000000002",
        body={"position_ms": 61_000, "from_ms": 1_000},
    )


class Result:
    def __init__(self, latencies_ms: list[float], seconds: float) -> None:
        self.per_second = len(latencies_ms) / seconds
        cuts = statistics.quantiles(latencies_ms, n=100)
        self.p50_ms, self.p99_ms = cuts[49], cuts[98]


async def measure(append: Append, concurrent: int, parties: int, seconds: float) -> Result:
    """Keep `concurrent` callers busy for `seconds`; each walks over its own share of the parties."""
    run = new_id(time.monotonic() * 1000)
    latencies_ms: list[float] = []
    until = time.monotonic() + seconds

    async def caller(number: int) -> None:
        ours = range(number, parties, concurrent)
        seq = 0
        while time.monotonic() < until:
            for party in ours:
                started = time.monotonic()
                await append(f"{run}-{party}", seq)
                latencies_ms.append((time.monotonic() - started) * 1000)
                if time.monotonic() >= until:
                    return
            seq += 1

    started = time.monotonic()
    await asyncio.gather(*(caller(number) for number in range(concurrent)))
    return Result(latencies_ms, time.monotonic() - started)


async def compare(uri: str, driver: Driver, parties: int, seconds: float) -> None:
    store = await connect(uri=uri, database="matinee", driver=driver, clock=SystemClock(), metrics=NullMetrics())
    client, close = open_client(uri, driver, CALL_TIMEOUT_MS)
    plain: Any = client["matinee"]["plain_log"]
    await plain.create_index([("party_id", 1), ("seq", 1)], unique=True)

    async def ours(party_id: str, seq: int) -> None:
        await store.party_log.append(party_id, seq, [event(seq + 1)])

    async def peer(party_id: str, seq: int) -> None:
        document = to_document(event(seq + 1))
        await plain.insert_one({"_id": document["event_id"], "party_id": party_id, "received_ms": 1, **document})

    print(f"{driver}, {parties} parties, best of {ROUNDS} rounds of {seconds:g} s, acknowledged appends a second")
    print("concurrent      ours (p50 / p99 ms)          insert_one (p50 / p99 ms)      ratio")
    for concurrent in (1, 50, 200):
        best: dict[str, Result] = {}
        for _ in range(ROUNDS):  # in turns, so that a busy machine hurts both
            for name, append in (("ours", ours), ("peer", peer)):
                result = await measure(append, concurrent, parties, seconds)
                if name not in best or result.per_second > best[name].per_second:
                    best[name] = result
        shown = [f"{r.per_second:8,.0f} ({r.p50_ms:6.1f} /{r.p99_ms:7.1f})" for r in (best["ours"], best["peer"])]
        print(f"{concurrent:10}  {'      '.join(shown)}  {best['ours'].per_second / best['peer'].per_second:8.1f}")
    await close()
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--parties", type=int, default=200)
    parser.add_argument("--driver", choices=["motor", "pymongo"], default="motor")
    arguments = parser.parse_args()
    logs.configure("warning")
    with own_mongod() as uri:
        asyncio.run(compare(uri, arguments.driver, arguments.parties, arguments.seconds))


if __name__ == "__main__":
    main()
