import asyncio
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.blocks import NONE
from realtime.bus import Message
from realtime.facts import StoredFacts
from realtime.limits import Strikes, TokenBucket
from realtime.names import clean_name
from realtime.party import commands as do
from realtime.party.context import SYSTEM
from realtime.party.refused import Refused
from realtime.presence import Presence
from realtime.protocol import StatusReport
from realtime.records import to_record
from realtime.room import Room
from realtime.sessions import SessionId, Sessions
from realtime.telemetry import Recorder
from realtime.windows import Window
from realtime.wire import Outgoing, Piece
from store.documents import TelemetryEvent
from store.documents import Video as StoredVideo
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import Node
from tests.fakes.party import Stage, user
from tests.fakes.storage import MemoryBlocking, MemoryEvents


@given(st.lists(st.floats(0, 5_000), max_size=100))
def test_a_bucket_never_lets_more_through_than_its_rate_and_burst(gaps_ms: list[float]) -> None:
    bucket, now_ms, passed = TokenBucket(10, 30, 0), 0.0, 0
    for gap_ms in gaps_ms:
        now_ms += gap_ms
        passed += bucket.take(now_ms) == 0
        assert passed <= 30 + 10 * now_ms / 1000 + 1e-6


def test_a_bucket_says_how_long_to_wait_and_keeps_its_word() -> None:
    bucket = TokenBucket(10, 1, 0)
    assert bucket.take(0) == 0
    wait_ms = bucket.take(10)
    assert bucket.take(10 + wait_ms + 0.001) == 0


def test_strikes_count_within_their_window_only() -> None:
    strikes = Strikes(3, 1_000)
    assert [strikes.strike(at) for at in (0, 400, 800, 1_500, 1_600, 1_700)] == [False, False, True, False, True, True]


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N"])), st.binary(min_size=1, max_size=64))
def test_a_session_is_read_with_its_key_and_with_no_other(name: str, key: bytes) -> None:
    session = SessionId(session_id="s" + name, guest_id="g" + name)
    written = Sessions(key).write(session)
    assert Sessions(key).read(written) == session
    assert Sessions(key + b"x").read(written) is None


@given(st.text(max_size=200))
def test_nothing_else_is_a_session(text: str) -> None:
    assert Sessions(b"key").read(text) is None


def test_a_session_cannot_be_given_to_somebody_else() -> None:
    sessions = Sessions(b"key")
    written = sessions.write(SessionId(session_id="s", user_id="bob"))
    assert sessions.read(written.replace("bob", "ann")) is None


@given(st.text(max_size=100))
def test_a_clean_name_is_one_visible_line_or_nothing(text: str) -> None:
    name = clean_name(text)
    if name is not None:
        assert 0 < len(name) <= 40
        assert name == clean_name(name)
        assert not {"\n", "\x00", "\u202e", "\u200b"} & set(name)


def test_presence_shows_the_connection_that_spoke_last_and_keeps_a_member_until_the_last_one_goes() -> None:
    presence = Presence()
    presence.enter("p", "ann", "tab", 1)
    presence.enter("p", "ann", "phone", 2)
    presence.report("p", "ann", "tab", StatusReport(state="playing", rtt_ms=30), 3)
    presence.report("p", "ann", "phone", StatusReport(state="buffering", rtt_ms=900), 4)
    assert presence.statuses("p")["ann"]["status"] == "buffering"
    assert (presence.count("p"), presence.highest_rtt_ms("p")) == (1, 900)
    presence.leave("p", "ann", "phone")
    presence.leave("p", "ann", "phone")
    assert presence.statuses("p")["ann"]["status"] == "playing"
    assert presence.highest_rtt_ms("p") == 30
    presence.report("p", "ann", "phone", StatusReport(state="error"), 9)
    assert presence.statuses("p")["ann"]["status"] == "playing"
    presence.leave("p", "ann", "tab")
    assert (presence.count("p"), presence.connected("p"), presence.highest_rtt_ms("p")) == (0, frozenset(), 0)
    assert presence.changes("p") == [{"id": "ann", "status": "offline", "drift_ms": None, "rtt_ms": None}]
    assert presence.changes("p") == []


@pytest.mark.gen_test
async def test_a_window_flushes_once_for_many_touches_and_never_without_one() -> None:
    clock, flushed = ManualClock(), []
    window = Window(clock, 0.25, flushed.append)
    for _ in range(5):
        window.touch("a")
    window.touch("b")
    await settle()
    await clock.advance(0.24)
    assert flushed == []
    await clock.advance(0.02)
    assert sorted(flushed) == ["a", "b"]
    await clock.advance(10)
    window.touch("a")
    await window.close()
    assert len(flushed) == 2


@pytest.mark.gen_test
async def test_a_closed_window_does_not_open_again() -> None:
    clock = ManualClock()
    flushed: list[str] = []
    window = Window(clock, 0.25, flushed.append)
    window.touch("a")
    await window.close()
    window.touch("b")
    await clock.advance(1)
    assert (flushed, len(asyncio.all_tasks())) == ([], 1)


