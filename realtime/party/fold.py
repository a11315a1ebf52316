"""`apply`: the state after one more event. The only place where state changes, on the live path and from the log."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from realtime.party import events as ev
from realtime.party.chat import Message
from realtime.party.playback import Playback
from realtime.party.state import ANSWERS_KEPT, VIDEOS_REMEMBERED, Member, PartyState


class BrokenLog(Exception):  # noqa: N818 - named for what was found
    """The log has a gap, or starts with something else than its party's creation."""


def apply(state: PartyState | None, entry: ev.Entry) -> PartyState:
    """Fold one entry into the state; None is the party before its first event. Raises `BrokenLog` on a gap."""
    expected = state.seq + 1 if state else 1
    if entry.seq != expected:
        raise BrokenLog(f"expected seq {expected}, got {entry.seq}")
    if state is None:
        if not isinstance(entry.event, ev.Created):
            raise BrokenLog(f"a log starts with party.created, not {type(entry.event).__name__}")
        return _created(entry.event, entry.at_ms)
    changes = _CHANGES[type(entry.event)](state, entry.event, entry)
    return replace(state, seq=entry.seq, **changes)


Changes = dict[str, Any]


def _created(event: ev.Created, at_ms: int) -> PartyState:
    return PartyState(
        party_id=event.party_id,
        seq=1,
        code=event.code,
        title=event.title,
        description=event.description,
        status="lobby" if event.scheduled_for_ms is None else "scheduled",
        visibility=event.visibility,
        has_password=event.has_password,
        settings=event.settings,
        host_id=event.host.id,
        creator_id=event.host.id,
        created_ms=at_ms,
        scheduled_for_ms=event.scheduled_for_ms,
        playback=Playback(video_id=event.video.id if event.video else None, at_ms=at_ms),
        video=event.video,
        video_ids=(event.video.id,) if event.video else (),
        members={event.host.id: event.host},
    )


def _started(_state: PartyState, _event: ev.Started, entry: ev.Entry) -> Changes:
    return {"status": "live", "started_ms": _state.started_ms or entry.at_ms}


def _lobby(_state: PartyState, _event: ev.DoorsOpened | ev.Vacated, _entry: ev.Entry) -> Changes:
    return {"status": "lobby"}


def _rescheduled(_state: PartyState, event: ev.Rescheduled, _entry: ev.Entry) -> Changes:
    status = "lobby" if event.scheduled_for_ms is None else "scheduled"
    return {"status": status, "scheduled_for_ms": event.scheduled_for_ms}


def _ended(_state: PartyState, _event: ev.Ended, entry: ev.Entry) -> Changes:
    return {"status": "ended", "ended_ms": entry.at_ms}


def _member(state: PartyState, event: ev.Left | ev.RoleSet | ev.Muted, _e: ev.Entry) -> Changes:
    return {"members": _with(state, event.member)}


def _joined(state: PartyState, event: ev.Joined, _entry: ev.Entry) -> Changes:
    member_id = event.member.id
    changes: Changes = {"members": _with(state, event.member)}
    if member_id in state.let_in:
        changes["let_in"] = {known: until_ms for known, until_ms in state.let_in.items() if known != member_id}
    if member_id in state.shown_out:
        changes["shown_out"] = state.shown_out - {member_id}
    return changes


def _knock_answered(state: PartyState, event: ev.KnockAnswered, entry: ev.Entry) -> Changes:
    name = "let_in" if event.approved else "turned_away"
    answers: dict[str, int] = getattr(state, name)
    lasting = {member_id: until_ms for member_id, until_ms in answers.items() if entry.at_ms < until_ms}
    newest = list(lasting.items())[1 - ANSWERS_KEPT :]
    return {name: {**dict(newest), event.member_id: event.until_ms}}


def _kicked(state: PartyState, event: ev.Kicked, _entry: ev.Entry) -> Changes:
    changes: Changes = {"members": _with(state, event.member), "shown_out": state.shown_out | {event.member.id}}
    if event.until_ms is not None:
        changes["bans"] = {**state.bans, event.member.id: event.until_ms}
    return changes


def _banned(state: PartyState, event: ev.Banned, _entry: ev.Entry) -> Changes:
    return {"members": _with(state, event.member), "bans": {**state.bans, event.member.id: event.until_ms}}


def _host_changed(state: PartyState, event: ev.HostChanged, _entry: ev.Entry) -> Changes:
    changed = (event.member,) if event.previous is None else (event.previous, event.member)
    return {"host_id": event.member.id, "members": _with(state, *changed)}


def _playback(_state: PartyState, event: ev.PlaybackEvent, _entry: ev.Entry) -> Changes:
    return {"playback": event.playback}


