"""The figures of this moment, as a node counts them and tells them every five seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conf.clock import utc
from realtime.live import BEAT_SECONDS, BELIEVED, MOST_PARTIES, Kind, Live
from store.documents import LiveBeat
from store.sketches import bucket_of
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Node, Seat
from tests.fakes.seats import a_node, ask, seated

NOW_MS = 1_700_000_040_000.0
KINDS: tuple[Kind, ...] = ("chat", "reactions", "joins")


def told(live: Live, now_ms: float = NOW_MS, present: dict[str, int] | None = None) -> LiveBeat:
    return live.beat(now_ms, present=present or {}, is_live=lambda party_id: party_id != "lobby", drifts=())


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("pq"), st.integers(-90_000, 0))),
    st.lists(st.integers(0, 90_000), max_size=4),
)
def test_a_minute_is_the_last_sixty_seconds_whoever_asks_before(
    happened: list[tuple[Kind, str, int]], asked_before: list[int]
) -> None:
    live = Live("n")
    for kind, party_id, at in happened:
        live.count(kind, party_id, NOW_MS + at)
    for back in sorted(asked_before, reverse=True):
        told(live, NOW_MS - back)
    oldest = NOW_MS // 1000 - 59
    inside = [(kind, party_id) for kind, party_id, at in happened if (NOW_MS + at) // 1000 >= oldest]
    beat = told(live, present={"p": 1, "q": 1})
    for kind in KINDS:
        assert getattr(beat, kind) == sum(each == kind for each, _ in inside)
        for party in beat.parties:
            assert getattr(party, kind) == inside.count((kind, party.party_id))


@given(st.dictionaries(st.text("abc", min_size=1, max_size=6), st.integers(0, 5), max_size=2 * MOST_PARTIES))
def test_a_viewer_is_who_is_in_a_live_party(present: dict[str, int]) -> None:
    beat = told(Live("n"), present={**present, "lobby": 7})
    assert beat.viewers == sum(present.values())
    assert beat.live_parties == sum(count > 0 for count in present.values())
    counts = [party.viewers for party in beat.parties]
    assert counts == sorted(present.values(), reverse=True)[: min(MOST_PARTIES, beat.live_parties)]


def test_a_day_is_told_until_nothing_comes_to_it_any_more() -> None:
    live, midnight = Live("n"), datetime(2026, 11, 24, tzinfo=UTC)
    late_ms = midnight.timestamp() * 1000 - 1
    live.count("chat", "p", late_ms)
    (day,) = live.untold(late_ms)
    assert (day.id, day.day, day.chat, day.reactions, day.joins, day.whole) == (
        "2026-11-23:n",
        "2026-11-23",
        1,
        0,
        0,
        False,
    )
    live.told([day])
    assert live.untold(late_ms + 30_000) == []
    live.count("joins", "p", late_ms)
    live.count("joins", "p", late_ms + 1)
    assert [(each.day, each.joins) for each in live.untold(late_ms + 1)] == [("2026-11-23", 1), ("2026-11-24", 1)]
    over, today = live.untold(late_ms + 61_000)
    assert (over.whole, today.whole) == (True, False)
    live.told([over, today])
    assert live.untold(late_ms + 90_000) == []
    assert [(each.day, each.whole) for each in live.untold(late_ms + 90_000, ended=True)] == [("2026-11-24", True)]


async def now(clock: ManualClock, node: Node) -> LiveBeat:
    await clock.advance(BEAT_SECONDS)
    (beat,) = node.shelf.beats.beats.values()
    found: LiveBeat = beat
    return found


async def report(seat: Seat, drift_ms: float, state: str = "playing") -> None:
    seat.send(t="status", state=state, drift_ms=drift_ms, rtt_ms=20, position_ms=0)
    await settle()


@pytest.mark.gen_test
async def test_a_node_tells_what_it_sees() -> None:
    clock = ManualClock(NOW_MS)
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        gus, welcome = await seated(node, "Gus")
        lobby = await now(clock, node)
        assert (lobby.viewers, lobby.live_parties, lobby.joins) == (0, 0, 2)
        assert lobby.expires_at == utc(clock.now_ms()) + BELIEVED
        await ask(ann, t="play")
        for _ in range(3):
            await ask(ann, t="chat.send", body="a")
        assert (await ask(ann, t="react", emoji="👏"))["t"] == "ok"
        assert (await ask(gus, t="react", emoji="👏"))["t"] == "error"  # guests may not, where nobody said so
        assert (await ask(gus, t="chat.send", body=""))["t"] == "error"
        await report(ann, -12.0)
        await report(gus, 400.0)
        beat = await now(clock, node)
        assert (beat.viewers, beat.live_parties, beat.chat, beat.reactions, beat.joins) == (2, 1, 3, 1, 2)
        assert beat.drift == {str(bucket_of(12)): 1, str(bucket_of(400)): 1}
        (party,) = beat.parties
        assert (party.party_id, party.viewers, party.chat, party.reactions, party.joins) == (PARTY, 2, 3, 1, 2)
        again = Seat(node)  # the same session on a new line, while the old one still closes
        again.send(t="hello", guest="Gus", resume={"session": welcome["you"]["session"], "epoch": "", "seq": 0})
        await settle(40)
        assert len(again.take("welcome")) == 1
        assert (await now(clock, node)).viewers == 2
        again.drop()
        gus.drop()
        ann_only = await now(clock, node)
        assert (ann_only.viewers, ann_only.drift) == (1, {str(bucket_of(12)): 1})
        await clock.advance(60)
        silent = await now(clock, node)
        assert (silent.chat, silent.reactions, silent.joins, silent.drift) == (0, 0, 0, {})
        (day,) = node.shelf.beats.days.values()
        assert (day.chat, day.reactions, day.joins, day.whole) == (3, 1, 3, False)
    assert node.shelf.beats.beats == {}
    assert [day.whole for day in node.shelf.beats.days.values()] == [True]


@pytest.mark.gen_test
async def test_a_database_that_is_away_costs_a_beat_and_no_count() -> None:
    clock = ManualClock(NOW_MS)
    async with a_node(clock) as node:
        beats = node.shelf.beats
        beats.away = True
        ann, _ = await seated(node, "ann")
        assert (await ask(ann, t="chat.send", body="a"))["t"] == "ok"
        await clock.advance(2 * BEAT_SECONDS)
        assert (beats.beats, beats.days) == ({}, {})
        beats.away = False
        assert (await now(clock, node)).chat == 1
        (day,) = beats.days.values()
        assert (day.chat, day.joins) == (1, 1)
        beats.away = True
    assert [day.whole for day in beats.days.values()] == [False]  # it was not heard of any more


def test_three_beats_may_be_lost() -> None:
    assert timedelta(seconds=BEAT_SECONDS) * 4 <= BELIEVED
