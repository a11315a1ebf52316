from typing import Annotated, Literal

from msgspec import Meta, Raw

from api.schemas.fields import Body, EpochMs, Id, View
from realtime.protocol import ViewerEvent


class ReportedEvent(ViewerEvent, frozen=True, kw_only=True):
    """What a viewer's player measured, with the party and the viewing session in which it did."""

    party_id: Id
    session_id: Annotated[str, Meta(max_length=64)] | None = None
    """The client's own name for one viewing session."""


class EventBatch(Body, kw_only=True, frozen=True):
    events: Annotated[list[Raw], Meta(min_length=1, max_length=500, extra_json_schema={"items": {"type": "object"}})]
    """Each is a `ReportedEvent`; a bad one is refused alone."""
    sent_at_ms: EpochMs | None = None
    """The client's clock when it sent this; corrects each `at_ms`."""


class EventOutcome(View, kw_only=True, frozen=True):
    event_id: str | None
    """Null where the event had none that could be read."""
    outcome: Literal["accepted", "duplicate", "refused"]
    message: str | None = None


class EventOutcomes(View, kw_only=True, frozen=True):
    accepted: int
    duplicates: int
    refused: int
    events: list[EventOutcome]
    """In the order in which they were sent."""