def _waited(state: PartyState, event: ev.Waited, _entry: ev.Entry) -> Changes:
    return {"waiting": event.waiting, "out_of_time": state.out_of_time - set(event.waiting.members)}


def _wait_over(state: PartyState, event: ev.WaitOver, _entry: ev.Entry) -> Changes:
    return {"waiting": None, "out_of_time": state.out_of_time | set(event.out_of_time)}


def _poll(_state: PartyState, event: ev.PollEvent, _entry: ev.Entry) -> Changes:
    return {"poll": event.poll}


def _video_changed(state: PartyState, event: ev.VideoChanged, _entry: ev.Entry) -> Changes:
    seen = (*(known for known in state.video_ids if known != event.video.id), event.video.id)
    return {
        "video": event.video,
        "playback": event.playback,
        "video_ids": seen[-VIDEOS_REMEMBERED:],
        "skip_votes": frozenset(),
        "out_of_time": frozenset(),
    }


def _queue(state: PartyState, event: ev.QueueEvent, _entry: ev.Entry) -> Changes:
    kept = {item.id for item in event.items}
    votes = {item_id: voters for item_id, voters in state.votes.items() if item_id in kept}
    if isinstance(event, ev.QueueVoted):
        voters = votes.get(event.item_id, frozenset())
        votes[event.item_id] = voters | {event.member_id} if event.up else voters - {event.member_id}
    return {"queue": event.items, "votes": votes}


def _skip_voted(state: PartyState, event: ev.SkipVoted, _entry: ev.Entry) -> Changes:
    return {"skip_votes": state.skip_votes | {event.member_id}}


def _said(state: PartyState, event: ev.Said, entry: ev.Entry) -> Changes:
    changes: Changes = {"chat": state.chat.plus(event.message)}
    speaker = state.members.get(event.message.member_id)
    if speaker is not None and state.settings.slow_mode_s:
        changes["members"] = _with(state, replace(speaker, last_chat_ms=entry.at_ms))
    return changes


def _edited(state: PartyState, event: ev.Edited, _entry: ev.Entry) -> Changes:
    return {"chat": state.chat.changed(event.message.id, lambda _old: event.message)}


def _deleted(state: PartyState, event: ev.Deleted, _entry: ev.Entry) -> Changes:
    return {"chat": state.chat.without(event.message_id)}


def _reacted(state: PartyState, event: ev.Reacted, _entry: ev.Entry) -> Changes:
    return {"chat": state.chat.changed(event.message_id, lambda old: _with_reaction(old, event))}


def _settings(_state: PartyState, event: ev.SettingsChanged, _entry: ev.Entry) -> Changes:
    return {
        "settings": event.settings,
        "title": event.title,
        "visibility": event.visibility,
        "has_password": event.has_password,
    }


def _with(state: PartyState, *members: Member) -> dict[str, Member]:
    return {**state.members, **{member.id: member for member in members}}


def _with_reaction(message: Message, event: ev.Reacted) -> Message:
    others = tuple(member_id for member_id in message.reactions.get(event.emoji, ()) if member_id != event.member_id)
    members = (*others, event.member_id) if event.on else others
    reactions = {emoji: ids for emoji, ids in message.reactions.items() if emoji != event.emoji}
    return replace(message, reactions={**reactions, event.emoji: members} if members else reactions)


_CHANGES: dict[type[ev.Event], Callable[[PartyState, Any, ev.Entry], Changes]] = {
    ev.Started: _started,
    ev.DoorsOpened: _lobby,
    ev.Vacated: _lobby,
    ev.Ended: _ended,
    ev.Rescheduled: _rescheduled,
    ev.Joined: _joined,
    ev.Left: _member,
    ev.RoleSet: _member,
    ev.Kicked: _kicked,
    ev.Muted: _member,
    ev.Banned: _banned,
    ev.KnockAnswered: _knock_answered,
    ev.HostChanged: _host_changed,
    ev.Played: _playback,
    ev.Paused: _playback,
    ev.Sought: _playback,
    ev.RateSet: _playback,
    ev.VideoChanged: _video_changed,
    ev.QueueAdded: _queue,
    ev.QueueRemoved: _queue,
    ev.QueueMoved: _queue,
    ev.QueueCleared: _queue,
    ev.QueueVoted: _queue,
    ev.SkipVoted: _skip_voted,
    ev.Said: _said,
    ev.Edited: _edited,
    ev.Deleted: _deleted,
    ev.Reacted: _reacted,
    ev.PollOpened: _poll,
    ev.PollVoted: _poll,
    ev.PollClosed: _poll,
    ev.Waited: _waited,
    ev.WaitOver: _wait_over,
    ev.SettingsChanged: _settings,
}
