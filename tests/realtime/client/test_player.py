import asyncio
from collections.abc import Coroutine
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.client.player import Span, Stall, VirtualPlayer
from tests.fakes.clock import ManualClock, settle

START_MS, SEEK_MS = 100.0, 60.0
FILM_MS = 20_000.0


async def loaded(duration_ms: float | None = 60_000.0) -> tuple[VirtualPlayer, ManualClock]:
    clock = ManualClock()
    player = VirtualPlayer(clock=clock, start_latency_ms=START_MS, seek_latency_ms=SEEK_MS)
    player.load("v1", duration_ms)
    return player, clock


async def begun(player: VirtualPlayer, clock: ManualClock) -> None:
    """Start, and go on to the first frame that moves."""
    playing = asyncio.create_task(player.play())
    await settle()
    await clock.advance(START_MS / 1000)
    await playing


async def jumped(player: VirtualPlayer, clock: ManualClock, position_ms: float) -> None:
    seeking = asyncio.create_task(player.seek(position_ms))
    await settle()
    await clock.advance(SEEK_MS / 1000)
    await seeking


@pytest.mark.gen_test
async def test_frames_move_only_after_the_start_latency() -> None:
    player, clock = await loaded()
    playing = asyncio.create_task(player.play())
    await settle()
    await clock.advance(0.099)
    assert (player.moving, player.position_ms, player.state, playing.done()) == (False, 0, "playing", False)
    await clock.advance(0.001)
    assert playing.done()
    await clock.advance(2)
    assert (player.moving, player.position_ms) == (True, 2_000)


@pytest.mark.gen_test
async def test_media_time_is_counted_at_the_rate_at_which_it_was_played() -> None:
    player, clock = await loaded()
    await begun(player, clock)
    await clock.advance(4)
    player.set_rate(2.0)
    await clock.advance(3)
    player.set_rate(0.5)
    await clock.advance(2)
    assert player.position_ms == 11_000
    assert player.played_ms == 11_000
    assert player.take_spans() == [Span(0, 11_000)]
    assert player.take_spans() == []


@pytest.mark.gen_test
async def test_a_pause_adds_nothing_and_breaks_no_stretch() -> None:
    player, clock = await loaded()
    await begun(player, clock)
    await clock.advance(1)
    player.pause()
    await clock.advance(30)
    assert (player.state, player.position_ms) == ("paused", 1_000)
    await begun(player, clock)
    await clock.advance(1)
    assert player.take_spans() == [Span(0, 2_000)]


@pytest.mark.gen_test
async def test_a_jump_begins_a_new_stretch_and_its_latency_counts_for_nothing() -> None:
    player, clock = await loaded()
    await begun(player, clock)
    await clock.advance(5)
    await jumped(player, clock, 30_000)
    await clock.advance(2)
    assert player.take_spans() == [Span(0, 5_000), Span(30_000, 32_000)]
    assert player.played_ms == 7_000


@pytest.mark.gen_test
async def test_a_stall_adds_nothing_and_is_told_with_its_length() -> None:
    player, clock = await loaded()
    await begun(player, clock)
    await clock.advance(3)
    player.stall(1_500)
    await clock.advance(1)
    assert (player.state, player.moving, player.buffered_ms) == ("buffering", False, 0)
    assert player.take_stalls() == []
    await clock.advance(2)
    assert (player.state, player.position_ms) == ("playing", 4_500)
    assert player.take_stalls() == [Stall(3_000, 1_500)]
    assert player.take_spans() == [Span(0, 4_500)]


@pytest.mark.gen_test
async def test_a_pause_ends_a_stall_early() -> None:
    player, clock = await loaded()
    player.stall(1_000)
    assert player.state == "paused"
    await begun(player, clock)
    player.stall(5_000)
    await clock.advance(1)
    player.pause()
    assert player.take_stalls() == [Stall(0, 1_000)]
    await begun(player, clock)
    await clock.advance(1)
    assert player.position_ms == 1_000


@pytest.mark.gen_test
async def test_a_film_stops_at_its_end() -> None:
    player, clock = await loaded(duration_ms=2_500)
    await begun(player, clock)
    await clock.advance(60)
    assert (player.state, player.moving, player.position_ms, player.played_ms) == ("paused", False, 2_500, 2_500)
    assert player.take_spans() == [Span(0, 2_500)]


@pytest.mark.gen_test
async def test_without_a_video_nothing_plays() -> None:
    clock = ManualClock()
    player = VirtualPlayer(clock=clock)
    await player.play()
    await clock.advance(5)
    assert (player.state, player.position_ms, player.buffered_ms) == ("idle", 0, 0)


acts = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 5)),
        st.tuples(st.just("play"), st.just(0.0)),
        st.tuples(st.just("pause"), st.just(0.0)),
        st.tuples(st.just("rate"), st.sampled_from([0.5, 0.95, 1.0, 1.1, 2.0])),
        st.tuples(st.just("seek"), st.floats(0, 20_000)),
        st.tuples(st.just("stall"), st.floats(0, 4_000)),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(acts)
def test_the_books_are_the_integral_of_what_was_played(deeds: list[tuple[str, float]]) -> None:
    loop = asyncio.new_event_loop()
    with closing(loop):
        loop.run_until_complete(audited(deeds))


async def audited(deeds: list[tuple[str, float]]) -> None:
    """Hold the books against a second set, kept deed by deed from when frames move."""
    clock = ManualClock()
    player = VirtualPlayer(clock=clock, start_latency_ms=0, seek_latency_ms=0)
    player.load("v1", FILM_MS)
    played_ms, rate, paused, position_ms, stalled_until_ms = 0.0, 1.0, True, 0.0, 0.0
    for kind, value in deeds:
        now_ms = clock.now_ms()
        if kind == "wait":
            await clock.advance(value)
            if not paused:
                moved_ms = max(0.0, clock.now_ms() - max(now_ms, stalled_until_ms)) * rate
                played_ms += min(moved_ms, FILM_MS - position_ms)
                position_ms = min(FILM_MS, position_ms + moved_ms)
        elif kind == "play":
            await at_once(player.play())
            paused = False
        elif kind == "pause":
            player.pause()
            paused, stalled_until_ms = True, 0.0
        elif kind == "rate":
            player.set_rate(value)
            rate = value
        elif kind == "seek":
            await at_once(player.seek(value))
            position_ms, stalled_until_ms = value, 0.0
        elif not paused and position_ms < FILM_MS:
            player.stall(value)
            stalled_until_ms = max(stalled_until_ms, now_ms + value)
        assert player.position_ms == pytest.approx(position_ms, abs=0.01)
    assert player.played_ms == pytest.approx(played_ms, abs=0.01)
    assert sum(span.to_ms - span.from_ms for span in player.take_spans()) == pytest.approx(played_ms, abs=0.01)


async def at_once(work: Coroutine[Any, Any, None]) -> None:
    """Begin, and leave it to the test to let time pass."""
    task = asyncio.ensure_future(work)
    await settle()
    task.cancel()
