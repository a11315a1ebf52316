"""Events of accounts and videos, for analytics."""

from conf import logs
from conf.clock import Clock
from store.database import Store
from store.documents import TelemetryEvent
from store.errors import Unavailable
from store.ids import new_id


async def note(
    store: Store,
    clock: Clock,
    type_: str,
    *,
    user_id: str | None,
    guest_id: str | None = None,
    party_id: str | None = None,
    video_id: str | None = None,
) -> None:
    """Record what has been done. It stays done where this cannot be stored: then the log has it."""
    now_ms = round(clock.now_ms())
    event = TelemetryEvent(
        event_id=new_id(now_ms),
        type=type_,
        at_ms=now_ms,
        received_ms=now_ms,
        user_id=user_id,
        guest_id=guest_id,
        party_id=party_id,
        video_id=video_id,
        client="api",
    )
    try:
        await store.events.record([event])
    except Unavailable:
        logs.get("api.analytics").error("event_lost", type=type_, user_id=user_id, video_id=video_id, at_ms=now_ms)
