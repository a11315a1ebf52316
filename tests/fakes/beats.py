"""What nodes tell of this moment, in memory."""

import asyncio
from collections.abc import Sequence

from store.documents import LiveBeat, LiveDay
from store.errors import Unavailable


class MemoryBeats:
    """Satisfies `realtime.beats.KeptBeats`."""

    def __init__(self) -> None:
        self.beats: dict[str, LiveBeat] = {}
        self.days: dict[str, LiveDay] = {}
        self.away = False

    async def keep(self, beat: LiveBeat, days: Sequence[LiveDay]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("no beats now")
        self.beats[beat.id] = beat
        self.days |= {day.id: day for day in days}

    async def end(self, node_id: str, days: Sequence[LiveDay]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("no end now")
        self.beats.pop(node_id, None)
        self.days |= {day.id: day for day in days}
