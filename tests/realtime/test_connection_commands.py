"""What a connection asks, is told and is remembered for."""

import pytest

from store.errors import Unavailable
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY
from tests.fakes.seats import a_node, ask, seated


@pytest.mark.gen_test
async def test_storage_away_during_a_command_is_an_error_that_may_be_retried() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        node.shelf.log.lose_after = 1
        ann.send(t="chat.send", body="hm", id="c")
        await settle(40)
        (reply,) = ann.take("error")
        assert (reply["code"], reply["id"], ann.code) == ("unavailable", "c", None)
        assert reply["retry_after_ms"] > 0
        ann.send(t="chat.send", body="hm", id="c")
        await settle(40)
        assert ann.take("ok")[0]["seq"] == 3
        assert [record.type for record in node.shelf.log.all(PARTY)].count("chat.sent") == 1


@pytest.mark.gen_test
async def test_a_refused_command_is_an_error_with_its_id_and_changes_nothing() -> None:
    async with a_node() as node:
        gus, _ = await seated(node, "Gus")
        before = await node.engine.state(PARTY)
        reply = await ask(gus, t="play")
        assert reply["code"] == "forbidden"
        assert (await ask(gus, t="queue.remove", item_id="x"))["code"] == "forbidden"
        assert await node.engine.state(PARTY) == before


@pytest.mark.gen_test
async def test_commands_of_one_member_take_effect_in_their_order_even_when_facts_are_slow() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        ann.send(t="queue.add", video_id="short", id="1")
        ann.send(t="skip", id="2")
        ann.send(t="play", id="3")
        await settle(80)
        assert [(frame["id"], frame["t"]) for frame in ann.take("ok", "error")] == [
            ("1", "ok"),
            ("2", "ok"),
            ("3", "ok"),
        ]


@pytest.mark.gen_test
async def test_commands_that_one_member_sends_at_once_share_a_commit_and_keep_their_order() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        before = node.shelf.log.appends
        for number in range(20):
            ann.send(t="chat.send", body=f"word {number}", id=str(number))
        await settle(40)
        assert [frame["id"] for frame in ann.take("ok")] == [str(number) for number in range(20)]
        assert [frame["message"]["body"] for frame in ann.take("chat")] == [f"word {number}" for number in range(20)]
        assert node.shelf.log.appends - before == 1


@pytest.mark.gen_test
async def test_a_video_that_cannot_be_looked_up_fails_its_own_command_and_holds_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(video_id: str, user_id: str | None) -> None:
        raise Unavailable("no facts now")

    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        monkeypatch.setattr(node.shelf.facts, "video", away)
        ann.send(t="chat.send", body="before", id="1")
        ann.send(t="queue.add", video_id="short", id="2")
        ann.send(t="chat.send", body="behind", id="3")
        await settle(60)
        answers = [(frame["id"], frame.get("code")) for frame in ann.take("ok", "error")]
        assert answers == [("1", None), ("2", "unavailable"), ("3", None)]


@pytest.mark.gen_test
async def test_statuses_are_told_together_once_in_a_quarter_of_a_second() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        gus, welcome = await seated(node, "Gus")
        await clock.advance(0.3)
        ann.take()
        for drift_ms in (50, 20, 3):
            gus.send(t="status", state="playing", drift_ms=drift_ms, rtt_ms=40, position_ms=5)
        await settle()
        await clock.advance(0.2)
        assert ann.take("presence") == []
        await clock.advance(0.1)
        (presence,) = ann.take("presence")
        assert presence["members"] == [
            {"id": welcome["you"]["member_id"], "status": "playing", "drift_ms": 3, "rtt_ms": 40}
        ]
        gus.drop()
        await settle()
        await clock.advance(0.3)
        assert ann.take("presence")[0]["members"][0]["status"] == "offline"


@pytest.mark.gen_test
async def test_a_start_waits_for_the_slowest_member() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        gus, _ = await seated(node, "Gus")
        gus.send(t="status", state="paused", rtt_ms=300)
        await ask(ann, t="play")
        assert ann.take("playback")[0]["playback"]["at_ms"] == clock.now_ms() + 600


