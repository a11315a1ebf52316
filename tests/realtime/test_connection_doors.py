"""Who is let in to a party, and who is shown out."""

import pytest

from realtime.hub import LAST_WORDS_SECONDS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Seat
from tests.fakes.seats import Frame, a_node, ask, seated

CLOSED_DOORS: dict[str, tuple[Frame, int]] = {
    "a wrong token": ({"token": "nonsense"}, 4501),
    "a guest without a name that shows": ({"guest": "\u200b\u202e"}, 4501),
}


@pytest.mark.parametrize(("hello", "code"), CLOSED_DOORS.values(), ids=CLOSED_DOORS)
@pytest.mark.gen_test
async def test_who_is_nobody_is_turned_away(hello: Frame, code: int) -> None:
    async with a_node() as node:
        seat = Seat(node)
        seat.send(t="hello", **hello)
        await settle(40)
        assert seat.code == code
        assert (await node.engine.state(PARTY)).seq == 1
        seat.drop()


@pytest.mark.gen_test
async def test_an_unknown_party_is_4504() -> None:
    async with a_node() as node:
        for reference in ("f" * 32, "ZZZZ9999"):
            seat = Seat(node, reference)
            seat.send(t="hello", guest="Gus")
            await settle(40)
            assert seat.code == 4504


@pytest.mark.gen_test
async def test_a_password_opens_and_its_absence_does_not() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        assert (await ask(ann, t="settings", password="sesame"))["t"] == "ok"
        for hello in ({}, {"password": "wrong"}, {"invite": "stolen"}):
            seat = Seat(node)
            seat.send(t="hello", guest="Gus", **hello)
            await settle(40)
            assert seat.code == 4503
            seat.drop()
        _, welcome = await seated(node, "Gus", password="sesame")
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        await seated(node, "Gus", resume=resume)  # a member needs no password to come back
        await seated(node, "cat", invite="invite-cat")


@pytest.mark.gen_test
async def test_whoever_is_turned_away_has_not_used_their_invite() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        assert (await ask(ann, t="settings", password="sesame", max_members=1))["t"] == "ok"
        seat = Seat(node)
        seat.send(t="hello", token="token-cat", invite="invite-cat")
        await settle(40)
        assert seat.code is not None
        assert (await ask(ann, t="settings", max_members=2))["t"] == "ok"
        await seated(node, "cat", invite="invite-cat")


@pytest.mark.gen_test
async def test_kicked_banned_and_ended_close_with_their_own_codes() -> None:
    clock = ManualClock()
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        cat, _ = await seated(node, "cat")
        await ask(ann, t="member.kick", member_id="bob")
        await ask(ann, t="member.ban", member_id="cat")
        assert (bob.code, cat.code) == (4511, 4503)
        assert bob.take("member.kicked")
        bob.drop()
        bob, _ = await seated(node, "bob")
        again = Seat(node)
        again.send(t="hello", token="token-cat")
        await settle(40)
        assert again.code == 4503
        assert (await ask(ann, t="end"))["t"] == "ok"
        assert (ann.code, bob.code) == (None, None)
        assert bob.take("party.ended")
        await clock.advance(LAST_WORDS_SECONDS)
        assert (ann.code, bob.code) == (4510, 4510)
        late = Seat(node)
        late.send(t="hello", guest="Late")
        await settle(40)
        assert late.code == 4510


@pytest.mark.gen_test
async def test_a_full_party_says_try_later() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        await ask(ann, t="settings", max_members=1)
        seat = Seat(node)
        seat.send(t="hello", guest="Gus")
        await settle(40)
        assert seat.code == 1013


@pytest.mark.gen_test
async def test_who_leaves_is_answered_and_closed_and_so_are_their_other_tabs() -> None:
    async with a_node() as node:
        first, _ = await seated(node, "bob")
        second, _ = await seated(node, "bob")
        assert (await ask(first, t="leave"))["t"] == "ok"
        assert (first.code, second.code) == (1000, 1000)
        assert not (await node.engine.state(PARTY)).members["bob"].present


@pytest.mark.gen_test
async def test_storage_away_at_hello_closes_with_4030() -> None:
    async with a_node() as node:
        node.engine.forget(PARTY)
        node.shelf.log.refuse_reads = 1
        seat = Seat(node)
        seat.send(t="hello", guest="Gus")
        await settle(40)
        assert seat.code == 4030