def event(n: int) -> TelemetryEvent:
    return TelemetryEvent(event_id=f"{n:032x}", type="party.joined", at_ms=n, received_ms=n)


@pytest.mark.gen_test
async def test_a_recorder_holds_events_until_storage_takes_them() -> None:
    clock, events = ManualClock(), MemoryEvents()
    events.lose = 3
    recorder = Recorder(events, clock)
    for n in range(1_200):
        recorder.record(event(n))
    await settle()
    assert events.rows == {}
    for _ in range(4):
        await clock.advance(1)
    assert len(events.rows) == 1_200
    await recorder.close()


@pytest.mark.gen_test
async def test_a_recorder_that_must_stop_says_what_it_lost(logs: ExpectedLogs) -> None:
    events = MemoryEvents()
    events.lose = 10**6
    recorder = Recorder(events, ManualClock())
    recorder.record(event(1))
    await settle()
    with logs.expect("events_lost"):
        await recorder.close(seconds=0.01)
    await asyncio.sleep(0)


def test_a_room_gives_what_came_after_a_seq_wholly_or_not_at_all() -> None:
    stage = Stage()
    for n in range(600):
        stage.act(do.Say(body=str(n)), user("ann"))
    room = Room("party")
    for entry in stage.entries:
        room.follow(to_record(entry, event_id=f"e{entry.seq}", actor=SYSTEM, command_id=None, state=None))
    assert room.seq == 602
    assert [encoded.seq for encoded in room.after(600) or ()] == [601, 602]
    assert room.after(602) == []
    assert len(room.after(102) or ()) == 500
    assert room.after(101) is None
    assert room.after(603) is None


class Ear:
    """Satisfies `realtime.hub.Listener`."""

    def __init__(self, member_id: str) -> None:
        self.member_id = self.session_id = member_id
        self.family: str | None = None
        self.position: int | None = None
        self.leaving = False
        self.blocks = NONE
        self.heard: list[bytes] = []

    def deliver(self, outgoing: Outgoing) -> None:
        self.heard.append(outgoing.payload)

    def put(self, piece: Piece) -> bool:
        self.heard += [outgoing.payload for outgoing in piece.frames]
        return False

    def look_behind(self) -> None: ...

    def tick(self, now_ms: float, top_seq: int | None) -> None: ...

    def close(self, code: int) -> None: ...

    async def renew_blocks(self) -> None: ...


@pytest.mark.gen_test
async def test_a_listener_counts_from_its_welcome_even_where_the_channel_lags() -> None:
    node = Node(ManualClock())
    early, late = Ear("early"), Ear("late")
    node.hub.attach("p", early)
    node.hub.welcome("p", early, 3)
    node.hub.attach("p", late)
    node.bus.publish(Message(party_id="p", frame=b"2", seq=2))
    node.hub.welcome("p", late, 5)
    for seq in (4, 5, 5, 6, 6, 4, 7):
        node.bus.publish(Message(party_id="p", frame=str(seq).encode(), seq=seq))
    node.bus.publish(Message(party_id="p", frame=b"presence"))
    assert early.heard == [b"4", b"5", b"6", b"7", b"presence"]
    assert late.heard == [b"6", b"7", b"presence"]
    await settle()
    await node.close()


@pytest.mark.gen_test
async def test_a_listener_without_a_welcome_hears_nothing() -> None:
    node = Node(ManualClock())
    ear = Ear("ear")
    node.hub.attach("p", ear)
    node.bus.publish(Message(party_id="p", frame=b"1", seq=1))
    node.bus.publish(Message(party_id="p", frame=b"presence"))
    assert ear.heard == []
    await node.close()


class Shelved:
    """Satisfies `realtime.facts.VisibleVideos`."""

    def __init__(self, *videos: StoredVideo) -> None:
        self._videos = {video.id: video for video in videos}

    async def visible(self, video_id: str, user_id: str | None) -> StoredVideo | None:
        found = self._videos.get(video_id)
        return found if found and user_id == found.uploader_id else None


def stored(video_id: str, status: Literal["ready", "processing"]) -> StoredVideo:
    return StoredVideo(
        id=video_id,
        title="Film",
        uploader_id="ann",
        source="upload",
        status=status,
        duration_ms=5,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.gen_test
async def test_a_party_is_told_of_videos_that_are_ready_and_may_be_seen() -> None:
    facts = StoredFacts(Shelved(stored("done", "ready"), stored("cooking", "processing")), MemoryBlocking())
    found = await facts.video("done", "ann")
    assert found is not None
    assert (found.title, found.duration_ms, found.stream_url) == ("Film", 5, "/api/v1/videos/done/stream")
    assert found.uploader_id == "ann"
    assert await facts.video("done", "bob") is None
    assert await facts.video("nothing", "ann") is None
    with pytest.raises(Refused) as refused:
        await facts.video("cooking", "ann")
    assert refused.value.code == "not_ready"
