import asyncio
from itertools import pairwise

import pytest

from realtime.client import PartyClient, VirtualPlayer
from tests.fakes.clock import ManualClock
from tests.fakes.party_server import Frame, ScriptedServer, asleep, enter, going, passing, playback, until

pytestmark = pytest.mark.websocket

START_MS, SEEK_MS = 130.0, 70.0


class JumpyPlayer(VirtualPlayer):
    """Counts how often it was told to jump."""

    jumps = 0

    async def seek(self, position_ms: float) -> None:
        self.jumps += 1
        await super().seek(position_ms)


async def seated(server: ScriptedServer, clock: ManualClock) -> tuple[PartyClient, JumpyPlayer]:
    player = JumpyPlayer(clock=clock, start_latency_ms=START_MS, seek_latency_ms=SEEK_MS)
    client = await enter(server, player=player)
    await until(lambda: len(server.frames("clock")) >= 5)
    return client, player


def plays(server: ScriptedServer, *, position_ms: float = 0.0, ahead_ms: float = 0.0, rate: float = 1.0) -> Frame:
    at_ms = server.now_ms() + ahead_ms
    return server.append(
        "playback", playback=playback(paused=False, position_ms=position_ms, at_ms=at_ms, rate=rate), cause="play"
    )


def rests(server: ScriptedServer, position_ms: float, cause: str = "pause") -> Frame:
    return server.append("playback", playback=playback(position_ms=position_ms, at_ms=server.now_ms()), cause=cause)


def watched(server: ScriptedServer) -> list[Frame]:
    return [event for event in server.events.values() if event["type"] == "view.watched"]


def kinds(server: ScriptedServer) -> list[str]:
    return [event["type"] for event in server.events.values()]


def drift_ms(client: PartyClient) -> float:
    drift = client.drift_ms()
    assert drift is not None
    return drift


@pytest.mark.gen_test(timeout=20)
async def test_a_scheduled_start_is_met_on_the_millisecond_once_the_player_is_known(
    server: ScriptedServer, clock: ManualClock
) -> None:
    client, player = await seated(server, clock)
    async with client:
        plays(server, ahead_ms=500)
        await going(server, clock, 3)
        assert abs(drift_ms(client)) <= 10, "the first start was late by what had to be learned, and is mended by rate"
        rests(server, 3_000)
        await going(server, clock, 1)
        assert (player.paused, player.position_ms, client.drift_ms()) == (True, 3_000, None)
        plays(server, position_ms=3_000, ahead_ms=500)
        await going(server, clock, 0.7)
        assert abs(drift_ms(client)) < 2
        assert player.rate == 1


@pytest.mark.gen_test(timeout=20)
async def test_who_comes_in_the_middle_is_in_step_within_three_seconds(
    server: ScriptedServer, clock: ManualClock
) -> None:
    server.playback = playback(paused=False, position_ms=100_000.0, at_ms=server.now_ms() - 60_000)
    client, player = await seated(server, clock)
    async with client:
        await going(server, clock, 3)
        assert abs(drift_ms(client)) <= 10
        assert player.position_ms == pytest.approx(163_000, abs=10)
        assert player.jumps == 1


@pytest.mark.gen_test(timeout=20)
async def test_a_short_stall_is_mended_by_rate_and_a_long_one_by_a_jump(
    server: ScriptedServer, clock: ManualClock
) -> None:
    client, player = await seated(server, clock)
    async with client:
        plays(server)
        await going(server, clock, 3)
        player.stall(600)
        await going(server, clock, 1)
        assert 1.0 < player.rate <= 1.1
        await going(server, clock, 10)
        assert abs(drift_ms(client)) <= 10
        assert player.jumps == 0
        player.stall(2_500)
        await going(server, clock, 5)
        assert abs(drift_ms(client)) <= 20
        assert player.jumps == 1
    stalls = [event["stall_ms"] for event in server.events.values() if event["type"] == "view.stalled"]
    assert stalls == [600, 2_500]


