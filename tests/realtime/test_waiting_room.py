"""The waiting room at work: who waits outside is told so, is shown to those who may answer, and nothing of the party to them."""

import pytest

from realtime.knocks import KNOCKS_PER_SECOND, MOST_KNOCKING
from realtime.session import SILENCE_MS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.doors import TOLD, guarded, knock, list_of, outside
from tests.fakes.node import PARTY, Node
from tests.fakes.seats import ask, seated


@pytest.mark.gen_test
async def test_who_knocks_is_told_that_they_wait_and_hears_nothing_of_the_party() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        gus, told = await outside(node, "Gus", id="h")
        assert told.keys() == {"t", "id", "you", "now_ms", "heartbeat_ms"}
        assert told["you"].keys() == {"member_id", "user_id", "name", "session"}
        await ask(ann, t="chat.send", body="a secret")
        await ask(ann, t="react", emoji="😂")
        await ask(ann, t="play")
        node.hub.announce({"t": "notice", "id": "n", "text": "to all", "at_ms": 1})
        await clock.advance(2)
        for frame in ({"t": "resync", "seq": 0}, {"t": "chat.send", "body": "hi"}, {"t": "approve", "member_id": "x"}):
            gus.send(**frame)
        await settle(40)
        assert [answer["code"] for answer in gus.take("error")] == ["not_ready"] * 3
        gus.send(t="clock", t0=1)
        assert {frame["t"] for frame in gus.take()} == {"clock"}
        state = await node.engine.state(PARTY)
        assert list(state.members) == ["ann"]
        assert node.presence.connected(PARTY) == {"ann"}


@pytest.mark.gen_test
async def test_a_moderator_sees_who_waits_and_lets_them_in_with_the_usual_welcome() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        gus, told = await outside(node, "Gus")
        await clock.advance(0.1)
        cat, _ = await outside(node, "cat")
        assert await list_of(clock, ann) == ["Gus", "cat"]
        member_id = told["you"]["member_id"]
        assert (await ask(ann, t="approve", member_id=member_id))["t"] == "ok"
        (answer,) = ann.take("approval")
        assert (answer["by"], answer["member_id"], answer["approved"]) == ("ann", member_id, True)
        (welcome,) = gus.take("welcome")
        assert (welcome["you"]["member_id"], welcome["party"]["knocking"]) == (member_id, [])
        assert await list_of(clock, ann) == ["cat"]
        assert cat.take() == []
        assert (await ask(gus, t="chat.send", body="thanks"))["t"] == "ok"


@pytest.mark.gen_test
async def test_who_is_denied_is_closed_with_4503_and_comes_in_no_more_for_a_while() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        cat, _ = await outside(node, "cat")
        assert (await ask(ann, t="deny", member_id="cat"))["t"] == "ok"
        assert (cat.code, cat.take("welcome", "approval")) == (4503, [])
        cat.drop()
        assert await list_of(clock, ann) == []
        assert (await knock(node, "cat")).code == 4503


@pytest.mark.gen_test
async def test_members_who_do_not_moderate_are_not_shown_who_waits_until_they_do() -> None:
    clock = ManualClock()
    async with guarded(clock, approval="off") as (node, ann):
        bob, _ = await seated(node, "bob")
        await ask(ann, t="settings", approval="everyone")
        await outside(node, "cat")
        await clock.advance(TOLD)
        assert bob.take("knocks") == []
        again, welcome = await seated(node, "bob")
        assert welcome["party"]["knocking"] == []
        await ask(ann, t="member.role", member_id="bob", role="moderator")
        assert await list_of(clock, again) == ["cat"]
        _, welcome = await seated(node, "bob")
        assert [person["id"] for person in welcome["party"]["knocking"]] == ["cat"]


@pytest.mark.gen_test
async def test_a_knock_is_gone_with_the_connection_and_leaves_no_ghost() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        cat, _ = await outside(node, "cat")
        second, _ = await outside(node, "cat")
        assert await list_of(clock, ann) == ["cat"]
        cat.drop()
        await clock.advance(TOLD)
        assert ann.take("knocks") == [], "the other tab still waits"
        second.send(t="leave")
        assert second.code == 1000
        second.drop()
        assert await list_of(clock, ann) == []
        silent, _ = await outside(node, "dan")
        for _ in range(int(SILENCE_MS / 10_000) + 1):
            ann.send(t="ping")
            await clock.advance(10)
        assert silent.code == 4008
        silent.drop()
        assert await list_of(clock, ann) == []


@pytest.mark.gen_test
async def test_an_approval_that_comes_while_they_are_away_lets_them_in_when_they_are_back() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        gus, told = await outside(node, "Gus")
        gus.drop()
        await ask(ann, t="approve", member_id=told["you"]["member_id"])
        resume = {"session": told["you"]["session"], "epoch": "", "seq": 0}
        _, welcome = await seated(node, "Gus", resume=resume)
        assert (welcome["you"]["member_id"], welcome["resumed"]) == (told["you"]["member_id"], False)


