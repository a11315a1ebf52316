"""The heartbeat of a node's figures: every five seconds it counts who is here and stores one small document, behind everybody's back.

Whoever shows the figures adds up the documents of all nodes. A database that is away costs nothing but the beat: the next one
says all that the lost one would have said, as each is the whole of what the node knows.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from conf import logs
from conf.clock import Clock
from realtime.engine import Engine
from realtime.hub import Hub
from realtime.live import BEAT_SECONDS, Kind, Live
from realtime.presence import Presence
from store.documents import LiveBeat, LiveDay, PartyEvent, TelemetryEvent
from store.errors import Unavailable

LAST_SECONDS = 1.0
"""How long a node that goes waits for its last words to be stored."""
COUNTED: dict[str, Kind] = {"chat.sent": "chat", "reaction.sent": "reactions", "party.joined": "joins"}
"""The events that the pipeline counts by the same names."""

log = logs.get("realtime.beats")


class KeptBeats(Protocol):
    """Where they go; `store.live.Live` in the running system."""

    async def keep(self, beat: LiveBeat, days: Sequence[LiveDay]) -> None:
        """Store a node's beat and those days of which it counted more. Raises `store.errors.Unavailable`."""
        ...

    async def end(self, node_id: str, days: Sequence[LiveDay]) -> None:
        """Store the last a node has to say, and show that it is gone. Raises `store.errors.Unavailable`."""
        ...


class Beats:
    def __init__(
        self, *, kept: KeptBeats, node_id: str, hub: Hub, presence: Presence, engine: Engine, clock: Clock
    ) -> None:
        """`node_id` is this start's own."""
        self._kept = kept
        self._node_id = node_id
        self._hub = hub
        self._presence = presence
        self._engine = engine
        self._clock = clock
        self._live = Live(node_id)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell; call in the running loop."""
        self._task = asyncio.create_task(self._beat_on())

    async def close(self) -> None:
        """Tell the last, and that nothing follows; give up after a second."""
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        days = self._live.untold(self._clock.now_ms(), ended=True)
        with suppress(TimeoutError, Unavailable):
            await asyncio.wait_for(self._kept.end(self._node_id, days), LAST_SECONDS)

    def hear_log(self, party_id: str, records: Sequence[PartyEvent]) -> None:
        """Count what was committed to a party's log by this node."""
        for record in records:
            if (kind := COUNTED.get(record.type)) is not None:
                self._live.count(kind, party_id, record.at_ms)

    def hear_event(self, event: TelemetryEvent) -> None:
        """Count an event beside the log."""
        if event.party_id is not None and (kind := COUNTED.get(event.type)) is not None:
            self._live.count(kind, event.party_id, event.at_ms)

    def now(self) -> LiveBeat:
        """Tell how it is now."""
        now_ms = self._clock.now_ms()
        return self._live.beat(
            now_ms,
            present=self._hub.sessions(),
            is_live=self._is_live,
            drifts=self._presence.drifts_here(now_ms),
        )

    def _is_live(self, party_id: str) -> bool:
        state = self._engine.peek(party_id)
        return state is not None and state.status == "live"

    async def _beat_on(self) -> None:
        while True:
            await self._clock.sleep(BEAT_SECONDS)
            try:
                days = self._live.untold(self._clock.now_ms())
                await self._kept.keep(self.now(), days)
                self._live.told(days)
            except Unavailable:
                continue  # the next one says all of it
            except Exception:  # figures are worth no party: whatever is wrong with one beat, there is a next
                log.exception("beat_failed")