@pytest.mark.gen_test(timeout=20)
async def test_a_change_of_rate_interrupts_nothing(server: ScriptedServer, clock: ManualClock) -> None:
    client, player = await seated(server, clock)
    async with client:
        plays(server)
        await going(server, clock, 3)
        faster = playback(paused=False, position_ms=client.expected_position_ms(), at_ms=server.now_ms(), rate=1.5)
        server.append("playback", playback=faster, cause="rate")
        await going(server, clock, 4)
        assert player.jumps == 0
        assert player.rate == pytest.approx(1.5, rel=0.03)
        assert abs(drift_ms(client)) <= 15


@pytest.mark.gen_test(timeout=20)
async def test_the_film_ends_where_it_ends(server: ScriptedServer, clock: ManualClock) -> None:
    server.video = {"id": "v1", "title": "Short", "source": "upload", "duration_ms": 2_000}
    client, player = await seated(server, clock)
    async with client:
        plays(server, ahead_ms=100)
        await going(server, clock, 4)
        assert (player.paused, player.position_ms, client.drift_ms()) == (True, 2_000, None)
        await going(server, clock, 4)
    assert 1_900 < sum(event["watched_ms"] for event in watched(server)) <= 2_000


@pytest.mark.gen_test(timeout=20)
async def test_the_books_that_are_sent_are_exactly_what_was_played(server: ScriptedServer, clock: ManualClock) -> None:
    client, player = await seated(server, clock)
    plays(server, ahead_ms=300)
    await going(server, clock, 23.4)
    plays(server, position_ms=200_000.5)
    await going(server, clock, 3.21)
    player.stall(700)
    await going(server, clock, 2.5)
    rests(server, 205_000)
    await going(server, clock, 4)
    plays(server, position_ms=205_000, rate=2.0)
    await going(server, clock, 4.3)
    await client.close()
    events = watched(server)
    assert client.unacknowledged == 0
    assert sum(event["watched_ms"] for event in events) == client.watched_ms == int(player.played_ms)
    assert player.played_ms > 35_000
    for event in events:
        assert event["to_ms"] - event["from_ms"] == pytest.approx(event["watched_ms"], abs=2)
    assert kinds(server)[0] == "view.started"
    assert kinds(server)[-1] == "view.ended"
    times = [event["at_ms"] for event in events]
    assert max(after - before for before, after in pairwise(times)) <= 10_300


@pytest.mark.gen_test(timeout=20)
async def test_a_view_starts_with_the_time_to_its_first_frame(server: ScriptedServer, clock: ManualClock) -> None:
    client, _ = await seated(server, clock)
    async with client:
        plays(server, position_ms=50_000)
        await going(server, clock, 3)
        started = next(event for event in server.events.values() if event["type"] == "view.started")
        # A seek, the wait for what was thought a slower seek, and the start.
        assert 200 <= started["startup_ms"] <= 300
        assert started["video_id"] == "v1"
        assert started["at_ms"] == pytest.approx(clock.now_ms() - 3_000 + started["startup_ms"], abs=5)


@pytest.mark.gen_test(timeout=20)
async def test_another_video_ends_a_view_and_begins_one(server: ScriptedServer, clock: ManualClock) -> None:
    client, _ = await seated(server, clock)
    async with client:
        plays(server)
        await going(server, clock, 4)
        server.video = {"id": "v2", "title": "Next", "source": "upload", "duration_ms": 60_000}
        began = playback(video_id="v2", paused=False, at_ms=server.now_ms())
        server.append("video", video=server.video, playback=began)
        await going(server, clock, 2)
        assert abs(drift_ms(client)) < 100
    seen = [(event["type"], event["video_id"]) for event in server.events.values()]
    assert seen == [
        *((kind, "v1") for kind in ("view.started", "view.watched", "view.ended")),
        *((kind, "v2") for kind in ("view.started", "view.watched", "view.ended")),
    ]