@pytest.mark.gen_test
async def test_opening_the_door_lets_in_everybody_who_waits() -> None:
    clock = ManualClock()
    async with guarded(clock, approval="everyone") as (node, ann):
        gus, _ = await outside(node, "Gus")
        cat, _ = await outside(node, "cat")
        await ask(ann, t="settings", approval="guests")
        assert (len(cat.take("welcome")), gus.take("welcome")) == (1, [])
        await ask(ann, t="settings", approval="off")
        assert len(gus.take("welcome")) == 1
        assert await list_of(clock, ann) == []


@pytest.mark.gen_test
async def test_all_doors_are_looked_at_again_when_somebody_is_let_in() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        cat, _ = await outside(node, "cat")
        dan, _ = await outside(node, "dan")
        eve, _ = await outside(node, "eve")
        await ask(ann, t="settings", max_members=1)
        await ask(ann, t="approve", member_id="cat")
        assert cat.code == 1013, "full: they may come again, and need nobody's answer then"
        await ask(ann, t="settings", max_members=5, password="sesame")
        await ask(ann, t="approve", member_id="dan")
        assert dan.code == 4503
        await ask(ann, t="settings", password=None)
        node.shelf.blocking.pairs.add(("ann", "eve"))
        await node.hub.blocks_changed("ann", "eve")
        assert eve.code == 4503
        for seat in (cat, dan, eve):
            seat.drop()
        await seated(node, "cat")
        await ask(ann, t="approve", member_id="eve")
        assert (await knock(node, "eve")).code == 4503


@pytest.mark.gen_test
async def test_blocked_and_banned_people_never_get_to_knock() -> None:
    clock = ManualClock()
    async with guarded(clock, approval="off") as (node, ann):
        cat, _ = await seated(node, "cat")
        await ask(ann, t="member.ban", member_id="cat")
        cat.drop()
        await ask(ann, t="settings", approval="everyone")
        node.shelf.blocking.pairs.add(("ann", "dan"))
        for name in ("cat", "dan"):
            seat = await knock(node, name)
            assert (seat.code, seat.take("outside")) == (4503, [])
        await clock.advance(TOLD)
        assert ann.take("knocks") == []


@pytest.mark.gen_test
async def test_an_invite_that_names_them_goes_past_the_waiting_room_and_a_password_does_not() -> None:
    clock = ManualClock()
    async with guarded(clock, password="sesame") as (node, ann):
        seat, _ = await outside(node, "cat", password="sesame")
        await ask(ann, t="approve", member_id="cat")
        assert len(seat.take("welcome")) == 1, "the password that they gave is looked at again"
        await seated(node, "dan", invite="invite-dan")
        assert (await knock(node, "eve")).code == 4503
        assert "invite-eve" not in node.shelf.doors.used


@pytest.mark.gen_test
async def test_of_two_moderators_who_answer_at_once_the_log_lets_one_decide() -> None:
    clock = ManualClock()
    async with guarded(clock, approval="off") as (node, ann):
        bob, _ = await seated(node, "bob")
        await ask(ann, t="member.role", member_id="bob", role="moderator")
        await ask(ann, t="settings", approval="everyone")
        two = Node(clock, node.shelf, node.bus)
        two.start()
        eve, _ = await seated(two, "ann")
        cat, _ = await outside(node, "cat")
        bob.send(t="approve", member_id="cat", id="a")
        eve.send(t="deny", member_id="cat", id="d")
        await settle(80)
        answers = [*bob.take("ok", "error"), *eve.take("ok", "error")]
        assert sorted(answer["t"] for answer in answers) == ["error", "ok"]
        assert next(answer["code"] for answer in answers if answer["t"] == "error") == "conflict"
        assert [record.type for record in node.shelf.log.all(PARTY)].count("knock.answered") == 1
        approved = next(answer["id"] for answer in answers if answer["t"] == "ok") == "a"
        assert (len(cat.take("welcome")), cat.code) == ((1, None) if approved else (0, 4503))
        await two.close()


@pytest.mark.gen_test
async def test_no_more_than_fifty_wait_and_new_ones_come_no_faster_than_two_a_second() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        seats = [await knock(node, f"Guest{n}") for n in range(MOST_KNOCKING + 1)]
        assert [seat.code for seat in seats] == [None] * MOST_KNOCKING + [1013]
        for seat in seats[:5]:
            seat.drop()
        assert (await knock(node, "Late")).code == 1013, "there is room, but they come too fast"
        await clock.advance(1 / KNOCKS_PER_SECOND)
        assert (await knock(node, "Late")).code is None
        assert len(await list_of(clock, ann)) == MOST_KNOCKING - 4


@pytest.mark.gen_test
async def test_the_end_of_the_party_sends_home_who_waits() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        cat, _ = await outside(node, "cat")
        await ask(ann, t="end")
        await clock.advance(1.1)
        assert (cat.code, cat.take("party.ended")) == (4510, [])


@pytest.mark.gen_test
async def test_a_connection_that_waits_lives_by_heartbeats_and_is_told_when_its_credential_runs_out() -> None:
    clock = ManualClock()
    async with guarded(clock) as (node, ann):
        node.shelf.credentials.expires_ms = clock.now_ms() + 60_000
        cat, _ = await outside(node, "cat")
        for _ in range(5):
            await clock.advance(11)
            cat.send(t="ping")
            ann.send(t="ping")
            await settle()
        assert cat.code is None
        assert "top" not in {frame["t"] for frame in cat.take()}
        await clock.advance(6)
        assert cat.code == 4031
