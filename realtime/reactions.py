"""Reactions to films as a replay shows them: counted by second and emoji, and kept behind everybody's back.

What a room sees at the time goes out every 200 ms and is gone (`realtime.hub`); who reacted is told to analytics alone. Here
only numbers stay, a minute at a time. A node that is killed takes those of its last seconds along.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Protocol

from conf import logs
from conf.clock import Clock
from store.documents import ReactedMinute
from store.errors import Unavailable
from store.party_reactions import MINUTE_MS, minute_id

KEEP_SECONDS = 5.0
MOST_KINDS = 12
"""Different emoji of one second that are counted, those that come first: as many as a page shows at once."""
MOST_MINUTES = 10_000
"""Held while storage is away, of all parties together; about 20 MB. What comes then is not counted."""

log = logs.get("realtime.reactions")


class KeptReactions(Protocol):
    """Where they stay; `store.party_reactions.PartyReactions` in the running system."""

    async def keep(self, minute: ReactedMinute) -> None:
        """Store a minute, in the place of what was stored of it. Raises `store.errors.Unavailable`."""
        ...


class _Minute:
    def __init__(self) -> None:
        self.seconds: dict[int, Counter[str]] = {}
        self.changed = False

    def add(self, second: int, emoji: str) -> None:
        counts = self.seconds.setdefault(second, Counter())
        if emoji in counts or len(counts) < MOST_KINDS:
            counts[emoji] += 1
            self.changed = True


class Reactions:
    def __init__(self, *, kept: KeptReactions, node_id: str, clock: Clock) -> None:
        """`node_id` is this start's own: under the id of one before, its counts would be replaced."""
        self._kept = kept
        self._node_id = node_id
        self._clock = clock
        self._minutes: dict[tuple[str, int], _Minute] = {}
        self._task: asyncio.Task[None] | None = None

    def count(self, party_id: str, emoji: str) -> None:
        """Count a reaction of this moment; it is durable soon."""
        minute, ms = divmod(int(self._clock.now_ms()), MINUTE_MS)
        key = (party_id, minute * MINUTE_MS)
        if key not in self._minutes:
            if len(self._minutes) >= MOST_MINUTES:
                return
            self._minutes[key] = _Minute()
        self._minutes[key].add(ms // 1000, emoji)
        if self._task is None:
            self._task = asyncio.create_task(self._keep_on())

    async def close(self, seconds: float = 5.0) -> None:
        """Keep what has been counted; give up after `seconds`, saying how much was lost."""
        if (task := self._task) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._keep(), seconds)
        if lost := sum(minute.changed for minute in self._minutes.values()):
            log.error("reactions_lost", minutes=lost)

    async def _keep_on(self) -> None:
        try:
            while self._minutes:
                await self._clock.sleep(KEEP_SECONDS)
                await self._keep()
        finally:
            self._task = None

    async def _keep(self) -> None:
        """Store what has changed, one after the other: nobody waits for it. A minute that is over and stored is let go."""
        over_ms = self._clock.now_ms() - MINUTE_MS
        for (party_id, minute_ms), minute in tuple(self._minutes.items()):
            if minute.changed:
                stored = minute.changed = False
                try:
                    await self._kept.keep(self._shown(party_id, minute_ms, minute))
                    stored = True
                except Unavailable:
                    return  # the rest would fare no better: all of it the next time
                finally:
                    minute.changed = minute.changed or not stored
            if minute_ms <= over_ms and not minute.changed:
                del self._minutes[party_id, minute_ms]

    def _shown(self, party_id: str, minute_ms: int, minute: _Minute) -> ReactedMinute:
        counts = [
            (second, emoji, count) for second, kinds in sorted(minute.seconds.items()) for emoji, count in kinds.items()
        ]
        return ReactedMinute(
            id=minute_id(party_id, minute_ms, self._node_id), party_id=party_id, minute_ms=minute_ms, counts=counts
        )