@pytest.mark.gen_test
async def test_reactions_are_counted_for_200_ms_and_told_with_the_position() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        gus, _ = await seated(node, "Gus")
        await ask(ann, t="settings", emotes={"wow": "🤯"})
        ann.send(t="react", emoji=":who:", id="r")
        ann.send(t="react", emoji="nope", id="r")
        await settle()
        assert [(answer["code"], answer["path"]) for answer in ann.take("error")] == [("invalid", "emoji")] * 2
        for seat in (ann, bob):
            seat.send(t="react", emoji="😂")
            seat.send(t="react", emoji=":wow:")
        gus.send(t="react", emoji="😂", id="r")
        await settle()
        await clock.advance(0.25)
        assert gus.take("reactions") == [{"t": "reactions", "counts": {"😂": 2, ":wow:": 2}, "position_ms": 0}]
        assert gus.take("error")[0]["code"] == "forbidden"
        await clock.advance(1)
        assert [event.fields["emoji"] for event in node.shelf.events.of("reaction.sent")].count("😂") == 2


@pytest.mark.gen_test
async def test_what_leaves_no_trace_is_acknowledged_where_it_has_an_id() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        for frame in ({"t": "react", "emoji": "😂"}, {"t": "typing"}, {"t": "status", "state": "playing"}):
            ann.send(**frame)
            ann.send(**frame, id=frame["t"])
            await settle()
            assert ann.take("ok", "error") == [{"t": "ok", "seq": 2, "id": frame["t"]}]


@pytest.mark.gen_test
async def test_nobody_is_told_that_somebody_types_whose_words_would_be_refused() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        await ask(ann, t="member.mute", member_id="bob", minutes=5)
        assert (await ask(bob, t="typing"))["code"] == "muted"
        await ask(ann, t="member.unmute", member_id="bob")
        await ask(ann, t="settings", chat=False, reactions=False)
        assert (await ask(bob, t="typing"))["code"] == "forbidden"
        assert (await ask(bob, t="react", emoji="😂"))["code"] == "forbidden"
        assert ann.take("typing", "reactions") == []
        assert (await ask(ann, t="typing"))["t"] == "ok"


@pytest.mark.gen_test
async def test_typing_is_told_to_the_others() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        gus, _ = await seated(node, "Gus")
        ann.send(t="typing")
        await settle(40)
        assert gus.take("typing") == [{"t": "typing", "member_id": "ann"}]


@pytest.mark.gen_test
async def test_telemetry_is_acknowledged_when_it_is_durable_and_counted_once() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann", client={"name": "web", "version": "1.0", "device": "desktop"})
        ann.send(t="clock", t0=node.clock.now_ms() - 10_000)
        watched = {
            "event_id": "A" * 32,
            "type": "view.watched",
            "watched_ms": 9_000,
            "at_ms": node.clock.now_ms() - 11_000,
        }
        other = {"event_id": "b" * 32, "type": "view.started", "startup_ms": 80, "video_id": "somebody-elses"}
        reply = await ask(ann, t="telemetry", events=[watched, other])
        assert (reply["accepted"], reply["duplicate"]) == (2, 0)
        reply = await ask(ann, t="telemetry", events=[watched])
        assert (reply["accepted"], reply["duplicate"]) == (0, 1)
        (row,) = node.shelf.events.of("view.watched")
        assert (row.event_id, row.party_id, row.video_id, row.user_id) == ("a" * 32, PARTY, "film", "ann")
        assert (row.at_ms, row.sent_at_ms) == (node.clock.now_ms() - 1_000, node.clock.now_ms() - 11_000)
        assert (row.client, row.device, row.fields) == ("web/1.0", "desktop", {"watched_ms": 9_000})
        assert node.shelf.events.of("view.started")[0].video_id == "film"


@pytest.mark.gen_test
async def test_telemetry_that_could_not_be_stored_is_not_acknowledged() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        node.shelf.events.lose = 10**6
        event = {"event_id": "c" * 32, "type": "view.ended"}
        assert (await ask(ann, t="telemetry", events=[event]))["code"] == "unavailable"
        node.shelf.events.lose = 0
        assert (await ask(ann, t="telemetry", events=[event]))["accepted"] == 1


@pytest.mark.gen_test
async def test_connections_come_and_go_in_the_analytics_with_their_session() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        node.shelf.events.lose = 3  # storage is away at first: nothing is lost for that
        gus, welcome = await seated(node, "Gus", client={"device": "phone"})
        await clock.advance(5)
        gus.drop()
        await clock.advance(1)
        (joined,), (left,) = node.shelf.events.of("party.joined"), node.shelf.events.of("party.left")
        assert joined.guest_id == left.guest_id == welcome["you"]["member_id"]
        assert joined.session_id == left.session_id
        assert joined.fields["connection_id"] == left.fields["connection_id"]
        assert left.at_ms - joined.at_ms == 5_000
        assert (joined.device, joined.video_id) == ("phone", "film")
