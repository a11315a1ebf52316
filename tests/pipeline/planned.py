"""A schedule as a scheduler tells it."""

from datetime import UTC, datetime, timedelta

from store.documents import PlannedJob

TOLD_AT = datetime(2026, 11, 23, 14, 29, tzinfo=UTC)
PLANNED = [
    PlannedJob(
        id=name,
        every_seconds=60,
        schedule="each minute",
        meaning="Brings events further.",
        inputs=["events"],
        outputs=["lake"],
        next_at=TOLD_AT + timedelta(seconds=70),
        told_at=TOLD_AT,
    )
    for name in ("ingest", "finals")
]
