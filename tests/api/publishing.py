from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database

from store.aggregates import aggregate_id
from store.documents import Aggregate
from store.encoding import to_document

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Publish:
    """Writes rows as the pipeline does."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._database = database

    def __call__(
        self, family: str, kind: Any, subject: str, window: str, values: dict[str, Any], *, at: datetime = NOON
    ) -> None:
        row = Aggregate(
            id=aggregate_id(family, kind, subject, window),
            family=family,
            kind=kind,
            subject=subject,
            window=window,
            definition_version=1,
            computed_at=at,
            complete_until=at - timedelta(minutes=1),
            provisional=False,
            values=values,
        )
        self._database.aggregates.replace_one({"_id": row.id}, to_document(row), upsert=True)
