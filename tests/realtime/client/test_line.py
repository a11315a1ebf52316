import asyncio

import pytest

from realtime.client import CommandUnanswered, ConnectionEnded
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock
from tests.fakes.party_server import ScriptedServer, asleep, enter, message, passing, quiet, until

pytestmark = pytest.mark.websocket


@pytest.mark.gen_test
async def test_a_broken_line_is_opened_again_after_the_back_off_and_resumes(
    server: ScriptedServer, clock: ManualClock
) -> None:
    async with await enter(server) as client:
        await client.say("before")
        server.cut_all()
        await until(lambda: not client.connected)
        server.append("chat", message=message("meanwhile"))
        await asleep(clock, 0.25)
        await clock.advance(0.25)
        await until(lambda: client.connected)
        assert server.frames("hello")[1]["resume"] == {"session": "session-1", "epoch": "epoch-1", "seq": 1}
        assert (client.links, client.resumes, client.seq) == (2, 1, 2)
        assert [said["body"] for said in client.party.chat] == ["before", "meanwhile"]


@pytest.mark.gen_test
async def test_a_command_cut_off_from_its_answer_is_sent_again_with_the_same_id_and_has_its_effect_once(
    server: ScriptedServer, clock: ManualClock
) -> None:
    async with await enter(server) as client:
        server.answers = False
        saying = asyncio.create_task(client.say("once"))
        await until(lambda: len(server.frames("chat.send")) == 1)
        server.answer(server.frames("chat.send")[0])  # it landed, but nobody was told
        server.answers = True
        server.cut_all()
        await until(lambda: not client.connected)
        await passing(clock, saying.done)
        accepted = await saying
        first, second = server.frames("chat.send")
        assert first == second
        assert accepted.seq == 1
        assert client.acked == [(first["id"], 1)]
        assert [said["body"] for said in client.party.chat] == ["once"]


@pytest.mark.gen_test
async def test_commands_asked_for_while_away_are_sent_in_their_order_once_back(
    server: ScriptedServer, clock: ManualClock
) -> None:
    async with await enter(server) as client:
        client.drop(away_seconds=4)
        await until(lambda: not client.connected)
        saying = [asyncio.create_task(client.say(body)) for body in ("one", "two", "three")]
        await asleep(clock, 4)
        await clock.advance(4)
        await until(lambda: all(said.done() for said in saying))
        assert [(await said).seq for said in saying] == [1, 2, 3]
        assert [frame["body"] for frame in server.frames("chat.send")] == ["one", "two", "three"]


@pytest.mark.gen_test
async def test_what_was_sent_in_a_session_that_is_gone_is_not_repeated_in_another(
    server: ScriptedServer, clock: ManualClock
) -> None:
    async with await enter(server) as client:
        server.answers = False
        sent = asyncio.create_task(client.say("perhaps"))
        await until(lambda: len(server.frames("chat.send")) == 1)
        client.drop()
        await until(lambda: not client.connected)
        unsent = asyncio.create_task(client.say("surely"))
        server.answers, server.session, server.resumes = True, "session-2", False
        await passing(clock, lambda: sent.done() and unsent.done())
        with pytest.raises(CommandUnanswered):
            await sent
        assert (await unsent).seq == 1
        assert (client.links, client.resumes) == (2, 0)


@pytest.mark.gen_test
async def test_a_gap_is_healed_by_one_resync_and_each_event_is_told_once_in_order(server: ScriptedServer) -> None:
    async with await enter(server) as client:
        events = client.events()
        server.append("chat", message=message("a"))
        for body in "bcd":
            server.append("chat", message=message(body), tell=False)
        server.append("chat", message=message("e"))
        server.append("chat", message=message("f"))
        await until(lambda: client.seq == 6)
        server.say(server.log[2])  # a late double
        server.append("chat", message=message("g"))
        await until(lambda: client.seq == 7)
        assert len(server.frames("resync")) == 1
        assert server.frames("resync")[0]["seq"] == 1
        heard = []
        while len(heard) < 7:
            frame = await anext(events)
            if frame["t"] == "chat":
                heard.append(frame["seq"])
        assert heard == [1, 2, 3, 4, 5, 6, 7]
        assert [said["body"] for said in client.party.chat] == list("abcdefg")


@pytest.mark.gen_test
async def test_a_lost_last_event_is_found_when_the_server_tells_its_top(server: ScriptedServer) -> None:
    async with await enter(server) as client:
        server.append("chat", message=message("lost"), tell=False)
        server.say({"t": "top", "seq": 1})
        await client.until(lambda party: bool(party.chat), 1)
        assert client.seq == 1


@pytest.mark.gen_test
async def test_without_a_recovery_the_snapshot_alone_counts(server: ScriptedServer, clock: ManualClock) -> None:
    async with await enter(server) as client:
        server.resumes = False
        client.drop()
        await until(lambda: not client.connected)
        server.log = [{"t": "chat", "seq": n, "message": message(f"{n}")} for n in range(1, 4)]
        server.epoch = "epoch-2"
        events = client.events()
        await passing(clock, lambda: client.connected)
        assert (await anext(events))["t"] == "welcome"
        assert client.seq == 3
        assert len(client.party.chat) == 3
        client.drop()
        await until(lambda: not client.connected)
        await passing(clock, lambda: client.connected)
        assert server.frames("hello")[2]["resume"]["epoch"] == "epoch-2"