@pytest.mark.gen_test(timeout=20)
async def test_telemetry_is_kept_until_it_is_acknowledged_and_counts_once(
    server: ScriptedServer, clock: ManualClock
) -> None:
    client, player = await seated(server, clock)
    plays(server)
    await going(server, clock, 12)
    assert client.unacknowledged == 0
    server.answers = False
    await going(server, clock, 12)
    assert client.unacknowledged == 1
    lost = server.frames("telemetry")[-1]
    assert server.answer(lost)["accepted"] == 1, "it was stored, but its acknowledgement was lost"
    client.drop(away_seconds=15)
    await going(server, clock, 14)
    assert client.unacknowledged > 1
    server.answers = True
    await passing(clock, lambda: client.unacknowledged == 0)
    assert server.frames("telemetry").count(lost) == 2
    await client.close()
    assert sum(event["watched_ms"] for event in watched(server)) == client.watched_ms == int(player.played_ms)


@pytest.mark.gen_test(timeout=20)
async def test_a_viewer_goes_on_watching_while_the_line_is_away(server: ScriptedServer, clock: ManualClock) -> None:
    client, player = await seated(server, clock)
    async with client:
        plays(server)
        await going(server, clock, 3)
        client.drop(away_seconds=5)
        await passing(clock, lambda: client.resumes == 1)
        await going(server, clock, 1)
        assert abs(drift_ms(client)) <= 15
        assert player.jumps == 0


@pytest.mark.gen_test(timeout=20)
async def test_telemetry_that_storage_cannot_take_now_is_sent_again(server: ScriptedServer, clock: ManualClock) -> None:
    client, _ = await seated(server, clock)
    async with client:
        server.refuses["telemetry"] = {"code": "rate_limited", "message": "Slower.", "retry_after_ms": 2_000}
        plays(server)
        await going(server, clock, 3)
        assert client.unacknowledged == 1
        server.refuses.clear()
        await going(server, clock, 2.5)
        assert client.unacknowledged == 0
        assert kinds(server) == ["view.started"]


@pytest.mark.gen_test(timeout=20)
async def test_status_is_told_each_five_seconds_and_when_it_changes(server: ScriptedServer, clock: ManualClock) -> None:
    client, player = await seated(server, clock)
    async with client:
        await going(server, clock, 1)
        assert [status["state"] for status in server.frames("status")] == ["paused"]
        plays(server)
        await going(server, clock, 2)
        player.stall(400)
        await going(server, clock, 12)
        assert [status["state"] for status in server.frames("status")] == [
            "paused",
            "playing",
            "buffering",
            "playing",
            "playing",
            "playing",
        ]
        status = server.frames("status")[-1]
        assert abs(status["drift_ms"]) <= 10
        assert status["position_ms"] == pytest.approx(client.expected_position_ms(), abs=5_000)
        assert status["buffered_ms"] == 10_000
        assert status["rtt_ms"] == 0
        assert "id" not in status


@pytest.mark.gen_test(timeout=20)
async def test_when_the_party_ends_the_books_are_sent_while_the_line_stands(
    server: ScriptedServer, clock: ManualClock
) -> None:
    client, player = await seated(server, clock)
    async with client:
        plays(server)
        await going(server, clock, 4)
        server.append("party.ended")
        await until(lambda: "view.ended" in kinds(server))
        server.close_all(4510, "The party has ended.")
        await client.wait_ended()
    assert player.paused
    assert sum(event["watched_ms"] for event in watched(server)) == client.watched_ms == int(player.played_ms)


@pytest.mark.gen_test(timeout=20)
async def test_a_close_gives_up_after_its_time_where_nobody_takes_the_books(
    server: ScriptedServer, clock: ManualClock
) -> None:
    client, _ = await seated(server, clock)
    plays(server)
    await going(server, clock, 2)
    server.answers = False
    closing = asyncio.create_task(client.close(flush_s=4))
    await asleep(clock, 4)
    await clock.advance(4)
    await closing
    assert client.unacknowledged > 0
