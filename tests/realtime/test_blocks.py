"""Who is blocked does not enter, and is not heard by those who block them; everybody else notices nothing."""

import asyncio

import pytest

from realtime.blocks import Blocks, bars
from tests.fakes.clock import settle
from tests.fakes.node import PARTY, Seat
from tests.fakes.seats import a_node, ask, seated


@pytest.mark.parametrize(
    ("blocked_by", "user_id", "barred"),
    [
        ({"host"}, "bob", True),
        ({"creator"}, "bob", True),
        ({"somebody"}, "bob", False),
        ({"host"}, "creator", False),
        ({"creator"}, "host", False),
        (set(), None, False),
    ],
)
def test_the_blocks_of_host_and_creator_count_and_not_in_ones_own_party(
    blocked_by: set[str], user_id: str | None, *, barred: bool
) -> None:
    blocks = Blocks(blocked_by=frozenset(blocked_by))
    assert bars(blocks, user_id, host_id="host", creator_id="creator") is barred


@pytest.mark.gen_test
async def test_whom_the_host_blocks_is_turned_away_and_leaves_no_trace() -> None:
    async with a_node() as node:
        node.shelf.blocking.pairs.add(("ann", "bob"))
        seat = Seat(node)
        seat.send(t="hello", token="token-bob")
        await settle(40)
        assert seat.code == 4503
        assert (await node.engine.state(PARTY)).seq == 1


@pytest.mark.gen_test
async def test_whom_the_host_blocks_now_is_shown_out_on_all_sockets_and_nobody_else() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        again, _ = await seated(node, "bob")
        cat, _ = await seated(node, "cat")
        node.shelf.blocking.pairs.add(("ann", "bob"))
        await node.hub.blocks_changed("ann", "bob")
        assert (bob.code, again.code) == (4503, 4503)
        assert (ann.code, cat.code) == (None, None)


@pytest.mark.gen_test
async def test_a_block_that_comes_while_somebody_enters_shows_them_out() -> None:
    async with a_node() as node:
        seat = Seat(node)
        seat.send(t="hello", token="token-bob")
        while not node.hub._channels:  # noqa: ASYNC110 - a channel tells nobody that it is there
            await asyncio.sleep(0)
        node.shelf.blocking.pairs.add(("ann", "bob"))
        await node.hub.blocks_changed("ann", "bob")
        await settle(40)
        assert seat.code == 4503
        assert seat.take("welcome") == []


@pytest.mark.gen_test
async def test_who_becomes_host_is_rid_of_those_they_block() -> None:
    async with a_node() as node:
        ann, _ = await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        cat, _ = await seated(node, "cat")
        node.shelf.blocking.pairs.add(("cat", "bob"))
        await node.hub.blocks_changed("cat", "bob")
        assert bob.code is None
        assert (await ask(ann, t="host.transfer", member_id="cat"))["t"] == "ok"
        await settle(40)
        assert bob.code == 4503
        assert (ann.code, cat.code) == (None, None)


@pytest.mark.gen_test
async def test_the_words_of_a_blocked_person_reach_everybody_but_who_blocks_them() -> None:
    async with a_node() as node:
        await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        cat, _ = await seated(node, "cat")
        dan, _ = await seated(node, "dan")
        node.shelf.blocking.pairs.add(("cat", "bob"))
        await node.hub.blocks_changed("cat", "bob")
        assert (await ask(bob, t="chat.send", body="hello @cat"))["t"] == "ok"
        bob.send(t="typing")
        await settle(40)
        seen, hidden = dan.take("chat", "typing"), cat.take("chat", "typing")
        assert [frame["t"] for frame in seen] == ["chat", "typing"]
        assert [frame["t"] for frame in hidden] == ["chat"]
        assert seen[0]["message"]["body"] == "hello @cat"
        assert seen[0]["message"]["mentions"] == ["cat"]
        assert hidden[0] == {
            **seen[0],
            "message": {**seen[0]["message"], "body": "", "mentions": [], "hidden": True},
        }
        message_id = seen[0]["message"]["id"]
        assert (await ask(bob, t="chat.edit", message_id=message_id, body="more"))["t"] == "ok"
        assert [frame["message"]["body"] for frame in cat.take("chat.edited")] == [""]
        assert [frame["message"]["body"] for frame in bob.take("chat", "chat.edited")] == ["hello @cat", "more"]
        # Whoever is blocked is not told so: the other way round all words come.
        assert (await ask(cat, t="chat.send", body="hi"))["t"] == "ok"
        assert [frame["message"]["body"] for frame in bob.take("chat")] == ["hi"]


@pytest.mark.gen_test
async def test_seqs_have_no_gap_for_who_blocks_somebody() -> None:
    async with a_node() as node:
        await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        cat, welcome = await seated(node, "cat")
        node.shelf.blocking.pairs.add(("cat", "bob"))
        await node.hub.blocks_changed("cat", "bob")
        for number in range(20):
            await ask(bob if number % 3 else cat, t="chat.send", body=f"line {number}")
        seqs = [frame["seq"] for frame in cat.take("chat")]
        assert seqs == list(range(welcome["seq"] + 1, welcome["seq"] + 21))


@pytest.mark.gen_test
async def test_welcome_and_what_was_missed_hide_the_same_words() -> None:
    async with a_node() as node:
        await seated(node, "ann")
        bob, _ = await seated(node, "bob")
        cat, welcome = await seated(node, "cat")
        resume = {"session": welcome["you"]["session"], "epoch": welcome["epoch"], "seq": welcome["seq"]}
        cat.drop()
        await ask(bob, t="chat.send", body="psst")
        node.shelf.blocking.pairs.add(("cat", "bob"))
        _, back = await seated(node, "cat", resume=resume)
        assert back["resumed"] is True
        chats = [frame for frame in back["missed"] if frame["t"] == "chat"]
        assert [(frame["message"]["body"], frame["message"]["hidden"]) for frame in chats] == [("", True)]
        assert [(message["body"], message["hidden"]) for message in back["party"]["chat"]] == [("", True)]
        node.shelf.blocking.pairs.clear()
        _, forgiven = await seated(node, "cat")
        assert [message["body"] for message in forgiven["party"]["chat"]] == ["psst"]
        assert "hidden" not in forgiven["party"]["chat"][0]


@pytest.mark.gen_test
async def test_without_storage_nobody_is_let_past_a_block() -> None:
    async with a_node() as node:
        await seated(node, "ann")
        cat, _ = await seated(node, "cat")
        node.shelf.blocking.lose = 1
        await node.hub.blocks_changed("cat")
        assert cat.code == 4030
        node.shelf.blocking.lose = 1
        seat = Seat(node)
        seat.send(t="hello", token="token-dan")
        await settle(40)
        assert seat.code == 4030