@pytest.mark.parametrize("code", [4500, 4501, 4503, 4504, 4509, 4510, 4511, 4513, 4777, 1009])
@pytest.mark.gen_test
async def test_a_final_close_ends_the_client_with_its_code_and_reason(
    server: ScriptedServer, clock: ManualClock, code: int
) -> None:
    async with await enter(server) as client:
        server.answers = False
        waiting = asyncio.create_task(client.say("hi"))
        hoping = asyncio.create_task(client.wait_for(lambda _frame: False, 60))
        await until(lambda: len(server.frames("chat.send")) == 1)
        server.close_all(code, "That was it.")
        ended = await client.wait_ended()
        assert isinstance(ended, ConnectionEnded)
        assert (ended.code, ended.reason) == (code, "That was it.")
        for task in (waiting, hoping):
            with pytest.raises(ConnectionEnded):
                await task
        with pytest.raises(ConnectionEnded):
            await client.say("anybody?")
        await clock.advance(60)
        await quiet()
        assert len(server.frames("hello")) == 1


@pytest.mark.parametrize("code", [1001, 1012, 1013, 4008, 4029, 4030, 4031, 4032, 4477])
@pytest.mark.gen_test
async def test_other_closes_bring_the_client_back(server: ScriptedServer, clock: ManualClock, code: int) -> None:
    async with await enter(server) as client:
        server.close_all(code)
        await until(lambda: not client.connected)
        await passing(clock, lambda: client.connected)
        assert client.resumes == 1


@pytest.mark.gen_test
async def test_whoever_is_turned_away_at_the_door_learns_it_from_connect(server: ScriptedServer) -> None:
    server.turns_away = (4503, "Banned.")
    with pytest.raises(ConnectionEnded, match=r"4503: Banned\."):
        await enter(server)


@pytest.mark.gen_test
async def test_a_server_that_is_away_is_tried_until_the_time_out(server: ScriptedServer, clock: ManualClock) -> None:
    server.turns_away = (4030, "Storage is away.")
    entering = asyncio.create_task(enter(server, timeout_s=30))
    for tries, wait_seconds in enumerate((0.25, 0.5, 1, 2, 4, 8, 10), start=1):
        await until(lambda n=tries: len(server.frames("hello")) == n)
        await asleep(clock, wait_seconds)
        await clock.advance(wait_seconds)
    await clock.advance(30)
    with pytest.raises(TimeoutError):
        await entering


@pytest.mark.gen_test
async def test_each_line_is_opened_with_a_fresh_token(server: ScriptedServer, clock: ManualClock) -> None:
    tokens = iter(["first", "second"])

    async def token() -> str:
        await clock.sleep(0)
        return next(tokens)

    entering = asyncio.create_task(enter(server, token=token))
    await quiet(0.01)
    await clock.advance(0)
    async with await entering as client:
        server.close_all(4031, "Expired.")
        await until(lambda: not client.connected)
        await passing(clock, lambda: client.connected)
        assert [hello["token"] for hello in server.frames("hello")] == ["first", "second"]


@pytest.mark.gen_test
async def test_a_token_that_cannot_be_had_is_told_at_first_and_tried_again_later(
    server: ScriptedServer, clock: ManualClock, logs: ExpectedLogs
) -> None:
    broken = True

    def token() -> str:
        if broken:
            raise KeyError("no token today")
        return "good"

    with pytest.raises(KeyError):
        await enter(server, token=token)
    broken = False
    async with await enter(server, token=token) as client:
        broken = True
        with logs.expect("no_credential"):
            client.drop()
            await until(lambda: not client.connected)
            await asleep(clock, 0.25)
            await clock.advance(0.25)
        broken = False
        await passing(clock, lambda: client.connected)


@pytest.mark.gen_test
async def test_a_new_line_brings_a_new_clock_and_the_old_one_serves_until_then(
    server: ScriptedServer, clock: ManualClock
) -> None:
    async with await enter(server) as client:
        await until(lambda: client.server_now_ms() == clock.now_ms() + 20_000)
        server.offset_ms = 3_000
        server.answers_clock = False
        client.drop()
        await until(lambda: not client.connected)
        await passing(clock, lambda: client.connected)
        assert client.server_now_ms() == clock.now_ms() + 20_000
        server.answers_clock = True
        await passing(clock, lambda: client.server_now_ms() == clock.now_ms() + 3_000)


@pytest.mark.gen_test
async def test_the_line_is_kept_alive_and_a_dead_one_is_given_up(server: ScriptedServer, clock: ManualClock) -> None:
    async with await enter(server) as client:
        server.say({"t": "ping"})
        await until(lambda: len(server.frames("pong")) == 1)
        for samples, seconds in enumerate((0.6, 0.8, 1.6, 2, 5, 10, 10), start=5):
            await until(lambda n=samples: len(server.frames("clock")) == n)
            await asleep(clock, seconds)
            await quiet(0.01)
            await clock.advance(seconds)
        await until(lambda: len(server.frames("clock")) == 12)
        await quiet(0.01)
        server.mute = True
        await clock.advance(30)
        await quiet()
        assert client.connected
        await clock.advance(10)
        await until(lambda: not client.connected)
        server.mute = False
        await passing(clock, lambda: client.resumes == 1)
