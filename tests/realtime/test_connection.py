"""A connection against the whole node, without a socket and with a clock that the test moves: welcome and resume."""

import pytest

from realtime.party import commands as do
from realtime.party.context import Actor
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY
from tests.fakes.seats import Frame, a_node, ask, seated


@pytest.mark.gen_test
async def test_welcome_tells_who_you_are_and_where_the_party_is() -> None:
    async with a_node() as node:
        _, welcome = await seated(node, "ann", id="h1")
        assert welcome["id"] == "h1"
        assert {key: welcome["you"][key] for key in ("member_id", "user_id", "name", "role")} == {
            "member_id": "ann",
            "user_id": "ann",
            "name": "ann",
            "role": "host",
        }
        assert (welcome["seq"], welcome["resumed"], welcome["missed"], welcome["heartbeat_ms"]) == (2, False, [], 15000)
        assert welcome["party"]["video"]["title"] == "The Film"
        assert welcome["party"]["members"][0]["status"] == "idle"


@pytest.mark.gen_test
async def test_members_see_each_others_events_in_order_and_without_a_gap() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        gus, welcome = await seated(node, "Gus")
        ann.send(t="play", id="1")
        gus.send(t="chat.send", body="hello", id="1")
        ann.send(t="seek", position_ms=30_000, id="2")
        await settle(60)
        shown = [frame for frame in gus.take() if "seq" in frame and frame["t"] != "ok"]
        assert [frame["t"] for frame in shown] == ["party.started", "playback", "chat", "playback"]
        assert [frame["seq"] for frame in shown] == [welcome["seq"] + n for n in (1, 2, 3, 4)]
        assert [frame["cause"] for frame in shown if frame["t"] == "playback"] == ["play", "seek"]
        assert [frame["id"] for frame in ann.take("ok")] == ["1", "2"]


@pytest.mark.gen_test
async def test_the_events_of_a_command_come_before_its_ok() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        ann.send(t="play", id="1")
        await settle(40)
        assert [frame["t"] for frame in ann.take("party.started", "playback", "ok")] == [
            "party.started",
            "playback",
            "ok",
        ]


@pytest.mark.gen_test
async def test_a_dropped_client_resumes_with_exactly_what_it_missed() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        watcher, _ = await seated(node, "Wat")
        gus, welcome = await seated(node, "Gus")
        gus.drop()
        for n in range(5):
            await ask(ann, t="chat.send", body=f"while away {n}")
        gus, again = await seated(
            node,
            "Gus",
            resume={"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]},
        )
        assert again["resumed"]
        assert again["you"]["member_id"] == welcome["you"]["member_id"]
        assert again["missed"] == [frame for frame in watcher.take() if frame.get("seq", 0) > welcome["seq"]]
        await ask(ann, t="chat.send", body="and now")
        assert [frame["seq"] for frame in gus.take("chat")] == [again["seq"] + 1]


@pytest.mark.gen_test
async def test_a_reconnect_writes_nothing_into_the_log() -> None:
    async with a_node() as node:
        _, welcome = await seated(node, "Gus")
        before = len(node.shelf.log.all(PARTY))
        for _ in range(5):
            resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
            _, welcome = await seated(node, "Gus", resume=resume)
        assert len(node.shelf.log.all(PARTY)) == before


@pytest.mark.gen_test
async def test_resume_works_over_a_restart_and_a_retried_command_has_effect_once() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, welcome = await seated(node, "ann")
        ann.send(t="chat.send", body="once", id="c1")
        await settle(40)
        seq = ann.take("ok")[0]["seq"]
        shelf = node.shelf
    async with a_node(clock, shelf) as node:
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        ann, again = await seated(node, "ann", resume=resume)
        assert (again["resumed"], [frame["t"] for frame in again["missed"]]) == (True, ["chat"])
        ann.send(t="chat.send", body="once", id="c1")
        await settle(40)
        assert ann.take("ok")[0]["seq"] == seq
        assert [record.type for record in shelf.log.all(PARTY)].count("chat.sent") == 1


@pytest.mark.gen_test
async def test_the_same_id_from_two_sessions_is_two_commands() -> None:
    async with a_node() as node:
        first, _ = await seated(node, "ann")
        second, _ = await seated(node, "ann")
        assert (await ask(first, t="chat.send", body="one"))["seq"] != (await ask(second, t="chat.send", body="two"))[
            "seq"
        ]


@pytest.mark.parametrize(
    "spoil",
    [
        {"epoch": "another"},
        {"seq": 10**6},
        {"session": "forged.ann..0000"},
        {"session": ""},
    ],
    ids=["another epoch", "beyond the log", "a forged session", "no session"],
)
@pytest.mark.gen_test
async def test_what_cannot_be_resumed_wholly_is_not_resumed_at_all(spoil: Frame) -> None:
    async with a_node() as node:
        ann, welcome = await seated(node, "ann")
        await ask(ann, t="chat.send", body="x")
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]} | spoil
        _, again = await seated(node, "ann", resume=resume)
        assert (again["resumed"], again["missed"]) == (False, [])
        assert again["seq"] == welcome["seq"] + 1


