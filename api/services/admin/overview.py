"""How the place does, in numbers that are counted by indexes and kept for ten seconds."""

import asyncio
import shutil
from datetime import UTC, datetime, time
from pathlib import Path

from api.schemas.admin_site import OverviewView
from api.services.admin.ports import Sockets
from api.services.files import Files
from conf.clock import Clock, utc
from store.database import Store

KEPT_MS = 10_000


class Overview:
    def __init__(self, *, store: Store, sockets: Sockets, files: Files, data: Path, clock: Clock) -> None:
        self._store = store
        self._sockets = sockets
        self._files = files
        self._data = data
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: OverviewView | None = None
        self._known_ms = 0.0

    async def read(self) -> OverviewView:
        """Give the numbers; who asks while they are being counted waits for the same count."""
        async with self._turn:
            now_ms = self._clock.now_ms()
            if self._known is None or now_ms - self._known_ms >= KEPT_MS:
                self._known, self._known_ms = await self._counted(utc(now_ms)), now_ms
            return self._known

    async def _counted(self, now: datetime) -> OverviewView:
        store, midnight = self._store, datetime.combine(now.date(), time(), UTC)
        verified, others, active, live, reports, jobs, pending, failed = await asyncio.gather(
            store.users.count(verified=True),
            store.users.count(verified=False),
            store.refresh_tokens.count_active(midnight),
            store.parties.count("live"),
            store.reports.count_under_way(),
            store.job_board.count_failed(),
            store.outbox.count("pending"),
            store.outbox.count("failed"),
        )
        disk = await self._files.run(lambda: shutil.disk_usage(self._data))
        return OverviewView(
            users=verified + others,
            verified_users=verified,
            active_today=active,
            live_parties=live,
            open_sockets=self._sockets.connections(),
            open_reports=reports,
            failed_jobs=jobs,
            mails_pending=pending,
            mails_failed=failed,
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            computed_at=now,
        )
