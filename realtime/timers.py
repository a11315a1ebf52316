"""What time does to a party: its scheduled start, the end of the video, a host who stays away, an empty party.

Every node that hosts a member asks; the log decides once, since each of these commands is void when it has happened.
"""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress

from conf import logs
from conf.clock import Clock, utc
from realtime.engine import Engine, NoSuchParty
from realtime.party import commands as do
from realtime.party.context import SYSTEM
from realtime.party.playback import ends_at_ms
from realtime.party.refused import Refused
from realtime.party.rules import schedule, waiting
from realtime.party.state import PartyState
from realtime.presence import Presence
from realtime.projection import Parties
from store.errors import Unavailable

SWEEP_SECONDS = 0.25
GRACE_MS = 20_000
"""How long a host may be gone before somebody takes over."""
EMPTY_MS = 300_000
"""How long an empty party goes on before it is a lobby again."""
IDLE_MS = 600_000
"""How long a party stays in memory when nobody asks for it."""
WAKE_SECONDS = 15.0
"""How often the scheduled parties are looked for whose doors are to be opened: nobody need be there to ask for them."""
AGAIN_MS = 5_000
"""How long after a command had no effect, or storage was away, it is asked for again."""

log = logs.get("realtime.timers")


class Watch:
    """What is known of one party between two sweeps."""

    def __init__(self, now_ms: float) -> None:
        self.host_seen_ms = now_ms
        self.somebody_seen_ms = now_ms
        self.not_before_ms = 0.0

    def see(self, state: PartyState, connected: AbstractSet[str], now_ms: float) -> None:
        if state.host_id in connected:
            self.host_seen_ms = now_ms
        if connected:
            self.somebody_seen_ms = now_ms

    def wait(self, state: PartyState, presence: Presence, now_ms: float) -> do.ServerCommand | None:
        """Stop for players that ran dry, or go on when they are ready or out of time."""
        if state.settings.wait == "off" and state.waiting is None:
            return None
        dry = presence.dry(state.party_id, now_ms)
        if state.waiting is not None:
            late = waiting.still_dry(state, dry, presence.connected(state.party_id))
            if not late or now_ms >= state.waiting.until_ms:
                return do.GoOn(dry=frozenset(dry))
        stop = do.Wait(dry=dry, watching=presence.watching(state.party_id, now_ms))
        return stop if dry and waiting.whom(state, stop, now_ms) else None

    def due(self, state: PartyState, connected: AbstractSet[str], now_ms: float) -> do.ServerCommand | None:
        """Say what else the party needs now, if anything."""
        end_ms = ends_at_ms(state.playback, state.duration_ms)
        if state.status == "ended" or now_ms < self.not_before_ms:
            return None
        if end_ms is not None and now_ms >= end_ms:
            return do.Advance()
        if connected and now_ms - self.host_seen_ms >= GRACE_MS and not schedule.awaits_host(state, now_ms):
            return do.Succeed()
        if state.status == "live" and now_ms - self.somebody_seen_ms >= EMPTY_MS:
            return do.Vacate(empty_since_ms=self.somebody_seen_ms)
        return schedule.due(state, connected, now_ms)


class Timers:
    def __init__(self, *, engine: Engine, parties: Parties, presence: Presence, clock: Clock) -> None:
        self._engine = engine
        self._parties = parties
        self._presence = presence
        self._clock = clock
        self._watches: dict[str, Watch] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to sweep; call in the running loop."""
        self._tasks = [asyncio.create_task(self._sweep_on()), asyncio.create_task(self._wake_on())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._asking.values(), return_exceptions=True)

    async def _sweep_on(self) -> None:
        await self._wake_live()
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            self._sweep(self._clock.now_ms())

    async def _wake_on(self) -> None:
        """Hold the scheduled parties whose time is near; from then on the sweep sees to them."""
        while True:
            near = utc(self._clock.now_ms() + schedule.DOORS_MS)
            with suppress(Unavailable):  # they are as due the next time
                for party_id in await self._parties.opening(near):
                    with suppress(NoSuchParty):
                        await self._engine.room(party_id)
            await self._clock.sleep(WAKE_SECONDS)

    async def _wake_live(self) -> None:
        """Hold the parties that were live when the last node went: nobody may come back to ask for them."""
        while True:
            try:
                for party_id in await self._parties.live():
                    with suppress(NoSuchParty):
                        await self._engine.room(party_id)
            except Unavailable:
                await self._clock.sleep(AGAIN_MS / 1000)
            else:
                return

    def _sweep(self, now_ms: float) -> None:
        rooms = {room.party_id: room for room in self._engine.rooms()}
        for party_id in self._watches.keys() - rooms.keys():
            del self._watches[party_id]
        for party_id, room in rooms.items():
            watch = self._watches.setdefault(party_id, Watch(now_ms))
            connected = self._presence.connected(party_id)
            watch.see(room.state, connected, now_ms)
            command = watch.wait(room.state, self._presence, now_ms) or watch.due(room.state, connected, now_ms)
            if command is not None and party_id not in self._asking:
                self._asking[party_id] = asyncio.create_task(self._ask(party_id, watch, command))
            elif not connected and room.state.status != "live" and now_ms - room.used_ms >= IDLE_MS:
                self._engine.forget(party_id)

    async def _ask(self, party_id: str, watch: Watch, command: do.ServerCommand) -> None:
        try:
            accepted = await self._engine.submit(party_id, command, actor=SYSTEM)
            if not accepted.events:
                watch.not_before_ms = self._clock.now_ms() + AGAIN_MS
        except (Refused, Unavailable, NoSuchParty) as error:
            watch.not_before_ms = self._clock.now_ms() + AGAIN_MS
            log.info("timer_refused", party_id=party_id, command=type(command).__name__, error=str(error))
        finally:
            del self._asking[party_id]
