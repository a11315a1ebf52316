"""Events beside the party's log: what viewers' players measured, and who came and went by connection."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from conf import logs
from conf.clock import Clock
from realtime.party.context import Actor
from realtime.party.state import PartyState
from realtime.protocol import ClientInfo, ViewerEvent
from store.documents import TelemetryEvent
from store.errors import Unavailable

HELD = 10_000
"""Connection events held while storage is away, about 5 MB; what is beyond is refused with a log line."""
RETRY_SECONDS = 1.0
BATCH = 500
FIELDS = frozenset(ViewerEvent.__struct_fields__) - {"event_id", "type", "at_ms", "video_id"}

log = logs.get("realtime.telemetry")


class Recorded(Protocol):
    """What a recording comes to."""

    @property
    def accepted(self) -> int: ...

    @property
    def duplicates(self) -> int: ...


class Events(Protocol):
    """Where events become durable; `store.events.Events` in the running system."""

    async def record(self, events: Sequence[TelemetryEvent]) -> Recorded:
        """Store events, each id once. Raises `store.errors.Unavailable`."""
        ...


class Viewer(Struct, frozen=True, kw_only=True):
    """Whose events these are; the server says so, never the client."""

    party_id: str
    actor: Actor
    client: ClientInfo = ClientInfo()

    def event(
        self,
        *,
        event_id: str,
        type: str,  # noqa: A002 - the word of the contract
        at_ms: float,
        received_ms: float,
        video_id: str | None,
        sent_at_ms: float | None = None,
        fields: dict[str, Any] | None = None,
    ) -> TelemetryEvent:
        name, version = self.client.name, self.client.version
        return TelemetryEvent(
            event_id=event_id,
            type=type,
            at_ms=round(at_ms),
            sent_at_ms=None if sent_at_ms is None else round(sent_at_ms),
            received_ms=round(received_ms),
            user_id=self.actor.user_id,
            guest_id=self.actor.guest_id,
            session_id=self.actor.session_id,
            party_id=self.party_id,
            video_id=video_id,
            device=self.client.device,
            browser=self.client.browser,
            os=self.client.os,
            client=f"{name}/{version}" if name and version else name,
            fields=fields or {},
        )


def viewer_event(
    sent: ViewerEvent, viewer: Viewer, state: PartyState, *, offset_ms: float | None, now_ms: float
) -> TelemetryEvent:
    """Turn what a player measured into an event: its time corrected to ours and never in the future, its video checked."""
    at_ms = now_ms if sent.at_ms is None else min(now_ms, sent.at_ms + (offset_ms or 0.0))
    video_id = sent.video_id if sent.video_id in state.video_ids else state.playback.video_id
    given = msgspec.structs.asdict(sent)
    return viewer.event(
        event_id=sent.event_id.replace("-", "").lower(),
        type=sent.type,
        at_ms=at_ms,
        received_ms=now_ms,
        video_id=video_id,
        sent_at_ms=sent.at_ms,
        fields={name: given[name] for name in sorted(FIELDS) if given[name] is not None},
    )


class Recorder:
    """Stores the events of connections behind their backs: nobody waits for them, and none is lost while we run."""

    def __init__(self, events: Events, clock: Clock) -> None:
        self._events = events
        self._clock = clock
        self.taken: Callable[[TelemetryEvent], None] = lambda _event: None
        """Called with each event that is taken."""
        self._held: list[TelemetryEvent] = []
        self._task: asyncio.Task[None] | None = None

    def record(self, event: TelemetryEvent) -> None:
        """Take an event; it is durable soon."""
        if len(self._held) >= HELD:
            log.error("event_refused", type=event.type, party_id=event.party_id)
            return
        self._held.append(event)
        self.taken(event)
        if self._task is None:
            self._task = asyncio.create_task(self._store())

    async def close(self, seconds: float = 5.0) -> None:
        """Store what is held; give up after `seconds`, saying how much was lost."""
        if (task := self._task) is not None:
            await asyncio.wait([task], timeout=seconds)
            task.cancel()
        if self._held:
            log.error("events_lost", n=len(self._held))

    async def _store(self) -> None:
        try:
            while self._held:
                batch = self._held[:BATCH]
                try:
                    await self._events.record(batch)
                except Unavailable:
                    await self._clock.sleep(RETRY_SECONDS)
                else:
                    del self._held[: len(batch)]
        finally:
            self._task = None
