"""What a joiner is shown: the party as it stands, without what only the server needs."""

from collections.abc import Mapping
from typing import Any

from realtime.party.state import Member, PartyState, Poll, QueueItem, Video

Shown = dict[str, Any]


def snapshot(state: PartyState, members: object) -> Shown:
    """Show the party. `members` are those who are in it, each as `show_present` shows them, or all of them encoded already."""
    return {
        "id": state.party_id,
        "seq": state.seq,
        "code": state.code,
        "title": state.title,
        "description": state.description,
        "status": state.status,
        "visibility": state.visibility,
        "has_password": state.has_password,
        "settings": state.settings,
        "host_id": state.host_id,
        "scheduled_for_ms": state.scheduled_for_ms,
        "started_ms": state.started_ms,
        "playback": state.playback,
        "video": show_video(state.video) if state.video else None,
        "queue": [show_item(item) for item in state.queue],
        "members": members,
        "chat": tuple(state.chat),
        "poll": show_poll(state.poll) if state.poll else None,
        "waiting": {"for": state.waiting.members, "until_ms": state.waiting.until_ms} if state.waiting else None,
    }


def show_present(member: Member, status: Mapping[str, Any] | None) -> Shown:
    """Show a member with how their player does; without a status they have no connection."""
    figures = {"drift_ms": status["drift_ms"] if status else None, "rtt_ms": status["rtt_ms"] if status else None}
    return {**show_member(member, status), **figures}


def show_video(video: Video) -> Shown:
    """Show a video, without whose it is: not everybody who sees it here could look that up."""
    return {
        "id": video.id,
        "title": video.title,
        "source": video.source,
        "duration_ms": video.duration_ms,
        "stream_url": video.stream_url,
    }


def show_item(item: QueueItem) -> Shown:
    """Show an entry of the queue, without whose video it is."""
    return {
        "id": item.id,
        "video_id": item.video_id,
        "title": item.title,
        "source": item.source,
        "duration_ms": item.duration_ms,
        "stream_url": item.stream_url,
        "added_by": item.added_by,
        "votes": item.votes,
    }


def show_poll(poll: Poll) -> Shown:
    """Show a poll with its counts; who voted for what stays between the members."""
    chosen = [option for options in poll.votes.values() for option in options]
    return {
        "id": poll.id,
        "question": poll.question,
        "options": [{"text": text, "votes": chosen.count(place)} for place, text in enumerate(poll.options)],
        "multiple": poll.multiple,
        "voters": len(poll.votes),
        "open": poll.open,
        "by": poll.by,
    }


def show_member(member: Member, status: Mapping[str, Any] | None = None) -> Shown:
    """Show a member; without a status they have no connection."""
    shown: Shown = {
        "id": member.id,
        "user_id": member.user_id,
        "name": member.name,
        "role": member.role,
        "status": status["status"] if status else "offline",
    }
    if member.muted:
        shown["muted"] = True
        if member.muted_until_ms is not None:
            shown["muted_until_ms"] = member.muted_until_ms
    return shown
