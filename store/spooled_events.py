"""Telemetry that outlasts an absence of MongoDB: what cannot be written there is kept in the disk spool, and brought later.

Theory. While all is well, events go to MongoDB and the spool is empty. A call that MongoDB does not answer within
`PATIENCE_SECONDS` is written to the spool, synced, and then acknowledged: durable is durable. From then on everything
goes to the spool, behind what waits there, while one task brings it to MongoDB in order; when the spool is empty, calls
go straight through again. A write that MongoDB carried out after all is brought a second time, which its id makes
harmless. When the spool is full, calls fail with `Unavailable`: whoever sent the events sends them again.

Events keep the `received_ms` at which they came, which decides their day and is what figures are made of.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from store.batches import Batches, Pending
from store.documents import TelemetryEvent
from store.errors import NotStorable, Unavailable
from store.events import Events, Recorded, check_storable
from store.spool import Spool, SpoolFull

PATIENCE_SECONDS = 2.0
"""Longer than a write takes on a busy machine (p99 below 1 s), shorter than a client waits before it asks again."""
WATCH_SECONDS = 0.25
RETRY_SECONDS = 1.0
BROUGHT_AT_ONCE = 1000
IDS_REMEMBERED = 50_000
"""Of spooled events, 6 MB: the same event sent again meanwhile is answered as a duplicate. Further back the database tells."""

UNREADABLE = (NotStorable, msgspec.MsgspecError)

T = TypeVar("T")
Call = Pending[Sequence[TelemetryEvent], Recorded]
Pseudonyms = Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
"""Finds, of some user ids, those whose accounts were erased, with what stands for them."""

log = logs.get("store.spool")


class SpooledEvents:
    """Satisfies the same port as `store.events.Events`, in front of which it stands."""

    def __init__(self, events: Events, spool: Spool, *, pseudonyms: Pseudonyms, clock: Clock, metrics: Metrics) -> None:
        self._events = events
        self._spool = spool
        self._pseudonyms = pseudonyms
        self._clock = clock
        self._metrics = metrics
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(TelemetryEvent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._keeping: Batches[Sequence[TelemetryEvent], Recorded] = Batches(write=self._keep, clock=clock, writers=1)
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._bringing: asyncio.Task[None] | None = None
        self._patience: dict[asyncio.Future[None], float] = {}
        """Calls under way, with the time at which their patience ends."""
        self._watch: asyncio.Task[None] | None = None
        self._overtaken: set[asyncio.Future[Recorded]] = set()
        self._closing = self._full = False

    def start(self) -> None:
        """Begin to bring what an earlier process has left."""
        if not self._spool.empty:
            log.info("spool_found", bytes=self._spool.bytes)
            self._bring_soon()

    async def record(self, events: Sequence[TelemetryEvent]) -> Recorded:
        """Make events durable, in MongoDB or in the spool.

        Raises `Unavailable` where neither takes them (send them again, with the same ids), or `NotStorable`.
        """
        if self._bringing is None:
            with suppress(Unavailable):
                if (recorded := await self._straight(events)) is not None:
                    return recorded
        if not events:
            return Recorded(0, 0)
        for event in events:
            check_storable(event)
        return await self._keeping.submit(events, weight=len(events), size=0)

    async def close(self) -> None:
        """Keep what waits, take nothing more, and let go; what is spooled is for the next start."""
        if self._closing:
            return
        self._closing = True
        await self._keeping.close()
        for task in (self._bringing, self._watch):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._events.close()
        if self._overtaken:
            await asyncio.wait(self._overtaken)
        await self._in_thread(self._spool.close)
        self._thread.shutdown()

    async def _straight(self, events: Sequence[TelemetryEvent]) -> Recorded | None:
        """Write to MongoDB; None where it takes too long. Then the write goes on, and what comes of it is not needed."""
        writing = asyncio.ensure_future(self._events.record(events))
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        writing.add_done_callback(lambda _writing: _settle(answer))
        self._patience[answer] = self._clock.now_ms() + PATIENCE_SECONDS * 1000
        if self._watch is None:
            self._watch = asyncio.create_task(self._watch_over())
        try:
            await answer
        finally:
            del self._patience[answer]
            if not writing.done():
                self._overtaken.add(writing)
                writing.add_done_callback(self._overtook)
        return writing.result() if writing.done() else None

    async def _watch_over(self) -> None:
        """End the patience of calls whose time is up. One task for all: a timer for each cost more than the call."""
        try:
            while self._patience:
                await self._clock.sleep(WATCH_SECONDS)
                now_ms = self._clock.now_ms()
                for answer in [answer for answer, until_ms in self._patience.items() if until_ms <= now_ms]:
                    _settle(answer)
        finally:
            self._watch = None

    def _overtook(self, writing: asyncio.Future[Recorded]) -> None:
        self._overtaken.discard(writing)
        if not writing.cancelled():
            writing.exception()  # looked at, so that nobody warns of it: the events are in the spool

    async def _keep(self, batch: list[Call]) -> None:
        """Write calls to the spool, synced together; each as a whole or not at all."""
        seen: set[str] = set()
        news = [self._new_of(pending, seen) for pending in batch]
        try:
            await self._in_thread(partial(self._spool.append, [record for new in news for record in new]))
        except SpoolFull as full:
            if len(batch) == 1:
                self._refuse(batch, full)
            for pending in batch if len(batch) > 1 else ():
                await self._keep([pending])
        except OSError as error:
            self._refuse(batch, error)
        else:
            self._full = False
            self._kept |= dict.fromkeys(seen)
            while len(self._kept) > IDS_REMEMBERED:
                self._kept.popitem(last=False)
            for pending, new in zip(batch, news, strict=True):
                pending.succeed(Recorded(len(new), len(pending.item) - len(new)))
            self._told()
            self._bring_soon()

    def _new_of(self, pending: Call, seen: set[str]) -> list[bytes]:
        """Encode those events of a call that are neither in the spool nor in an earlier call."""
        records = []
        for event in pending.item:
            if event.event_id not in self._kept and event.event_id not in seen:
                seen.add(event.event_id)
                records.append(self._encoder.encode(event))
        return records

    def _refuse(self, batch: list[Call], reason: Exception) -> None:
        self._metrics.count("spool.refused", sum(len(pending.item) for pending in batch))
        if not self._full:  # one line when it begins; the metric counts on
            log.error("spool_refuses", reason=type(reason).__name__, bytes=self._spool.bytes)
        self._full = True
        for pending in batch:
            pending.fail(Unavailable("the spool takes nothing more"))

    def _bring_soon(self) -> None:
        if self._bringing is None and not self._closing:
            self._bringing = asyncio.create_task(self._bring())

    async def _bring(self) -> None:
        """Bring to MongoDB what is in the spool, in order, until nothing is."""
        try:
            while not self._spool.empty:
                try:
                    await self._deliver_all(await self._in_thread(partial(self._spool.read, BROUGHT_AT_ONCE)))
                    await self._in_thread(self._spool.forget)
                except (Unavailable, OSError):
                    await self._clock.sleep(RETRY_SECONDS)
                self._told()
        finally:
            self._bringing = None

    async def _deliver_all(self, records: Sequence[bytes]) -> None:
        try:
            await self._deliver(records)
        except UNREADABLE:  # of another version of ours: it must not hold up what is behind it
            for record in records:
                try:
                    await self._deliver([record])
                except UNREADABLE:
                    log.exception("spool_event_lost", bytes=len(record))

    async def _deliver(self, records: Sequence[bytes]) -> None:
        events = [self._decoder.decode(record) for record in records]
        people = {event.user_id for event in events if event.user_id is not None}
        erased = await self._pseudonyms(sorted(people)) if people else {}
        await self._events.record([_anonymous(event, erased) for event in events])

    def _told(self) -> None:
        self._metrics.gauge("spool.bytes", self._spool.bytes)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _settle(answer: asyncio.Future[None]) -> None:
    if not answer.done():
        answer.set_result(None)


def _anonymous(event: TelemetryEvent, erased: Mapping[str, str]) -> TelemetryEvent:
    """Do with an event what was done with those in MongoDB when its account was erased (`store.events_past`)."""
    if event.user_id is None or event.user_id not in erased:
        return event
    pseudonym = erased[event.user_id]
    session_id = event.session_id and event.session_id.replace(event.user_id, pseudonym)
    return replace(event, user_id=pseudonym, session_id=session_id)
