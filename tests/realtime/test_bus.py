"""One suite over both buses, and what only several nodes meet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from conf.metrics import NullMetrics
from realtime.bus import Bus, Message
from realtime.bus.memory import MemoryBus
from realtime.bus.nats import NatsBus, NoBus, connected
from tests.fakes.nats_server import NatsServer

PATIENCE_SECONDS = 10


@pytest.fixture(scope="module")
def nats() -> Iterator[NatsServer]:
    server = NatsServer()
    server.start()
    yield server
    server.kill()


@asynccontextmanager
async def buses(kind: str, nats: NatsServer, count: int = 1) -> AsyncIterator[list[Bus]]:
    made: list[Bus] = []
    for _ in range(count):
        if kind == "memory":
            made.append(MemoryBus())
        else:
            made.append(await connected(url=nats.url, namespace="test", metrics=NullMetrics()))
    try:
        yield made
    finally:
        for bus in made:
            await bus.close()


def message(text: str, party_id: str = "p", seq: int | None = None) -> Message:
    return Message(party_id=party_id, frame=text.encode(), seq=seq, kind="chat", member_id="ann", author_id="ann")


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not done():  # noqa: ASYNC110 - what another process does gives no sign
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("kind", ["memory", "nats"])
@pytest.mark.gen_test
async def test_who_listens_hears_all_of_it_in_order_and_nobody_else_does(kind: str, nats: NatsServer) -> None:
    async with buses(kind, nats) as [bus]:
        heard: list[Message] = []
        other: list[Message] = []
        bus.subscribe("p", heard.append)
        bus.subscribe("q", other.append)
        await bus.settled()
        sent = [message(str(n), seq=n) for n in range(100)]
        for each in sent:
            bus.publish(each)
        assert heard == sent, "who publishes here is heard here at once"
        assert other == []


@pytest.mark.parametrize("kind", ["memory", "nats"])
@pytest.mark.gen_test
async def test_who_does_not_listen_any_more_hears_nothing(kind: str, nats: NatsServer) -> None:
    async with buses(kind, nats) as [bus]:
        heard: list[Message] = []
        kept: list[Message] = []
        bus.subscribe("p", heard.append)
        bus.subscribe("p", kept.append)
        bus.unsubscribe("p", heard.append)
        bus.unsubscribe("p", heard.append)
        bus.publish(message("one"))
        bus.unsubscribe("p", kept.append)
        bus.publish(message("two"))
        assert (heard, [each.frame for each in kept]) == ([], [b"one"])


@pytest.mark.gen_test
async def test_other_nodes_hear_it_whole_and_in_order_and_nothing_comes_back(nats: NatsServer) -> None:
    async with buses("nats", nats, 3) as nodes:
        heard: list[list[Message]] = [[], [], []]
        for bus, into in zip(nodes, heard, strict=True):
            bus.subscribe("p", into.append)
            await bus.settled()
        sent = [message(f"{n} ä", seq=n) for n in range(500)]
        for each in sent:
            nodes[0].publish(each)
        await until(lambda: all(len(into) == len(sent) for into in heard))
        await nodes[0].settled()
        assert heard == [sent] * 3


@pytest.mark.gen_test
async def test_two_installations_on_one_nats_do_not_hear_each_other(nats: NatsServer) -> None:
    async with buses("nats", nats) as [bus]:
        stranger = await connected(url=nats.url, namespace="other", metrics=NullMetrics())
        heard: list[Message] = []
        stranger.subscribe("p", heard.append)
        await stranger.settled()
        bus.publish(message("private"))
        await bus.settled()
        await stranger.settled()
        assert heard == []
        await stranger.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_bus_that_was_away_says_so_when_it_is_back_and_goes_on() -> None:
    server = NatsServer()
    server.start()
    async with buses("nats", server, 2) as [one, other]:
        back: list[str] = []
        one.returned = lambda: back.append("one")
        other.returned = lambda: back.append("other")
        heard: list[Message] = []
        other.subscribe("p", heard.append)
        await other.settled()
        server.kill()
        await until(lambda: not one.connected and not other.connected)  # type: ignore[attr-defined]
        one.publish(message("into the void"))
        await one.settled()
        server.start()
        await until(lambda: sorted(back) == ["one", "other"])
        await other.settled()
        one.publish(message("again"))
        await until(lambda: any(each.frame == b"again" for each in heard))
    server.kill()


@pytest.mark.gen_test
async def test_without_nats_it_is_said_at_once() -> None:
    with pytest.raises(NoBus):
        await connected(url="nats://127.0.0.1:9", namespace="test", metrics=NullMetrics())


@pytest.mark.gen_test
async def test_what_waits_for_a_bus_that_is_away_is_bounded(nats: NatsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.bus.nats.MOST_WAITING", 10)
    bus = NatsBus(url=nats.url, namespace="test", metrics=NullMetrics())
    for n in range(50):
        bus.publish(message(str(n)))
    bus.subscribe("p", lambda _message: None)
    assert len(bus._steps) == 11, "of messages ten wait, and no subscription is forgotten"
    await bus.close()
