"""The collections `live` and `live_days`: what each websocket node counts of this moment, and of each UTC day.

Each node writes documents of its own, always the whole of them, so writing one again changes nothing, and no node waits
for another. Who reads adds them up. A node that falls silent is believed until its beat expires.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from store.collection import Collection, Row
from store.documents import LiveBeat, LiveDay
from store.encoding import from_document, to_document

PATIENCE_SECONDS = 1.0
"""A beat that cannot be written soon is not worth writing: the next one says more."""


class Live:
    def __init__(self, beats: Collection, days: Collection) -> None:
        self._beats = beats
        self._days = days

    async def keep(self, beat: LiveBeat, days: Sequence[LiveDay]) -> None:
        """Store a node's beat and those days of which it counted more. Raises `Unavailable`."""
        await asyncio.gather(
            _put(self._beats, to_document(beat)), *(_put(self._days, to_document(day)) for day in days)
        )

    async def end(self, node_id: str, days: Sequence[LiveDay]) -> None:
        """Store the last a node has to say, and show that it is gone. Raises `Unavailable`."""
        await asyncio.gather(
            self._beats.delete({"_id": node_id}), *(_put(self._days, to_document(day)) for day in days)
        )

    async def beats(self, now: datetime) -> list[LiveBeat]:
        """Read the newest beat of every node that is believed now; MongoDB removes the others up to a minute late."""
        rows = await self._beats.find({"expires_at": {"$gt": now}}, sort=[("_id", 1)])
        return [from_document(row, LiveBeat) for row in rows]


def day_id(day: str, node_id: str) -> str:
    """Name the document of a node's day, so that those of a day are found by their ids."""
    return f"{day}:{node_id}"


async def _put(collection: Collection, document: Row) -> None:
    fields = {name: value for name, value in document.items() if name != "_id"}
    await collection.change({"_id": document["_id"]}, {"$set": fields}, upsert=True, retry_seconds=PATIENCE_SECONDS)
