"""What comes next: the queue, votes on it, and skipping."""

from collections.abc import Sequence

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import may, require
from realtime.party.refused import Refused
from realtime.party.rules.playback import next_of_queue
from realtime.party.state import QUEUE_LIMIT, PartyState, QueueItem

Events = list[ev.AnyEvent]


def add(state: PartyState, _command: do.AddToQueue, context: Context) -> Events:
    require(state, context.actor, "queue")
    if context.video is None:
        raise Refused("not_found", "There is no such video.", path="video_id")
    if len(state.queue) >= QUEUE_LIMIT:
        raise Refused("conflict", f"The queue holds at most {QUEUE_LIMIT} videos.")
    video = context.video
    item = QueueItem(
        id=context.fresh_id,
        video_id=video.id,
        title=video.title,
        source=video.source,
        duration_ms=video.duration_ms,
        stream_url=video.stream_url,
        uploader_id=video.uploader_id,
        added_by=context.actor.member_id,
    )
    return [ev.QueueAdded(item_id=item.id, items=(*state.queue, item))]


def remove(state: PartyState, command: do.RemoveFromQueue, context: Context) -> Events:
    require(state, context.actor, "control")
    item = _item(state, command.item_id)
    return [ev.QueueRemoved(item_id=item.id, items=_without(state.queue, item))]


def move(state: PartyState, command: do.MoveInQueue, context: Context) -> Events:
    """Put an item at index `to`; an index beyond the end is the end."""
    require(state, context.actor, "control")
    item = _item(state, command.item_id)
    rest = _without(state.queue, item)
    items = (*rest[: command.to], item, *rest[command.to :])
    return [] if items == state.queue else [ev.QueueMoved(item_id=item.id, items=items)]


def play(state: PartyState, command: do.PlayFromQueue, context: Context) -> Events:
    require(state, context.actor, "control")
    return next_of_queue(state, _item(state, command.item_id), context)


def clear(state: PartyState, _command: do.ClearQueue, context: Context) -> Events:
    require(state, context.actor, "control")
    return [ev.QueueCleared()] if state.queue else []


def vote(state: PartyState, command: do.VoteInQueue, context: Context) -> Events:
    """Vote an item up, or take the vote back; items with more votes stand further in front."""
    require(state, context.actor, "vote")
    member_id = _voter(context)
    item = _item(state, command.item_id)
    voters = state.votes.get(item.id, frozenset())
    if (member_id in voters) == command.up:
        return []
    counted = replace(item, votes=item.votes + (1 if command.up else -1))
    items = [counted if other.id == item.id else other for other in state.queue]
    items.sort(key=lambda other: -other.votes)  # stable: among equals the order stays
    return [ev.QueueVoted(item_id=item.id, member_id=member_id, up=command.up, items=tuple(items))]


def skip(state: PartyState, _command: do.Skip, context: Context) -> Events:
    require(state, context.actor, "control")
    return _skipped(state, context)


def vote_to_skip(state: PartyState, _command: do.VoteToSkip, context: Context) -> Events:
    """Count a vote; at half of the connected members who may vote, rounded up, the video is skipped."""
    require(state, context.actor, "vote")
    member_id = _voter(context)
    may_vote = {
        member.id
        for member in state.members.values()
        if member.present and member.id in context.connected and may(state, member.role, "vote")
    } | {member_id}
    needed = -(-len(may_vote) // 2)
    votes = len((state.skip_votes | {member_id}) & may_vote)
    passes = votes >= needed
    if member_id in state.skip_votes and not passes:
        return []
    voted = ev.SkipVoted(member_id=member_id, votes=votes, needed=needed)
    return [voted, *_skipped(state, context)] if passes else [voted]


def _skipped(state: PartyState, context: Context) -> Events:
    if not state.queue:
        raise Refused("conflict", "There is nothing in the queue to skip to.")
    return next_of_queue(state, state.queue[0], context)


def _voter(context: Context) -> str:
    if context.actor.member_id is None:
        raise Refused("forbidden", "The system does not vote.")
    return context.actor.member_id


def _item(state: PartyState, item_id: str) -> QueueItem:
    for item in state.queue:
        if item.id == item_id:
            return item
    raise Refused("not_found", "There is no such item in the queue.", path="item_id")


def _without(queue: Sequence[QueueItem], item: QueueItem) -> tuple[QueueItem, ...]:
    return tuple(other for other in queue if other.id != item.id)
