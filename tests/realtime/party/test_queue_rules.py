import msgspec
import pytest

from realtime.frames import frame
from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.refused import Refused
from realtime.party.snapshot import snapshot
from realtime.party.state import QUEUE_LIMIT
from tests.fakes.party import FILM, SHORT, Stage, guest, user

ANN, BOB, CAT, GUS = user("ann"), user("bob"), user("cat"), guest("gus")


def queued(stage: Stage, n: int = 3) -> list[str]:
    for _ in range(n):
        stage.act(do.AddToQueue(video_id="short"), ANN, video=SHORT)
    return [item.id for item in stage.state.queue]


def refusal(stage: Stage, command: do.Command, actor: object, **context: object) -> str:
    with pytest.raises(Refused) as caught:
        stage.act(command, actor, **context)  # type: ignore[arg-type]
    return caught.value.code


def test_members_add_and_guests_do_not() -> None:
    stage = Stage()
    stage.enter(BOB, GUS)
    stage.act(do.AddToQueue(video_id="short"), BOB, video=SHORT)
    assert (stage.state.queue[0].title, stage.state.queue[0].added_by) == ("The Short", "bob")
    assert refusal(stage, do.AddToQueue(video_id="short"), GUS, video=SHORT) == "forbidden"
    assert refusal(stage, do.AddToQueue(video_id="nowhere"), BOB) == "not_found"


def test_a_full_queue_says_so() -> None:
    stage = Stage()
    queued(stage, QUEUE_LIMIT)
    assert refusal(stage, do.AddToQueue(video_id="short"), ANN, video=SHORT) == "conflict"


@pytest.mark.parametrize(("to", "order"), [(0, [2, 0, 1]), (1, [0, 2, 1]), (2, [0, 1, 2]), (99, [0, 1, 2])])
def test_an_item_moves_to_its_place(to: int, order: list[int]) -> None:
    stage = Stage()
    ids = queued(stage)
    stage.act(do.MoveInQueue(item_id=ids[2], to=to), ANN)
    assert [item.id for item in stage.state.queue] == [ids[n] for n in order]


def test_items_are_removed_and_the_queue_is_cleared_by_who_controls() -> None:
    stage = Stage()
    stage.enter(BOB)
    ids = queued(stage)
    for command in (do.RemoveFromQueue(item_id=ids[0]), do.ClearQueue(), do.PlayFromQueue(item_id=ids[0]), do.Skip()):
        assert refusal(stage, command, BOB) == "forbidden"
    stage.act(do.RemoveFromQueue(item_id=ids[1]), ANN)
    assert [item.id for item in stage.state.queue] == [ids[0], ids[2]]
    assert refusal(stage, do.RemoveFromQueue(item_id=ids[1]), ANN) == "not_found"
    stage.act(do.ClearQueue(), ANN)
    assert stage.state.queue == ()
    assert stage.act(do.ClearQueue(), ANN) == []


def test_an_item_that_is_played_leaves_the_queue_in_the_same_commit() -> None:
    stage = Stage()
    ids = queued(stage)
    removed, changed = stage.act(do.PlayFromQueue(item_id=ids[1]), ANN)
    assert isinstance(removed, ev.QueueRemoved)
    assert isinstance(changed, ev.VideoChanged)
    assert stage.state.video == SHORT
    assert [item.id for item in stage.state.queue] == [ids[0], ids[2]]


def test_a_skip_goes_to_the_first_of_the_queue_or_says_that_there_is_none() -> None:
    stage = Stage()
    assert refusal(stage, do.Skip(), ANN) == "conflict"
    queued(stage, 1)
    stage.act(do.Skip(), ANN)
    assert stage.state.video == SHORT


def test_votes_count_once_each_and_move_an_item_forward() -> None:
    stage = Stage()
    stage.enter(BOB, CAT, GUS)
    ids = queued(stage)
    stage.act(do.VoteInQueue(item_id=ids[2], up=True), BOB)
    assert stage.act(do.VoteInQueue(item_id=ids[2], up=True), BOB) == []
    stage.act(do.VoteInQueue(item_id=ids[2], up=True), CAT)
    assert [(item.id, item.votes) for item in stage.state.queue] == [(ids[2], 2), (ids[0], 0), (ids[1], 0)]
    stage.act(do.VoteInQueue(item_id=ids[2], up=False), BOB)
    assert stage.state.queue[0].votes == 1
    stage.act(do.VoteInQueue(item_id=ids[2], up=True), BOB)
    assert stage.state.queue[0].votes == 2
    assert refusal(stage, do.VoteInQueue(item_id=ids[0], up=True), GUS) == "forbidden"


def test_a_skip_vote_passes_at_half_of_the_connected_members_who_may_vote_rounded_up() -> None:
    stage = Stage()
    stage.enter(BOB, CAT, user("dan"), user("eve"), GUS)
    stage.connected.discard("eve")  # gone: does not count
    queued(stage, 1)
    (first,) = stage.act(do.VoteToSkip(), BOB)
    assert isinstance(first, ev.SkipVoted)
    assert (first.votes, first.needed) == (1, 2)
    assert stage.act(do.VoteToSkip(), BOB) == []
    kinds = [type(event) for event in stage.act(do.VoteToSkip(), CAT)]
    assert kinds == [ev.SkipVoted, ev.QueueRemoved, ev.VideoChanged]
    assert stage.state.skip_votes == frozenset()
    assert refusal(stage, do.VoteToSkip(), GUS) == "forbidden"


def test_the_votes_of_those_who_are_gone_do_not_count() -> None:
    stage = Stage()
    stage.enter(BOB, CAT, user("dan"), user("eve"), user("fay"))
    stage.act(do.AddToQueue(video_id="film"), ANN, video=FILM)
    stage.act(do.VoteToSkip(), BOB)
    stage.connected.discard("bob")
    (voted,) = stage.act(do.VoteToSkip(), CAT)
    assert isinstance(voted, ev.SkipVoted)
    assert (voted.votes, voted.needed) == (1, 3)


def test_a_video_keeps_its_uploader_on_its_way_through_the_queue() -> None:
    stage = Stage()
    stage.act(do.AddToQueue(video_id="short"), ANN, video=SHORT)
    (item,) = stage.state.queue
    assert item.uploader_id == SHORT.uploader_id
    stage.act(do.PlayFromQueue(item_id=item.id), ANN)
    assert stage.state.video == SHORT


def test_members_are_not_shown_whose_a_video_is() -> None:
    stage = Stage()
    stage.act(do.AddToQueue(video_id="short"), ANN, video=SHORT)
    shown = [snapshot(stage.state, [])]
    stage.act(do.PlayFromQueue(item_id=stage.state.queue[0].id), ANN)
    shown += [snapshot(stage.state, []), *map(frame, stage.entries)]
    logged = repr(stage.entries)
    assert [uploader in logged for uploader in ("uploader-of-film", "uploader-of-short")] == [True, True]
    assert "uploader" not in msgspec.json.encode(shown).decode()
