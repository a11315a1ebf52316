"""The collection `first_views`: on which day somebody first watched something of a creator, a video, the platform.

One document a family, subject and viewer, which only ever moves to an earlier day ($min): days may be computed in any
order, twice or side by side. How many people are new in a range is then a count, however long the range is.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from pymongo import DeleteOne, UpdateOne
from pymongo.database import Database

from store.collection import Collection

BULK = 1_000

T = TypeVar("T")


class FirstViews:
    """Counts new people, for the dashboards."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def count(self, family: str, subject: str, from_day: str, to_day: str) -> int:
        """Count who watched something of `subject` for the first time on a day from `from_day` up to and with `to_day`."""
        days = {"$gte": from_day, "$lte": to_day}
        return await self._collection.count({"family": family, "subject": subject, "day": days})


class FirstViewsWriter:
    """Keeps the first days, for the pipeline's processes."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._collection = database["first_views"]

    def seen(self, family: str, day: str, viewers: dict[str, set[str]]) -> list[str]:
        """Note who watched something of each subject on `day`; returns the subjects of whom somebody first seen then is gone.

        Where an event came late enough to take a view back, its viewer's next day becomes the first: those subjects'
        later days are to be noted again.
        """
        known: dict[str, str] = {}
        names = {f"{family}:{subject}:{viewer}": (subject, viewer) for subject, of in viewers.items() for viewer in of}
        for part in _parts(sorted(names)):
            known |= {row["_id"]: row["day"] for row in self._collection.find({"_id": {"$in": part}}, {"day": 1})}
        earlier = [name for name in sorted(names) if known.get(name, "9") > day]
        for part in _parts(earlier):
            self._collection.bulk_write(
                [
                    UpdateOne(
                        {"_id": name},
                        {"$min": {"day": day}, "$setOnInsert": {"family": family, "subject": names[name][0]}},
                        upsert=True,
                    )
                    for name in part
                ],
                ordered=False,
            )
        gone = [row for row in self._collection.find({"family": family, "day": day}) if row["_id"] not in names]
        for rows in _parts(gone):
            self._collection.bulk_write([DeleteOne({"_id": row["_id"], "day": day}) for row in rows], ordered=False)
        return sorted({row["subject"] for row in gone})


def _parts(items: list[T]) -> Iterable[list[T]]:
    for start in range(0, len(items), BULK):
        yield items[start : start + BULK]
