"""What a joiner is shown: the party as it stands, without what only the server needs."""

from collections.abc import Mapping
from typing import Any

from realtime.party.state import Member, PartyState

Shown = dict[str, Any]


def snapshot(state: PartyState, statuses: Mapping[str, Mapping[str, Any]]) -> Shown:
    """Show the party. `statuses` holds, by member id, what the connected members' players last said."""
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
        "video": state.video,
        "queue": state.queue,
        "members": [
            {**show_member(member, statuses.get(member.id)), **_figures(statuses.get(member.id))}
            for member in state.members.values()
            if member.present
        ],
        "chat": state.chat,
        "poll": None,
        "waiting": None,
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
    return shown


def _figures(status: Mapping[str, Any] | None) -> Shown:
    return {
        "drift_ms": status["drift_ms"] if status else None,
        "rtt_ms": status["rtt_ms"] if status else None,
    }
