"""A seat in a party that survives cuts of the line: hello, order of events, clock, answers, and coming back.

Theory. The server numbers a party's events. `welcome` brings the state at `seq`; `Order` lets each later event through
once and in its turn, and a gap asks for `resync`, answered by another `welcome`. After a cut the seat {session, epoch, seq}
is offered again; the snapshot of a `welcome` stands at its seq, so it counts whether what was missed is told or not.
A command keeps its id until it is answered and is sent again on each new link, so it has its effect once.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from typing import Any, Protocol

from conf import logs
from conf.clock import Clock
from realtime.client.errors import CommandUnanswered, ConnectionEnded
from realtime.client.link import Closed, Frame, Link, open_link
from realtime.client.order import UNNUMBERED, Order
from realtime.client.pending import Pending
from realtime.client.waiting import back_off_seconds, stopped, within
from realtime.errors import NORMAL, may_come_back
from realtime.protocol import HEARTBEAT_MS
from realtime.sync import JOIN_SAMPLES, SAMPLE_EVERY_MS, SETTLING_MS, ClockFilter
from store.ids import new_id

SILENCE_FACTOR = 2.5
"""The server speaks every heartbeat at least; after two of them and some grace the line is dead."""
BROKEN = "broken"
AGAIN_MS = 1_000
"""When to repeat a command that was answered `unavailable` without a time."""

log = logs.get("realtime.client")


class Ear(Protocol):
    """Who hears what the connection lets through."""

    def welcomed(self, frame: Frame) -> None:
        """Take a new snapshot."""
        ...

    def happened(self, frame: Frame, *, missed: bool) -> None:
        """Take an event. One that was `missed` is told afterwards: the snapshot contains it already."""
        ...


class Connection:
    """`hello` makes the credential part of the first frame; it is asked anew for each link, so tokens may expire."""

    def __init__(
        self,
        *,
        url: str,
        hello: Callable[[], Awaitable[Frame]],
        clock: Clock,
        ear: Ear,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.pending = Pending()
        self.links = 0
        self.resumes = 0
        self.lost_lines: Counter[str] = Counter()
        self.entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._url = url
        self._hello = hello
        self._clock = clock
        self._ear = ear
        self._chance = chance
        self._order = Order()
        self._filter = ClockFilter()
        self._offset_ms = 0.0
        self._link: Link | None = None
        self._welcomed = False
        self._heard_ms = 0.0
        self._heartbeat_ms: float = HEARTBEAT_MS
        self._away_seconds = 0.0
        self._chores: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._run())

    @property
    def connected(self) -> bool:
        return self._welcomed

    @property
    def seq(self) -> int:
        return self._order.seq

    @property
    def rtt_ms(self) -> float:
        return self._filter.delay_ms

    def server_now_ms(self) -> float:
        """Read the server's clock."""
        return self._clock.now_ms() + self._offset()

    def _offset(self) -> float:
        return self._filter.offset_ms if self._filter.ready else self._offset_ms

    async def command(self, t: str, fields: dict[str, Any], seconds: float | None) -> Frame:
        """Ask, and return the `ok` frame. Raises `CommandRefused`, `CommandUnanswered`, `ConnectionEnded`."""
        if self.ended.done():
            raise self.ended.result()
        command_id = new_id(self._clock.now_ms())
        answer = self.pending.add({"t": t, "id": command_id, **fields})
        self._send_pending(command_id)
        try:
            return await within(self._clock, answer, seconds)
        except CommandUnanswered:
            raise
        except TimeoutError:
            raise CommandUnanswered(command_id) from None
        finally:
            self.pending.drop(command_id)

    def tell(self, frame: Frame) -> None:
        """Say what needs no answer and is not worth keeping."""
        if self._welcomed and self._link is not None:
            self._link.send(frame)

    def cut(self, away_seconds: float = 0.0) -> None:
        """Lose the line, as on a train, and stay away for at least so long."""
        self._away_seconds = away_seconds
        if self._link is not None:
            self._link.cut()

    async def close(self, code: int = NORMAL, reason: str = "Closed by us.") -> None:
        """End the seat from here."""
        self._end(ConnectionEnded(code, reason))
        if self._link is not None:
            await self._link.part(code, reason)
        await stopped(self._task)
        for chore in list(self._chores):
            await stopped(chore)

    def _end(self, error: Exception) -> None:
        if self.ended.done():
            return
        self.ended.set_result(error)
        self.pending.fail_all(error)

    async def _run(self) -> None:
        attempt = 0
        try:
            while not self.ended.done():
                closed, welcomed = await self._stay()
                if not may_come_back(closed.code):
                    self._end(ConnectionEnded(closed.code or NORMAL, closed.reason))
                    return
                self.lost_lines[str(closed.code or BROKEN)] += 1
                attempt = 0 if welcomed else attempt
                seconds = max(self._away_seconds, back_off_seconds(attempt, self._chance()))
                log.debug("line_lost", code=closed.code, reason=closed.reason, attempt=attempt, seconds=seconds)
                attempt, self._away_seconds = attempt + 1, 0.0
                await self._clock.sleep(seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait must hear of it
            self._end(error)

    async def _stay(self) -> tuple[Closed, bool]:
        """Live through one link: how it ended, and whether we were in."""
        hello = await self._credential()
        if isinstance(hello, Closed):
            return hello, False
        opened = await open_link(self._url, self._heard)
        if isinstance(opened, Closed):
            return opened, False
        self._offset_ms = self._offset()
        self._filter = ClockFilter()  # another link may lead to another node, with another clock
        self._link, self._heard_ms = opened, self._clock.now_ms()
        resume = self._order.resume()
        opened.send({"t": "hello", **hello, **({"resume": resume} if resume else {})})
        beat = asyncio.create_task(self._beat(opened))
        try:
            closed = await opened.closed
            return closed, self._welcomed
        finally:
            self._link, self._welcomed = None, False
            await stopped(beat)

    async def _credential(self) -> Frame | Closed:
        """Ask for the credential. One that cannot be had now may be had later, but the first failure is told."""
        try:
            return await self._hello()
        except Exception as error:
            if not self.entered.done():
                raise
            log.warning("no_credential", error=f"{type(error).__name__}: {error}")
            return Closed(None, str(error))

    async def _beat(self, link: Link) -> None:
        """Sample the clock, which tells the server as well that we live; give up a line that has gone silent."""
        for _ in range(JOIN_SAMPLES):
            self._ask_time(link)
        for pause_ms in chain(SETTLING_MS, repeat(SAMPLE_EVERY_MS)):
            await self._clock.sleep(pause_ms / 1000)
            if self._clock.now_ms() - self._heard_ms > SILENCE_FACTOR * self._heartbeat_ms:
                link.cut()
                return
            self._ask_time(link)

    def _ask_time(self, link: Link) -> None:
        link.send({"t": "clock", "t0": self._clock.now_ms()})

    def _heard(self, link: Link, frame: Frame) -> None:
        if link is not self._link:
            return
        self._heard_ms = self._clock.now_ms()
        answer = self._ANSWERS.get(frame["t"])
        if answer is not None:
            answer(self, frame)
        elif "seq" not in frame or frame["t"] in UNNUMBERED:
            self._ear.happened(frame, missed=False)
        else:
            self._numbered(frame)

    def _numbered(self, frame: Frame) -> None:
        verdict = self._order.take(frame["seq"])
        if verdict == "apply":
            self._ear.happened(frame, missed=False)
        elif verdict == "gap":
            self._resync()

    def _resync(self) -> None:
        if not self._order.healing and self._welcomed:
            self._order.healing = True
            self.tell({"t": "resync", "seq": self._order.seq})

    def _on_welcome(self, frame: Frame) -> None:
        known, first = self._order.session, not self._welcomed
        missed = self._order.welcome(frame)
        self._welcomed = True
        self._heartbeat_ms = frame.get("heartbeat_ms", HEARTBEAT_MS)
        if not self.entered.done():
            self._offset_ms = frame["now_ms"] - self._heard_ms
        if first:
            self.links += 1
            self.resumes += bool(known) and frame["resumed"]
            if known not in ("", self._order.session):
                self.pending.lose_sent()
        self._ear.welcomed(frame)
        for event in missed:
            self._ear.happened(event, missed=True)
        if first:
            for command_id in self.pending.ids():
                self._send_pending(command_id)
        if not self.entered.done():
            self.entered.set_result(None)

    def _on_outside(self, frame: Frame) -> None:
        """Remember who we are, so that a cut does not make a guest who waits a stranger."""
        self._order.session = frame["you"]["session"]
        self._ear.happened(frame, missed=False)

    def _on_clock(self, frame: Frame) -> None:
        self._filter.add(frame["t0"], frame["t1"], frame["t2"], self._clock.now_ms())

    def _on_top(self, frame: Frame) -> None:
        if frame["seq"] > self._order.seq:
            self._resync()

    def _on_ping(self, _frame: Frame) -> None:
        if self._link is not None:
            self._link.send({"t": "pong"})

    def _on_ok(self, frame: Frame) -> None:
        self.pending.accept(frame)

    def _on_error(self, frame: Frame) -> None:
        if "id" not in frame:
            self._ear.happened(frame, missed=False)
        elif not self.pending.refuse(frame):
            chore = asyncio.create_task(self._again(frame["id"], frame.get("retry_after_ms") or AGAIN_MS))
            self._chores.add(chore)
            chore.add_done_callback(self._chores.discard)

    def _on_pong(self, _frame: Frame) -> None:
        """Nothing: that it came is noted already."""

    async def _again(self, command_id: str, after_ms: float) -> None:
        await self._clock.sleep(after_ms / 1000)
        self._send_pending(command_id)

    def _send_pending(self, command_id: str) -> None:
        if self._welcomed and self._link is not None:
            frame = self.pending.to_send(command_id)
            if frame is not None:
                self._link.send(frame)

    _ANSWERS: dict[str, Callable[["Connection", Frame], None]] = {  # noqa: RUF012 - a table, never written
        "welcome": _on_welcome,
        "outside": _on_outside,
        "ok": _on_ok,
        "error": _on_error,
        "clock": _on_clock,
        "top": _on_top,
        "ping": _on_ping,
        "pong": _on_pong,
    }