@pytest.mark.gen_test
async def test_a_gap_of_500_is_resumed_and_one_of_501_is_not() -> None:
    async with a_node() as node:
        _, welcome = await seated(node, "ann")
        for n in range(500):
            await node.engine.submit(PARTY, do.Say(body=str(n)), actor=Actor(user_id="ann", name="ann"))
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        _, again = await seated(node, "ann", resume=resume)
        assert again["resumed"]
        assert [frame["seq"] for frame in again["missed"]] == list(range(3, 503))
        _, again = await seated(node, "ann", resume=resume | {"seq": 1})
        assert (again["resumed"], again["missed"]) == (False, [])


@pytest.mark.gen_test
async def test_a_resync_is_answered_like_hello() -> None:
    async with a_node() as node:
        ann, welcome = await seated(node, "ann")
        for n in range(3):
            await ask(ann, t="chat.send", body=str(n))
        ann.take()
        ann.send(t="resync", seq=welcome["seq"] + 1, id="r")
        await settle(40)
        (again,) = ann.take("welcome")
        assert (again["id"], again["resumed"], [frame["seq"] for frame in again["missed"]]) == ("r", True, [4, 5])
        await ask(ann, t="chat.send", body="after")
        assert [frame["seq"] for frame in ann.take("chat")] == [6]


@pytest.mark.gen_test
async def test_the_same_session_again_closes_the_older_connection() -> None:
    async with a_node() as node:
        old, welcome = await seated(node, "ann")
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        new, _ = await seated(node, "ann", resume=resume)
        assert (old.code, new.code) == (4509, None)
        old.drop()
        assert node.presence.count(PARTY) == 1


@pytest.mark.gen_test
async def test_somebody_elses_session_is_not_taken_over() -> None:
    async with a_node() as node:
        ann, welcome = await seated(node, "ann")
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        _, guest = await seated(node, "Mallory", resume=resume)
        _, other = await seated(node, "bob", resume=resume)
        assert ann.code is None
        assert not guest["resumed"]
        assert not other["resumed"]
        assert guest["you"]["member_id"] != "ann"
        assert other["you"]["member_id"] == "bob"


@pytest.mark.gen_test
async def test_nobody_is_sent_back_in_time_by_a_node_that_has_not_heard_of_what_they_know() -> None:
    """Split rooms: the bus has lost what the other node wrote, and the client was told of it there."""
    async with a_node() as one, a_node(one.clock, one.shelf) as two:  # each with a bus of its own
        ann, welcome = await seated(one, "ann")
        assert (await two.engine.state(PARTY)).seq == welcome["seq"]
        await ask(ann, t="chat.send", body="only here")
        ann.drop()
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"] + 1}
        _, again = await seated(two, "ann", resume=resume)
        assert (again["seq"], again["resumed"], again["missed"]) == (welcome["seq"] + 1, True, [])
