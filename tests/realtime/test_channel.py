"""What is held for a moment, so that many frames cost one send: order, answers, blocks and crowds."""

import asyncio

import pytest

from conf.metrics import NullMetrics
from realtime.blocks import Blocks
from realtime.bus import Message
from realtime.casting import Cast
from realtime.channel import Channel
from realtime.traffic import COMINGS_SECONDS, CROWD, Traffic
from realtime.wire import Outgoing, Piece
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Node, Seat
from tests.realtime.test_small_parts import Ear


def chat(seq: int, author_id: str | None = None) -> Message:
    frame = b'{"t":"chat","seq":%d,"message":{"body":"hello"}}' % seq
    return Message(party_id="p", frame=frame, seq=seq, kind="chat", author_id=author_id)


class PieceEar(Ear):
    """Counts what came as one piece."""

    def __init__(self, member_id: str, position: int | None) -> None:
        super().__init__(member_id)
        self.position = position
        self.pieces = 0

    def put(self, piece: Piece) -> bool:
        self.pieces += 1
        return super().put(piece)


def channel_of(*ears: PieceEar, seqs: range) -> Channel:
    channel = Channel("p")
    for ear in ears:
        channel.add(ear)
    for seq in seqs:
        channel.hold(chat(seq, author_id="ann"))
    return channel


def test_what_is_held_goes_out_once_as_one_piece_and_each_gets_what_it_lacks() -> None:
    behind, level, ahead, outside = (PieceEar("a", 3), PieceEar("b", 3), PieceEar("c", 5), PieceEar("d", None))
    channel = channel_of(behind, level, ahead, outside, seqs=range(4, 7))
    channel.answer(behind, Outgoing(b"ok"))
    channel.flush(Cast().lay)
    channel.flush(Cast().lay)
    frames = [chat(seq).frame for seq in range(4, 7)]
    assert behind.heard == [*frames, b"ok"]
    assert (level.heard, level.pieces) == (frames, 1)
    assert (ahead.heard, ahead.pieces) == (frames[2:], 0)
    assert outside.heard == []
    assert {ear.position for ear in (behind, level, ahead)} == {6}


def test_who_blocks_an_author_gets_the_frames_of_the_others_whole() -> None:
    ear = PieceEar("a", 0)
    ear.blocks = Blocks(blocked=frozenset({"ann"}))
    channel = channel_of(ear, seqs=range(1, 2))
    channel.hold(chat(2, author_id="bob"))
    channel.flush(Cast().lay)
    assert b"hello" not in ear.heard[0]
    assert b"hidden" in ear.heard[0]
    assert ear.heard[1] == chat(2).frame


@pytest.mark.gen_test
async def test_what_comes_while_frames_are_about_to_go_out_goes_with_them() -> None:
    traffic = Traffic(ManualClock(), NullMetrics())
    ear = PieceEar("a", 0)
    channel = channel_of(ear, seqs=range(0))
    traffic.take(channel, chat(1))
    asyncio.get_running_loop().call_soon(traffic.take, channel, chat(2))  # behind whatever the first has asked for
    await settle()
    assert (ear.heard, ear.pieces) == ([chat(1).frame, chat(2).frame], 1)
    await traffic.close()


@pytest.mark.gen_test
async def test_an_answer_comes_behind_the_event_that_it_acknowledges() -> None:
    node = Node(ManualClock())
    await node.create()
    ann = Seat(node)
    ann.send(t="hello", token="token-ann")
    await settle()
    ann.take()
    ann.send(t="chat.send", body="hi", id="1")
    await settle()
    assert [frame["t"] for frame in ann.take()] == ["chat", "ok"]
    await node.close()


@pytest.mark.gen_test
async def test_in_a_crowd_newcomers_are_told_of_together_and_never_behind_what_came_later() -> None:
    clock = ManualClock()
    node = Node(clock)
    await node.create()
    ann = Seat(node)
    ann.send(t="hello", token="token-ann")
    await settle()
    crowd = [Seat(node) for _ in range(CROWD + 10)]
    for number, seat in enumerate(crowd):
        seat.send(t="hello", guest=f"Guest {number}")
        await settle()
    ann.take("welcome")
    joined = ann.take("member.joined")
    assert len(joined) < len(crowd)
    await clock.advance(COMINGS_SECONDS)
    joined += ann.take("member.joined")
    assert len(joined) == len(crowd)
    late = Seat(node)
    late.send(t="hello", guest="Late")
    await settle()
    assert ann.take("member.joined") == []
    assert late.take("welcome")[0]["seq"] == joined[-1]["seq"] + 1
    ann.send(t="chat.send", body="welcome, Late", id="1")
    await settle()
    assert [frame["t"] for frame in ann.take()] == ["member.joined", "chat", "ok"]
    assert [frame["t"] for frame in crowd[0].take("member.joined", "chat")][-2:] == ["member.joined", "chat"]
    assert [frame["t"] for frame in late.take("member.joined", "chat")] == ["chat"]
    assert node.hub._channels[PARTY].listeners
    await node.close()
