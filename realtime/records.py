"""Party events as the records that the store keeps, and back. The store never looks into the body."""

from typing import Any

import msgspec

from realtime.party.context import Actor
from realtime.party.events import AnyEvent, Created, Entry, VideoChanged
from realtime.party.state import PartyState
from store.documents import PartyEvent


def to_record(
    entry: Entry, *, event_id: str, actor: Actor, command_id: str | None, state: PartyState | None
) -> PartyEvent:
    """Write one entry as its record. `state` is the party before it, for the video that was on."""
    body: dict[str, Any] = msgspec.to_builtins(entry.event)
    return PartyEvent(
        event_id=event_id,
        seq=entry.seq,
        type=body.pop("type"),
        at_ms=entry.at_ms,
        by=entry.by,
        user_id=actor.user_id,
        guest_id=actor.guest_id,
        session_id=actor.session_id,
        video_id=_video_id(entry.event, state),
        command_id=command_id,
        body=body,
    )


def from_record(record: PartyEvent) -> Entry:
    """Read one record back. Raises `msgspec.ValidationError` for a type or shape that this version does not know."""
    event: AnyEvent = msgspec.convert({**record.body, "type": record.type}, AnyEvent)
    return Entry(seq=record.seq, at_ms=record.at_ms, by=record.by, event=event)


def _video_id(event: AnyEvent, state: PartyState | None) -> str | None:
    if isinstance(event, VideoChanged):
        return event.video.id
    if isinstance(event, Created):
        return event.video.id if event.video else None
    return state.playback.video_id if state else None
