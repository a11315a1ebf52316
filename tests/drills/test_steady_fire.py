"""kill -9 while every client writes as fast as it may: the log holds each acknowledged message once."""

import asyncio
import json
import urllib.request
from collections import Counter
from typing import Any

import pytest

from conf.clock import SystemClock
from matinee.simulate import people
from matinee.simulate.people import Account, Party
from matinee.simulate.rest import Rest
from realtime.client import CommandRefused, PartyClient, connect
from store.ids import new_id
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

WRITERS = 6
AT_ONCE = 4
"""Messages of one writer under way at the same time."""
BETWEEN_SECONDS = 2.5


class Writer:
    """Says one message after the other, each with a number of its own, and keeps what was acknowledged."""

    def __init__(self, client: PartyClient, name: str) -> None:
        self.client = client
        self.name = name
        self.count = 0
        self.acknowledged: dict[str, int] = {}

    async def write(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self.count += 1
            body = f"{self.name}.{self.count}"
            try:
                done = await self.client.say(body)
            except CommandRefused as refused:
                if refused.code != "rate_limited":
                    raise
                await asyncio.sleep((refused.retry_after_ms or 500) / 1000)
            else:
                self.acknowledged[body] = done.seq


async def fire(system: RunningSystem, part: str, kills: int) -> tuple[list[Writer], list[dict[str, Any]], list[float]]:
    rest, clock = Rest(system.url), SystemClock()
    host = await account(rest, clock, "host")
    made = await rest.call("POST", "/parties", {"title": "Steady fire"}, token=host.token, key=new_id(clock.now_ms()))
    party = Party(id=made["id"], code=made["code"])
    writers = []
    for number in range(WRITERS):
        who = host if number == 0 else await account(rest, clock, f"writer{number}")
        client = await connect(rest.url, party.id, clock=clock, token=who.token)
        writers.append(Writer(client, f"{part}-{number}"))
    stop = asyncio.Event()
    writing = asyncio.gather(*(writer.write(stop) for writer in writers for _ in range(AT_ONCE)))
    took = []
    for _ in range(kills):
        await asyncio.sleep(BETWEEN_SECONDS)
        took.append(await asyncio.to_thread(system.kill_part, part))
    await asyncio.sleep(BETWEEN_SECONDS)
    stop.set()
    await asyncio.wait_for(writing, 60)
    log = await people.whole_log(rest, party, host.token)
    for writer in writers:
        await writer.client.close()
    rest.close()
    await asyncio.sleep(0.5)  # the last sockets say goodbye
    return writers, log, took


async def account(rest: Rest, clock: SystemClock, name: str) -> Account:
    username = f"{name}-{new_id(clock.now_ms())[-8:]}"
    made = Account(email=f"{username}@example.com", username=username, display_name=name, password="n0t-so-common-9")
    await people.sign_up_or_in(rest, made, clock.now_ms())
    return made


@pytest.mark.parametrize("kills", [1, pytest.param(3, marks=pytest.mark.long)], ids=["short", "long"])
@pytest.mark.parametrize("part", ["web", "mongod"])
def test_every_acknowledged_message_is_in_the_log_once_and_where_it_was_said_to_be(
    plain: RunningSystem, part: str, kills: int
) -> None:
    writers, log, took = asyncio.run(fire(plain, part, kills))
    seqs = [entry["seq"] for entry in log]
    bodies = Counter(entry["message"]["body"] for entry in log if entry["t"] == "chat")
    places = {entry["message"]["body"]: entry["seq"] for entry in log if entry["t"] == "chat"}
    acknowledged = {body: seq for writer in writers for body, seq in writer.acknowledged.items()}
    asked = sum(writer.count for writer in writers)
    resumes = sum(writer.client.resumes for writer in writers)
    print(f"\n{part}: {kills} kills ({max(took):.2f} s at most), {asked} asked, {len(acknowledged)} acknowledged,")
    print(f"{len(bodies)} in the log, {resumes} resumes")
    assert seqs == list(range(1, len(seqs) + 1))
    assert [body for body, count in bodies.items() if count > 1] == []
    assert {body: places.get(body) for body in acknowledged} == acknowledged
    assert len(acknowledged) > 100
    if part == "web":
        assert resumes == kills * WRITERS


def test_it_is_ready_afterwards(plain: RunningSystem) -> None:
    with urllib.request.urlopen(f"{plain.url}/readyz", timeout=20) as reply:
        assert json.load(reply)["status"] == "ready"
