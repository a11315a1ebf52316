"""Whether the pipeline keeps up: from the outcomes of its jobs."""

from datetime import datetime

from msgspec import structs

from api.schemas.dashboards import JobHealthView, PipelineView
from conf.clock import Clock, to_ms, utc
from store.database import Store
from store.documents import JobRun

INGEST = "ingest"
QUALITY = "quality"
SLOT_MS = 60_000
"""A slot of ingest is a minute, named by its beginning."""


class PipelineHealth:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self) -> PipelineView:
        ingested = await self._store.job_outcomes.last(INGEST, done=True)
        checked = await self._store.job_outcomes.last(QUALITY, done=True)
        watermark_ms = None if ingested is None else _ends_ms(ingested.slot)
        return PipelineView(
            watermark=None if watermark_ms is None else utc(watermark_ms),
            lag_ms=None if watermark_ms is None else self._lag_ms(watermark_ms),
            late=_count(ingested, "late"),
            events=_count(ingested, "rows"),
            quality_failures=_count(checked, "failures"),
            jobs=[await self._job(planned.id) for planned in await self._store.job_board.planned()],
        )

    def now(self, seen: PipelineView) -> PipelineView:
        """Tell of what was seen a moment ago how far it lags by now."""
        watermark = seen.watermark
        return seen if watermark is None else structs.replace(seen, lag_ms=self._lag_ms(to_ms(watermark)))

    def _lag_ms(self, watermark_ms: float) -> int:
        return max(0, round(self._clock.now_ms() - watermark_ms))

    async def _job(self, name: str) -> JobHealthView:
        run = await self._store.job_outcomes.last(name)
        return JobHealthView(
            job=name,
            state=None if run is None else run.state,
            slot=None if run is None else run.slot,
            finished_at=None if run is None else run.finished_at,
            error=None if run is None else run.error,
        )


def _ends_ms(slot: str) -> int | None:
    try:
        return to_ms(datetime.fromisoformat(f"{slot}:00+00:00")) + SLOT_MS
    except ValueError:
        return None


def _count(run: JobRun | None, name: str) -> int | None:
    """Read a number of an outcome; a list counts its entries."""
    found = None if run is None else run.outcome.get(name)
    if isinstance(found, list | dict):
        return len(found)
    return found if isinstance(found, int) else None
