"""Viewer telemetry of clients without a socket: each event is checked, made ours and stored by itself."""

import asyncio
from collections.abc import Sequence

import msgspec

from api.decoding import decode_body
from api.problems import Problem
from api.schemas.events import EventOutcome, ReportedEvent
from conf.clock import Clock
from realtime.engine import Engine, NoSuchParty
from realtime.party.context import Actor
from realtime.party.state import PartyState
from realtime.protocol import ClientInfo
from realtime.telemetry import Viewer, viewer_event
from store.database import Store
from store.documents import TelemetryEvent, User

CLIENT = ClientInfo(name="rest")
OLDEST_MS = 7 * 86_400_000
"""How late an event may come: the pipeline takes late ones in for seven days."""


class Telemetry:
    def __init__(self, *, store: Store, engine: Engine, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._clock = clock

    async def record(self, user: User, events: Sequence[msgspec.Raw], sent_at_ms: int | None) -> list[EventOutcome]:
        """Store each event once and tell what became of it. Raises `store.errors.Unavailable` for all together."""
        now_ms = self._clock.now_ms()
        offset_ms = None if sent_at_ms is None else now_ms - sent_at_ms
        states: dict[str, PartyState | None] = {}
        return list(await asyncio.gather(*(self._record_one(user, raw, offset_ms, now_ms, states) for raw in events)))

    async def _record_one(
        self,
        user: User,
        raw: msgspec.Raw,
        offset_ms: float | None,
        now_ms: float,
        states: dict[str, PartyState | None],
    ) -> EventOutcome:
        try:
            sent = decode_body(bytes(raw), ReportedEvent)
            event = self._event(user, sent, await self._state(sent.party_id, states), offset_ms, now_ms)
        except Problem as problem:
            return EventOutcome(event_id=_event_id(raw), outcome="refused", message=problem.detail)
        # Calls that come together share one insert, so each can have its own answer.
        recorded = await self._store.events.record([event])
        return EventOutcome(event_id=sent.event_id, outcome="accepted" if recorded.accepted else "duplicate")

    def _event(
        self, user: User, sent: ReportedEvent, state: PartyState | None, offset_ms: float | None, now_ms: float
    ) -> TelemetryEvent:
        if state is None or not (user.id == state.host_id or user.id in state.members):
            raise Problem("not_found", "There is no such party, or you have not entered it.")
        session_id = f"rest-{user.id}-{sent.session_id or ''}"
        actor = Actor(user_id=user.id, name=user.display_name, session_id=session_id)
        viewer = Viewer(party_id=sent.party_id, actor=actor, client=CLIENT)
        event = viewer_event(sent, viewer, state, offset_ms=offset_ms, now_ms=now_ms)
        if event.at_ms < now_ms - OLDEST_MS:
            raise Problem("invalid", "The event is older than seven days.")
        return event

    async def _state(self, party_id: str, states: dict[str, PartyState | None]) -> PartyState | None:
        if party_id not in states:
            try:
                states[party_id] = await self._engine.state(party_id)
            except NoSuchParty:
                states[party_id] = None
        return states[party_id]


class _Named(msgspec.Struct):
    event_id: str | None = None


def _event_id(raw: msgspec.Raw) -> str | None:
    """Read the id of an event that cannot be read otherwise, so that its sender knows which one it was."""
    try:
        name = msgspec.json.decode(bytes(raw), type=_Named).event_id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return name if name is None or len(name) <= 64 else None  # noqa: PLR2004 - as long as any id
