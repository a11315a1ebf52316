"""Parties over real sockets and a real MongoDB: what is acknowledged is in the log once, whatever is cut in between."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from tornado.websocket import WebSocketClosedError

from realtime.party import commands as do
from realtime.party.context import Actor
from store.database import Store
from tests.fakes.node import PARTY, Shelf
from tests.fakes.server import Client, Frame, Server

pytestmark = [pytest.mark.websocket, pytest.mark.integration]


def shelf_over(store: Store) -> Shelf:
    shelf = Shelf()
    shelf.log, shelf.parties, shelf.events = store.party_log, store.parties, store.events
    return shelf


@asynccontextmanager
async def serving(store: Store) -> AsyncIterator[Server]:
    server = Server(shelf_over(store))
    await server.node.create()
    try:
        yield server
    finally:
        await server.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_party_is_written_as_it_is_seen(store: Store) -> None:
    async with serving(store) as server:
        ann, gus = await server.enter("ann"), await server.enter("Gus")
        await ann.ask(t="play")
        await gus.ask(t="chat.send", body="héllo 💥")
        await ann.ask(t="queue.add", video_id="short")
        await ann.ask(t="skip")
        await ann.ask(t="pause")
        records = await store.party_log.read(PARTY)
        assert [record.type for record in records] == [
            "party.created",
            "member.joined",
            "member.joined",
            "party.started",
            "playback.played",
            "chat.sent",
            "queue.added",
            "queue.removed",
            "playback.video_changed",
            "playback.played",
            "playback.paused",
        ]
        assert [record.seq for record in records] == list(range(1, 12))
        assert len({record.event_id for record in records}) == 11
        assert {record.session_id for record in records if record.user_id == "ann"} >= {None}
        history = await server.node.engine.history(PARTY, 3, 100)
        assert [frame["seq"] for frame in history] == [event["seq"] for event in ann.events() if event["seq"] > 3]
        party = await store.parties.by_id(PARTY)
        assert party is not None
        assert (party.status, party.video_id, party.member_user_ids) == ("live", "short", ["ann"])


@pytest.mark.gen_test(timeout=30)
async def test_telemetry_is_durable_once(store: Store) -> None:
    async with serving(store) as server:
        ann = await server.enter("ann")
        events = [{"event_id": f"{n:032x}", "type": "view.watched", "watched_ms": 10_000} for n in range(50)]
        answer = await ann.ask(t="telemetry", events=events)
        assert (answer["accepted"], answer["duplicate"]) == (50, 0)
        answer = await ann.ask(t="telemetry", events=[*events, {"event_id": "f" * 32, "type": "view.ended"}])
        assert (answer["accepted"], answer["duplicate"]) == (1, 50)


@pytest.mark.gen_test(timeout=60)
async def test_a_party_survives_restarts_with_every_acknowledged_command_once(store: Store) -> None:
    """Bots talk, the server is cut at random moments, they come back with what they have not been answered."""
    chance = random.Random(3)
    shelf = shelf_over(store)
    server = Server(shelf)
    await server.node.create()
    names = ["ann", "bob", "Gus"]
    clients = {name: await server.enter(name) for name in names}
    acknowledged: dict[tuple[str, str], int] = {}
    unanswered: dict[str, dict[str, Frame]] = {name: {} for name in names}
    sessions = {name: client.welcome["you"]["session"].split(".")[0] for name, client in clients.items()}
    for round_ in range(6):
        for name in names:
            for n in range(4):
                command_id = f"{round_}-{n}"
                unanswered[name][command_id] = {"t": "chat.send", "body": f"{name} {command_id}", "id": command_id}
        await asyncio.gather(*(talk(clients[name], unanswered[name], name, acknowledged) for name in names),
                             cut(server, chance.uniform(0, 0.02)))  # fmt: skip
        crashed, server = server, Server(shelf, port=server.port)
        for name in names:
            old = clients[name]
            clients[name] = await server.enter(name, resume=old.resume())
            assert clients[name].welcome["resumed"]
            clients[name].heard = old.events() + clients[name].welcome["missed"]
        await crashed.close()
    await asyncio.gather(*(talk(clients[name], unanswered[name], name, acknowledged) for name in names))
    await server.close()
    records = await store.party_log.read(PARTY)
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    said = {record.command_id: record.seq for record in records if record.type == "chat.sent"}
    assert len(said) == 3 * 24 == len([record for record in records if record.type == "chat.sent"])
    assert len(acknowledged) == 3 * 24
    assert {f"{sessions[name]}:{command_id}": seq for (name, command_id), seq in acknowledged.items()} == said


async def talk(
    client: Client, unanswered: dict[str, Frame], name: str, acknowledged: dict[tuple[str, str], int]
) -> None:
    """Send all that is unanswered, and note the answers until all are there or the line is cut."""
    with suppress(WebSocketClosedError, AssertionError):
        for frame in list(unanswered.values()):
            await client.send(**frame)
        while unanswered:
            answer = await client.next("ok", "error")
            if answer["t"] == "ok":
                acknowledged[name, answer["id"]] = answer["seq"]
                del unanswered[answer["id"]]
            elif answer["code"] in {"rate_limited", "unavailable"}:
                await asyncio.sleep(answer["retry_after_ms"] / 1000)
                await client.send(**unanswered[answer["id"]])


async def cut(server: Server, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await server.crash()


@pytest.mark.gen_test(timeout=60)
async def test_two_nodes_over_one_log_never_differ(store: Store) -> None:
    shelf = shelf_over(store)
    one, two = Server(shelf), Server(shelf)
    await one.node.create()
    actors = [Actor(user_id=f"u{n}", name=f"u{n}", session_id=f"s{n}") for n in range(4)]
    nodes = [one.node, two.node]
    for n, actor in enumerate(actors):
        await nodes[n % 2].engine.submit(PARTY, do.Join(), actor=actor)

    async def chat(n: int, actor: Actor) -> None:
        for m in range(15):
            await nodes[(n + m) % 2].engine.submit(
                PARTY, do.Say(body=str(m)), actor=actor, command_id=f"{actor.session_id}:{m}"
            )

    await asyncio.gather(*(chat(n, actor) for n, actor in enumerate(actors)))
    records = await store.party_log.read(PARTY)
    assert [record.seq for record in records] == list(range(1, 66))
    assert len({record.command_id for record in records if record.type == "chat.sent"}) == 60
    for node in nodes:
        await node.engine.heal(PARTY)
    assert await one.node.engine.state(PARTY) == await two.node.engine.state(PARTY)
    await one.close()
    await two.close()
