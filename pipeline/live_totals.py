"""Live and finals: what the websocket nodes counted of a day while it happened, against the figures of the platform.

They count the same events, so they are the same. What may come between: a node that was killed takes the counts of its last
beat along (`cut`), a message whose commit was stored while the database did not answer is counted by nobody, and a history
that was written without any node was never live.
"""

from typing import Any

import msgspec
from pymongo.database import Database

from store.aggregates import aggregate_id

LIVE = {"chat": "chat_messages", "reactions": "reactions"}
"""What nodes count, and the sum of `platform_day` that it must be. Joins are no figure: there each viewer counts once."""


class LiveFound(msgspec.Struct, kw_only=True):
    """A total of a day: as the nodes counted it, and in the figures."""

    day: str
    name: str
    live: int
    figures: int
    nodes: int
    cut: int
    """Of these nodes, those that were not heard to the end of the day or of themselves."""

    @property
    def difference(self) -> int:
        return abs(self.live - self.figures)


def live_found(database: Database[dict[str, Any]], day: str) -> list[LiveFound]:
    """Compare a day that is over; nothing is found of one on which no node counted."""
    nodes = list(database["live_days"].find({"_id": {"$gte": f"{day}:", "$lt": f"{day};"}}))
    if not nodes:
        return []
    figures = database["aggregates"].find_one({"_id": aggregate_id("platform_day", "platform", "all", day)})
    sums = figures["values"]["sums"] if figures else {}
    return [
        LiveFound(
            day=day,
            name=name,
            live=sum(node[counted] for node in nodes),
            figures=sums.get(name, 0),
            nodes=len(nodes),
            cut=sum(not node["whole"] for node in nodes),
        )
        for counted, name in LIVE.items()
    ]
