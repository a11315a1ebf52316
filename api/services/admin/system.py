"""The node that answers and its database, as they are now."""

import asyncio
import os
import platform
import threading
from pathlib import Path

import tornado
from msgspec import structs

from api.schemas.admin_site import CollectionView, SystemView
from conf.clock import Clock, utc
from conf.settings import Settings, shown
from realtime.protocol import SUBPROTOCOL
from store.database import Store

PROC = Path("/proc/self")
LAG_TRIES = 5
LAG_STEP_SECONDS = 0.01


class System:
    def __init__(self, *, store: Store, settings: Settings, version: str, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._version = version
        self._clock = clock
        self._started_ms = clock.now_ms()

    async def read(self) -> SystemView:
        facts = await self._store.facts()
        return SystemView(
            version=self._version,
            protocol=SUBPROTOCOL,
            python=platform.python_version(),
            tornado=tornado.version,
            mongodb=facts.version,
            started_at=utc(self._started_ms),
            uptime_seconds=round((self._clock.now_ms() - self._started_ms) / 1000, 3),
            pid=os.getpid(),
            memory_bytes=_memory_bytes(),
            open_files=_open_files(),
            threads=threading.active_count(),
            event_loop_lag_ms=round(await self._lag_ms(), 3),
            settings=shown(self._settings),
            collections=[CollectionView(**structs.asdict(size)) for size in facts.collections],
        )

    async def _lag_ms(self) -> float:
        loop, worst = asyncio.get_running_loop(), 0.0
        for _ in range(LAG_TRIES):
            before = loop.time()
            await self._clock.sleep(LAG_STEP_SECONDS)
            worst = max(worst, loop.time() - before - LAG_STEP_SECONDS)
        return 1000 * worst


def _memory_bytes() -> int | None:
    """Tell the memory that the process really occupies (resident set)."""
    try:
        pages = int((PROC / "statm").read_text(encoding="ascii").split()[1])
    except OSError:  # no Linux
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int | None:
    try:
        return len(os.listdir(PROC / "fd"))  # noqa: PTH208 - the names are only counted
    except OSError:
        return None
