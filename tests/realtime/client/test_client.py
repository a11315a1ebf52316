import asyncio

import pytest

from realtime.client import CommandRefused, CommandUnanswered, ConnectionEnded
from tests.fakes.clock import ManualClock
from tests.fakes.party_server import ScriptedServer, asleep, enter, message, playback, until

pytestmark = pytest.mark.websocket


@pytest.mark.gen_test
async def test_a_client_that_was_let_in_knows_the_party_and_the_servers_clock(
    server: ScriptedServer, clock: ManualClock
) -> None:
    server.playback = playback(paused=False, position_ms=1_000.0, at_ms=server.now_ms())
    async with await enter(server) as client:
        assert server.frames("hello")[0]["token"] == "good"
        await until(lambda: len(server.frames("clock")) == 5)
        assert client.party.title == "Night"
        assert client.me["member_id"] == "m1"
        assert client.server_now_ms() == clock.now_ms() + 20_000
        await clock.advance(2)
        assert client.expected_position_ms() == 3_000
        assert client.links == 1
        assert client.resumes == 0


@pytest.mark.gen_test
async def test_a_command_returns_the_seq_at_which_it_became_durable(server: ScriptedServer) -> None:
    async with await enter(server) as client:
        first = await client.say("hello")
        second = await client.play()
        assert (first.seq, second.seq) == (1, 2)
        assert client.acked == [(first.command_id, 1), (second.command_id, 2)]
        assert [message["body"] for message in client.party.chat] == ["hello", "play"]


@pytest.mark.gen_test
async def test_a_refusal_says_why_and_is_not_repeated(server: ScriptedServer) -> None:
    server.refuses["seek"] = {"code": "forbidden", "message": "Ask the host.", "path": "position_ms"}
    async with await enter(server) as client:
        with pytest.raises(CommandRefused) as refused:
            await client.seek(5_000)
        assert (refused.value.code, refused.value.message, refused.value.path) == (
            "forbidden",
            "Ask the host.",
            "position_ms",
        )
        assert len(server.frames("seek")) == 1
        assert client.acked == []


@pytest.mark.gen_test
async def test_a_command_refused_for_the_moment_is_sent_again_with_its_id(
    server: ScriptedServer, clock: ManualClock
) -> None:
    server.refuses["chat.send"] = {"code": "unavailable", "message": "Storage is away.", "retry_after_ms": 700}
    async with await enter(server) as client:
        saying = asyncio.create_task(client.say("hi"))
        await until(lambda: len(server.frames("chat.send")) == 1)
        del server.refuses["chat.send"]
        await asleep(clock, 0.7)
        await clock.advance(0.7)
        assert (await saying).seq == 1
        first, second = server.frames("chat.send")
        assert first == second


@pytest.mark.gen_test
async def test_an_unanswered_command_ends_at_its_callers_time_out(server: ScriptedServer, clock: ManualClock) -> None:
    server.answers = False
    async with await enter(server) as client:
        saying = asyncio.create_task(client.command("chat.send", timeout_s=8, body="hi"))
        await asleep(clock, 8)
        await clock.advance(7.9)
        assert not saying.done()
        await clock.advance(0.2)
        with pytest.raises(CommandUnanswered):
            await saying


@pytest.mark.gen_test
async def test_a_guest_gives_a_name_and_a_password(server: ScriptedServer) -> None:
    async with await enter(server, token=None, guest="Mina", password="hunter2"):
        hello = server.frames("hello")[0]
        assert (hello["guest"], hello["password"]) == ("Mina", "hunter2")
        assert "token" not in hello
    with pytest.raises(ValueError, match="token or a guest"):
        await enter(server, token=None)


@pytest.mark.gen_test
async def test_the_party_as_it_is_known_follows_every_event(server: ScriptedServer) -> None:
    async with await enter(server) as client:
        bela = {"id": "m2", "user_id": "u2", "name": "Bela", "role": "member", "status": "idle"}
        server.append("member.joined", member=bela)
        server.append("chat", message=message("hi"))
        server.append("chat.reacted", message_id="c-hi", emoji="👍", member_id="m2", on=True)
        await client.until(lambda party: party.seq == 3, 1)
        assert client.party.chat[0]["reactions"] == {"👍": ["m2"]}
        server.append("chat.edited", message={**message("hi"), "body": "hi!"})
        server.append("playback", playback=playback(paused=False, at_ms=5.0), cause="play")
        server.append("host.changed", member={**bela, "role": "host"}, previous={"id": "m1", "role": "member"})
        server.say({"t": "presence", "members": [{"id": "m2", "status": "playing", "drift_ms": 4}]})
        await client.until(lambda party: party.members.get("m2", {}).get("status") == "playing", 1)
        assert client.party.chat[0]["body"] == "hi!"
        assert (client.me["role"], client.party.playback.paused) == ("member", False)
        server.append("queue", items=[{"id": "q1"}])
        server.append("settings", settings={"chat": False}, title="Late", visibility="private", has_password=False)
        server.append("video", video={"id": "v2", "duration_ms": 5}, playback=playback(video_id="v2"))
        server.append("chat.deleted", message_id="c-hi")
        server.append("member.muted", member={**bela, "muted": True, "muted_until_ms": 9}, muted=True)
        await client.until(lambda party: party.members["m2"].get("muted") is True, 1)
        server.append("member.muted", member=bela, muted=False)
        await client.until(lambda party: "muted" not in party.members["m2"], 1)
        server.append("an.event.of.tomorrow")
        server.append("member.left", member=bela)
        server.append("party.ended")
        await client.until(lambda party: party.status == "ended", 1)
        party = client.party
        assert (party.title, party.visibility, party.host_id) == ("Late", "private", "m2")
        assert (party.playback.video_id, party.duration_ms) == ("v2", 5)
        assert (list(party.members), party.chat, party.queue) == (["m1"], [], [{"id": "q1"}])


@pytest.mark.gen_test
async def test_one_can_wait_for_an_event(server: ScriptedServer, clock: ManualClock) -> None:
    async with await enter(server) as client:
        waiting = asyncio.create_task(client.wait_for(lambda frame: frame["t"] == "playback", 5))
        await asleep(clock, 5)
        server.append("chat", message=message("not this"))
        server.append("playback", playback=playback(), cause="pause")
        assert (await waiting)["cause"] == "pause"
        late = asyncio.create_task(client.wait_for(lambda frame: frame["t"] == "playback", 5))
        await asleep(clock, 5)
        await clock.advance(5)
        with pytest.raises(TimeoutError):
            await late


@pytest.mark.gen_test
async def test_a_stream_of_events_ends_when_the_client_is_closed(server: ScriptedServer) -> None:
    client = await enter(server)
    server.append("chat", message=message("last"))
    events = client.events()
    await until(lambda: client.seq == 1)
    await client.close()
    assert [frame["t"] async for frame in events] == ["chat"]
    await until(lambda: not server.sockets)


@pytest.mark.gen_test
async def test_leaving_tells_the_party_and_closes(server: ScriptedServer) -> None:
    client = await enter(server)
    await client.leave()
    assert len(server.frames("leave")) == 1
    await until(lambda: not server.sockets)
    with pytest.raises(ConnectionEnded):
        await client.play()
