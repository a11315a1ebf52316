"""Party events as the frames that members receive. Each event is one frame and shows itself without its past."""

from collections.abc import Callable
from typing import Any

import msgspec

from realtime.party import events as ev
from realtime.party.snapshot import show_item, show_member, show_poll, show_video
from realtime.party.state import Member

Fields = dict[str, Any]


def frame(entry: ev.Entry) -> Fields:
    """Show one numbered event: `t`, `seq`, `at_ms`, `by`, and what changed under its own name."""
    name, fields = _FRAMES[type(entry.event)]
    return {"t": name, "seq": entry.seq, "at_ms": entry.at_ms, "by": entry.by, **fields(entry.event)}


encode: Callable[[Fields], bytes] = msgspec.json.Encoder().encode
"""Write a frame as the bytes that go on the wire."""


def member(person: Member) -> Fields:
    """Show the member of an event; how their player does comes by `presence`."""
    return show_member(person, {"status": "idle"} if person.present else None)


def _nothing(_event: Any) -> Fields:
    return {}


def _created(event: ev.Created) -> Fields:
    return {"title": event.title, "code": event.code, "visibility": event.visibility, "member": member(event.host)}


def _rescheduled(event: ev.Rescheduled) -> Fields:
    return {"scheduled_for_ms": event.scheduled_for_ms}


def _member(event: ev.Joined | ev.Left | ev.RoleSet) -> Fields:
    return {"member": member(event.member)}


def _put_out(event: ev.Kicked | ev.Banned) -> Fields:
    return {"member": member(event.member), "until_ms": event.until_ms, "reason": event.reason}


def _knock_answered(event: ev.KnockAnswered) -> Fields:
    return {"member_id": event.member_id, "approved": event.approved, "until_ms": event.until_ms}


def _muted(event: ev.Muted) -> Fields:
    return {"member": member(event.member), "muted": event.muted, "until_ms": event.until_ms, "reason": event.reason}


def _host(event: ev.HostChanged) -> Fields:
    previous = member(event.previous) if event.previous else None
    return {"member": member(event.member), "previous": previous, "cause": event.cause}


def _playback(event: ev.PlaybackEvent) -> Fields:
    return {"playback": event.playback, "cause": event.cause}


def _video(event: ev.VideoChanged) -> Fields:
    return {"video": show_video(event.video), "playback": event.playback}


def _queue(event: ev.QueueEvent) -> Fields:
    return {"items": [show_item(item) for item in event.items]}


def _skip(event: ev.SkipVoted) -> Fields:
    return {"member_id": event.member_id, "votes": event.votes, "needed": event.needed}


def _message(event: ev.Said | ev.Edited) -> Fields:
    return {"message": event.message}


def _deleted(event: ev.Deleted) -> Fields:
    return {"message_id": event.message_id, **({"reason": event.reason} if event.reason else {})}


def _reacted(event: ev.Reacted) -> Fields:
    return {"message_id": event.message_id, "emoji": event.emoji, "member_id": event.member_id, "on": event.on}


def _poll(event: ev.PollEvent) -> Fields:
    return {"poll": show_poll(event.poll)}


def _waited(event: ev.Waited) -> Fields:
    return {"for": event.waiting.members, "until_ms": event.waiting.until_ms}


def _wait_over(event: ev.WaitOver) -> Fields:
    return {"for": (), "until_ms": None, "out_of_time": event.out_of_time}


def _settings(event: ev.SettingsChanged) -> Fields:
    return {
        "settings": event.settings,
        "title": event.title,
        "visibility": event.visibility,
        "has_password": event.has_password,
    }


_FRAMES: dict[type[ev.Event], tuple[str, Callable[[Any], Fields]]] = {
    ev.Created: ("party.created", _created),
    ev.Started: ("party.started", _nothing),
    ev.DoorsOpened: ("party.opened", _nothing),
    ev.Vacated: ("party.vacated", _nothing),
    ev.Ended: ("party.ended", _nothing),
    ev.Rescheduled: ("party.rescheduled", _rescheduled),
    ev.Joined: ("member.joined", _member),
    ev.Left: ("member.left", _member),
    ev.RoleSet: ("member.role", _member),
    ev.Kicked: ("member.kicked", _put_out),
    ev.Banned: ("member.banned", _put_out),
    ev.KnockAnswered: ("approval", _knock_answered),
    ev.Muted: ("member.muted", _muted),
    ev.HostChanged: ("host.changed", _host),
    ev.Played: ("playback", _playback),
    ev.Paused: ("playback", _playback),
    ev.Sought: ("playback", _playback),
    ev.RateSet: ("playback", _playback),
    ev.VideoChanged: ("video", _video),
    ev.QueueAdded: ("queue", _queue),
    ev.QueueRemoved: ("queue", _queue),
    ev.QueueMoved: ("queue", _queue),
    ev.QueueCleared: ("queue", _queue),
    ev.QueueVoted: ("queue", _queue),
    ev.SkipVoted: ("skip", _skip),
    ev.Said: ("chat", _message),
    ev.Edited: ("chat.edited", _message),
    ev.Deleted: ("chat.deleted", _deleted),
    ev.Reacted: ("chat.reacted", _reacted),
    ev.PollOpened: ("poll", _poll),
    ev.PollVoted: ("poll", _poll),
    ev.PollClosed: ("poll", _poll),
    ev.Waited: ("waiting", _waited),
    ev.WaitOver: ("waiting", _wait_over),
    ev.SettingsChanged: ("settings", _settings),
}
