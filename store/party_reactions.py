"""The collection `party_reactions`: how often people reacted to the film with what, second by second, for the replay.

One document a party, minute and node, under an id made of the three: a node that writes its minute again writes the same
document, and what several nodes counted adds up when it is read. The id is the index too, in the order of time.
"""

from collections import Counter

from store.collection import Collection
from store.documents import ReactedMinute
from store.encoding import from_document, to_document

MINUTE_MS = 60_000
MOST_MINUTES = 60
"""Read at once: in a lively hour about 7,000 counts, 50 KB of JSON before it is packed."""

Reacted = tuple[int, str, int]
"""When (the beginning of a second), with what, how often."""


class PartyReactions:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def keep(self, minute: ReactedMinute) -> None:
        """Store what a node has counted of a minute so far, in the place of what it had."""
        await self._collection.put(to_document(minute))

    async def between(
        self, party_id: str, from_ms: int, until_ms: int | None = None
    ) -> tuple[list[Reacted], int | None]:
        """Add up what all nodes counted in seconds that begin from `from_ms` on and before `until_ms` (None: to the end).

        The second value is the moment up to which was read where there is more than one reading takes, else None.
        """
        end = f"{party_id}0" if until_ms is None else _key(party_id, until_ms + MINUTE_MS)
        rows = await self._collection.find(
            {"_id": {"$gte": _key(party_id, from_ms), "$lt": end}}, sort=[("_id", 1)], limit=MOST_MINUTES + 1
        )
        minutes = [from_document(row, ReactedMinute) for row in rows]
        read_to: int | None = None
        if len(minutes) > MOST_MINUTES:
            # Whole minutes, and one at least: from so many nodes that one minute fills a reading, its rest is left out.
            read_to = max(minutes[-1].minute_ms, minutes[0].minute_ms + MINUTE_MS)
        counts: Counter[tuple[int, str]] = Counter()
        for minute in minutes:
            for second, emoji, count in minute.counts:
                at_ms = minute.minute_ms + second * 1000
                if at_ms >= from_ms and all(at_ms < bound for bound in (until_ms, read_to) if bound is not None):
                    counts[at_ms, emoji] += count
        return sorted((at_ms, emoji, count) for (at_ms, emoji), count in counts.items()), read_to


def minute_id(party_id: str, minute_ms: int, node_id: str) -> str:
    """Name the document of a party's minute on a node."""
    return f"{_key(party_id, minute_ms)}/{node_id}"


def _key(party_id: str, at_ms: int) -> str:
    """Name a minute so that names sort as time does."""
    return f"{party_id}/{at_ms // MINUTE_MS:010d}"
