"""What somebody is told who comes in, and who has to wait outside."""

from typing import Any

from msgspec import Raw

from realtime.admission import Entrant
from realtime.blocks import Blocks, shown_chat
from realtime.party.permissions import moderates
from realtime.party.snapshot import snapshot
from realtime.presence import Presence
from realtime.protocol import HEARTBEAT_MS
from realtime.room import Encoded, Room
from realtime.sessions import Sessions

Fields = dict[str, Any]


def welcome(
    entrant: Entrant,
    room: Room,
    *,
    missed: list[Encoded] | None,
    blocks: Blocks,
    presence: Presence,
    sessions: Sessions,
    now_ms: float,
) -> Fields:
    """Show the whole party as it is now. `missed` None says that what was missed is no longer here."""
    member = room.state.members[str(entrant.actor.member_id)]
    sees_door = moderates(room.state, member.id)
    return {
        "t": "welcome",
        "you": {
            "member_id": member.id,
            "user_id": member.user_id,
            "name": member.name,
            "role": member.role,
            "session": sessions.write(entrant.session),
        },
        "party": {
            **snapshot(room.state, Raw(presence.census(entrant.party_id, room.state.members))),
            "chat": shown_chat(room.state.chat, blocks),
            "knocking": presence.knocks.shown(entrant.party_id) if sees_door else [],
        },
        "epoch": room.epoch,
        "seq": room.seq,
        "now_ms": now_ms,
        "heartbeat_ms": HEARTBEAT_MS,
        "resumed": missed is not None,
        "missed": [Raw(encoded.shown_to(blocks)) for encoded in missed or ()],
    }


def outside(entrant: Entrant, *, sessions: Sessions, now_ms: float) -> Fields:
    """Say that they wait, and as whom, so that they are the same person after a cut; of the party nothing."""
    actor = entrant.actor
    return {
        "t": "outside",
        "you": {
            "member_id": actor.member_id,
            "user_id": actor.user_id,
            "name": actor.name,
            "session": sessions.write(entrant.session),
        },
        "now_ms": now_ms,
        "heartbeat_ms": HEARTBEAT_MS,
    }
