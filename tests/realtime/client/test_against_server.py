"""The client and the real server together, over real sockets and in real time."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from conf.clock import SystemClock
from realtime.client import CommandRefused, ConnectionEnded, PartyClient, VirtualPlayer, connect
from store.database import Store
from tests.fakes.node import CODE, PARTY, Shelf
from tests.fakes.party_server import until
from tests.fakes.server import Server

pytestmark = pytest.mark.websocket

CLOCK = SystemClock()


@asynccontextmanager
async def serving(shelf: Shelf | None = None) -> AsyncIterator[Server]:
    server = Server(shelf)
    await server.node.create()
    try:
        yield server
    finally:
        await server.close()


async def enter(server: Server, name: str, reference: str = CODE, **how: Any) -> PartyClient:
    """Come in as the user `name`, or as a guest where the name begins with a capital."""
    who = {"guest": name} if name[0].isupper() else {"token": f"token-{name}"}
    return await connect(f"http://127.0.0.1:{server.port}", reference, clock=CLOCK, **{**who, **how})


@pytest.mark.gen_test(timeout=30)
async def test_two_viewers_are_in_step_after_play_seek_and_pause() -> None:
    async with serving() as server:
        late, quick = VirtualPlayer(clock=CLOCK, start_latency_ms=300), VirtualPlayer(clock=CLOCK, start_latency_ms=20)
        async with await enter(server, "ann", player=late) as ann, await enter(server, "Gus", player=quick) as gus:
            await ann.play()
            await until(lambda: late.moving and quick.moving)
            await ann.seek(30_000)
            await until(lambda: min(late.position_ms, quick.position_ms) > 31_500, 15)
            # On a machine that is busy this takes longer, and is reached all the same.
            await until(lambda: abs(late.position_ms - quick.position_ms) < 10, 15)
            assert abs(ann.drift_ms() or 0.0) < 50
            assert ann.expected_position_ms() == pytest.approx(gus.expected_position_ms(), abs=30)
            await gus.until(lambda party: party.members["ann"].get("status") == "playing", 5)
            await ann.pause()
            await until(lambda: late.paused and quick.paused and abs(late.position_ms - quick.position_ms) < 4)
            with pytest.raises(CommandRefused) as refused:
                await gus.play()
            assert refused.value.code == "forbidden"
        rows = server.node.shelf.events.of("view.watched")
        assert sum(row.fields["watched_ms"] for row in rows) == ann.watched_ms + gus.watched_ms > 2_000
        assert (ann.watched_ms, gus.watched_ms) == (int(late.played_ms), int(quick.played_ms))


async def chatter(client: PartyClient, name: str, crashes: asyncio.Event) -> list[tuple[str, int]]:
    """Talk until the crashes are over; what was said, and at which seq."""
    said: list[tuple[str, int]] = []
    while not crashes.is_set():
        body = f"{name} {len(said)}"
        said.append((body, (await client.say(body)).seq))
        await asyncio.sleep(0.02)
    return said


async def crashed_thrice(server: Server, over: Any) -> tuple[Server, dict[str, int]]:
    """Crash a node three times while two clients talk; the last node, and what was acknowledged."""
    ann, gus = await enter(server, "ann", chance=lambda: 0.2), await enter(server, "Gus", chance=lambda: 0.2)
    streams = [client.events() for client in (ann, gus)]
    begins = [client.seq for client in (ann, gus)]
    over_ = asyncio.Event()
    talks = [asyncio.create_task(chatter(client, name, over_)) for client, name in ((ann, "ann"), (gus, "gus"))]
    for _ in range(3):
        await asyncio.sleep(0.4)
        port = server.port
        await server.crash()
        await asyncio.sleep(0.1)
        server = Server(over, port=port)
    await until(lambda: ann.connected and gus.connected)
    over_.set()
    said = [entry for talk in talks for entry in await talk]
    assert ann.resumes == gus.resumes == 3
    await until(lambda: ann.seq == gus.seq)
    await ann.close()
    await gus.close()
    for client, stream, begin in zip((ann, gus), streams, begins, strict=True):
        seqs = [frame["seq"] for frame in [each async for each in stream] if "seq" in frame and frame["t"] != "welcome"]
        assert seqs == list(range(begin + 1, client.seq + 1)), "each event once and in order, across three crashes"
    return server, dict(said)


@pytest.mark.gen_test(timeout=30)
async def test_a_server_that_crashes_loses_and_doubles_nothing_that_was_acknowledged() -> None:
    async with serving() as server:
        shelf = server.node.shelf
        last, said = await crashed_thrice(server, shelf)
        frames = msgspec.to_builtins(await last.node.engine.history(PARTY, 0, 10_000))
        await last.close()
        written = {frame["message"]["body"]: frame["seq"] for frame in frames if frame["t"] == "chat"}
        assert said == written
        assert max(Counter(frame["seq"] for frame in frames).values()) == 1


@pytest.mark.integration
@pytest.mark.gen_test(timeout=60)
async def test_the_same_holds_over_a_real_database(store: Store) -> None:
    shelf = Shelf()
    shelf.log, shelf.parties, shelf.events = store.party_log, store.parties, store.events
    async with serving(shelf) as server:
        last, said = await crashed_thrice(server, shelf)
        await last.close()
        records = await store.party_log.read(PARTY)
        assert [record.seq for record in records] == list(range(1, len(records) + 1))
        assert len(said) == sum(record.type == "chat.sent" for record in records)


@pytest.mark.gen_test(timeout=30)
async def test_telemetry_reaches_the_store_once_even_where_storage_fails_in_between() -> None:
    async with serving() as server:
        player = VirtualPlayer(clock=CLOCK, start_latency_ms=20)
        ann = await enter(server, "ann", player=player)
        server.node.shelf.events.lose = 2
        await ann.play()
        await asyncio.sleep(1)
        await ann.leave()
        assert ann.unacknowledged == 0
        rows = server.node.shelf.events.rows.values()
        viewed = [row.type for row in rows if row.type.startswith("view.")]
        assert viewed == ["view.started", "view.watched", "view.ended"]
        (watched,) = server.node.shelf.events.of("view.watched")
        assert watched.fields["watched_ms"] == ann.watched_ms == int(player.played_ms) > 500
        assert watched.at_ms == pytest.approx(watched.received_ms, abs=5_000)


@pytest.mark.gen_test(timeout=30)
async def test_whoever_is_kicked_or_comes_to_no_party_is_told_so() -> None:
    async with serving() as server, await enter(server, "ann") as ann:
        with pytest.raises(ConnectionEnded) as nowhere:
            await enter(server, "ann", "ZZZZ9999")
        assert nowhere.value.code == 4504
        with pytest.raises(ConnectionEnded) as unknown:
            await enter(server, "ann", token="wrong")
        assert unknown.value.code == 4501
        gus = await enter(server, "Gus")
        await ann.command("member.kick", member_id=gus.me["member_id"], reason="Noise.")
        ended = await gus.wait_ended()
        assert isinstance(ended, ConnectionEnded)
        assert ended.code == 4511
        await gus.close()


@pytest.mark.gen_test(timeout=30)
async def test_leaving_is_an_event() -> None:
    async with serving() as server, await enter(server, "ann") as ann:
        gus = await enter(server, "Gus")
        await ann.until(lambda party: len(party.members) == 2, 2)
        await gus.leave()
        await ann.until(lambda party: list(party.members) == ["ann"], 2)


@pytest.mark.gen_test(timeout=30)
async def test_the_end_of_a_party_ends_its_clients_with_their_books_in_the_store() -> None:
    async with serving() as server:
        player = VirtualPlayer(clock=CLOCK, start_latency_ms=20)
        ann, gus = await enter(server, "ann"), await enter(server, "Gus", player=player)
        await ann.play()
        await asyncio.sleep(1)
        await ann.command("end")
        for client in (ann, gus):
            ended = await client.wait_ended()
            assert isinstance(ended, ConnectionEnded)
            assert ended.code == 4510
            assert client.party.status == "ended"
        assert gus.unacknowledged == 0
        (watched,) = server.node.shelf.events.of("view.watched")
        assert watched.fields["watched_ms"] == gus.watched_ms == int(player.played_ms) > 500


@pytest.mark.gen_test(timeout=30)
async def test_a_guest_waits_outside_stays_the_same_person_after_a_cut_and_is_let_in() -> None:
    async with serving() as server, await enter(server, "ann") as ann:
        await ann.command("settings", approval="everyone")
        waited: list[dict[str, Any]] = []
        coming = asyncio.create_task(enter(server, "Gus", waits=waited.append, chance=lambda: 0.0))
        await ann.until(lambda party: [person["name"] for person in party.knocking] == ["Gus"], 5)
        for listener in list(server.node.hub._channels[PARTY].listeners):
            if listener.position is None:
                listener.close(1012)
        await until(lambda: len(waited) == 2)
        assert waited[0]["member_id"] == waited[1]["member_id"] == ann.party.knocking[0]["id"]
        await ann.approve(waited[0]["member_id"])
        async with await coming as gus:
            assert (gus.me["member_id"], gus.outside) == (waited[0]["member_id"], False)
            await gus.say("thanks")
            await ann.until(lambda party: not party.knocking, 5)
        with pytest.raises(ConnectionEnded) as turned_away:
            await asyncio.gather(enter(server, "cat"), turn_away(ann, "cat"))
        assert turned_away.value.code == 4503


async def turn_away(host: PartyClient, member_id: str) -> None:
    await host.until(lambda party: member_id in [person["id"] for person in party.knocking], 5)
    await host.deny(member_id)
