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
Viewers = dict[str, set[str]]
"""Who watched something, by subject."""


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

    def seen(self, family: str, day: str, viewers: Viewers) -> None:
        """Note who watched something of each subject on `day`."""
        known: dict[str, str] = {}
        names = _names(family, viewers)
        for part in _parts(sorted(names)):
            known |= {row["_id"]: row["day"] for row in self._collection.find({"_id": {"$in": part}}, {"day": 1})}
        earlier = [name for name in sorted(names) if known.get(name, "9") > day]
        for part in _parts(earlier):
            self._collection.bulk_write(
                [
                    UpdateOne(
                        {"_id": name},
                        {"$min": {"day": day}, "$setOnInsert": {"family": family, "subject": names[name]}},
                        upsert=True,
                    )
                    for name in part
                ],
                ordered=False,
            )

    def gone(self, family: str, day: str, viewers: Viewers) -> list[str]:
        """Name the first views noted on `day` that are none any more: an event came late enough to take a view back.

        Their viewers' next day becomes the first, so the later days are to be noted again after `forget`.
        """
        names = _names(family, viewers)
        rows = self._collection.find({"family": family, "day": day}, {"_id": 1})
        return sorted(row["_id"] for row in rows if row["_id"] not in names)

    def forget(self, names: list[str], day: str) -> None:
        """Remove first views that `gone` named, where nobody has moved them to another day."""
        for part in _parts(names):
            self._collection.bulk_write([DeleteOne({"_id": name, "day": day}) for name in part], ordered=False)


def _names(family: str, viewers: Viewers) -> dict[str, str]:
    """Name the first views, each with its subject."""
    return {f"{family}:{subject}:{viewer}": subject for subject, of in viewers.items() for viewer in of}


def _parts(items: list[T]) -> Iterable[list[T]]:
    for start in range(0, len(items), BULK):
        yield items[start : start + BULK]
