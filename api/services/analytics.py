"""Events of accounts, videos and invitations, for analytics: what happens beside parties' logs and viewers' players."""

from collections.abc import Mapping

from conf import logs
from conf.clock import Clock
from store.database import Store
from store.documents import TelemetryEvent
from store.errors import Unavailable
from store.ids import new_id

Fields = Mapping[str, float | int | str | bool | None]


async def note(
    store: Store,
    clock: Clock,
    type_: str,
    *,
    user_id: str | None,
    guest_id: str | None = None,
    party_id: str | None = None,
    video_id: str | None = None,
    event_id: str | None = None,
    fields: Fields | None = None,
) -> None:
    """Record what has been done. It stays done where this cannot be stored: then the log has it.

    `event_id` is given where the same thing may be noted twice: it counts once. Of `fields`, None is left out.
    """
    now_ms = round(clock.now_ms())
    event = TelemetryEvent(
        event_id=event_id or new_id(now_ms),
        type=type_,
        at_ms=now_ms,
        received_ms=now_ms,
        user_id=user_id,
        guest_id=guest_id,
        party_id=party_id,
        video_id=video_id,
        client="api",
        fields={name: value for name, value in (fields or {}).items() if value is not None},
    )
    try:
        await store.events.record([event])
    except Unavailable:
        logs.get("api.analytics").error("event_lost", type=type_, user_id=user_id, video_id=video_id, at_ms=now_ms)
