"""A member of one party, for bots, tests and programs; `realtime.client.connect` makes it."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from conf.clock import Clock
from realtime.client.asking import COMMAND_SECONDS, Accepted, Asking
from realtime.client.connection import Connection
from realtime.client.errors import ConnectionEnded
from realtime.client.link import Frame
from realtime.client.player import Player
from realtime.client.streams import Conditions, EventStream
from realtime.client.view import PartyView, Shown
from realtime.client.viewer import Viewer
from realtime.client.waiting import within
from realtime.errors import NORMAL
from realtime.sync import position_at

FLUSH_SECONDS = 15.0
"""Long enough for a server that is killed to be back: its restart, a back-off, and a retry."""


class PartyClient(Asking):
    """A seat in a party that comes back by itself after a cut; made by `connect`.

    `party` is the party as it stands now, `me` who we are in it. Commands return once durable; after a cut they are sent
    again with the same id, so each has its effect once. Close it, or use it as an async context manager.
    """

    def __init__(
        self,
        *,
        url: str,
        hello: Callable[[], Awaitable[Frame]],
        clock: Clock,
        player: Player | None = None,
        chance: Callable[[], float] = random.random,
        waits: Callable[[Shown], object] = lambda _me: None,
    ) -> None:
        self.party = PartyView()
        self.me: Shown = {}
        self.outside = False
        """Whether we wait to be let in."""
        self._clock = clock
        self._waits = waits
        self._streams: list[EventStream] = []
        self._conditions = Conditions()
        self._connection = Connection(url=url, hello=hello, clock=clock, ear=self, chance=chance)
        self._connection.ended.add_done_callback(self._on_end)
        self._viewer = Viewer(player=player, connection=self._connection, clock=clock) if player else None

    async def enter(self, seconds: float | None) -> None:
        """Wait for the first welcome. Raises `ConnectionEnded`, TimeoutError, or what the token's source raised."""
        connection = self._connection
        both = asyncio.ensure_future(
            asyncio.wait((connection.entered, connection.ended), return_when=asyncio.FIRST_COMPLETED)
        )
        try:
            await within(self._clock, both, seconds)
        finally:
            both.cancel()
        if connection.ended.done():
            raise connection.ended.result()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def connected(self) -> bool:
        """Whether the line stands just now."""
        return self._connection.connected

    @property
    def acked(self) -> list[tuple[str, int]]:
        """Commands acknowledged so far: (command id, seq)."""
        return self._connection.pending.acked

    @property
    def links(self) -> int:
        """How many times a server let us in."""
        return self._connection.links

    @property
    def resumes(self) -> int:
        """How many of these told everything that was missed in between."""
        return self._connection.resumes

    @property
    def lost_lines(self) -> Counter[str]:
        """Count the ends of lines after which we came back, by close code; `broken` without one."""
        return self._connection.lost_lines

    @property
    def put_off(self) -> int:
        """How many commands were answered: later. They were sent again."""
        return self._connection.pending.put_off

    @property
    def seq(self) -> int:
        """The last event that was applied."""
        return self._connection.seq

    @property
    def rtt_ms(self) -> float:
        """The least round trip of the last clock samples."""
        return self._connection.rtt_ms

    @property
    def watched_ms(self) -> int:
        """Media ms that our `view.watched` events carry so far, acknowledged or not; complete after `close`."""
        return self._viewer.watched_ms if self._viewer else 0

    @property
    def unacknowledged(self) -> int:
        """Viewer events that the server has not yet said to be durable; 0 after a good `close`."""
        return self._viewer.unacknowledged if self._viewer else 0

    def server_now_ms(self) -> float:
        """Read the server's clock."""
        return self._connection.server_now_ms()

    def expected_position_ms(self) -> float:
        """Compute where the party is now."""
        return position_at(self.party.playback, self.server_now_ms(), self.party.duration_ms)

    def drift_ms(self) -> float | None:
        """Measure how far our player is ahead of the party; None without a player that should be moving."""
        return self._viewer.drift_ms() if self._viewer else None

    async def command(self, t: str, *, timeout_s: float = COMMAND_SECONDS, **fields: Any) -> Accepted:
        """Send a command by its name on the wire; each has a method of its own, too.

        Raises `CommandRefused`; `CommandUnanswered` after `timeout_s`, reconnects included; `ConnectionEnded`.
        """
        frame = await self._connection.command(t, fields, timeout_s)
        return Accepted(frame.get("seq", self.seq), frame["id"])

    def tell(self, t: str, **fields: Any) -> None:
        """Say what is fleeting and needs no answer: `typing`, `react`."""
        self._connection.tell({"t": t, **fields})

    async def leave(self, *, flush_s: float = FLUSH_SECONDS) -> None:
        """Leave the party for good: the books are sent, the party is told, the line is closed."""
        await self._flush(flush_s)
        try:
            await self.command("leave")
        except ConnectionEnded as ended:
            if ended.code != NORMAL:
                raise
        await self._connection.close()

    async def close(self, *, flush_s: float = FLUSH_SECONDS) -> None:
        """Go without leaving: the books are sent, for at most `flush_s`, and the line is closed; the seat stays ours."""
        await self._flush(flush_s)
        await self._connection.close()

    def drop(self, away_seconds: float = 0.0) -> None:
        """Lose the line without a word, as on a train, and stay away for at least so long."""
        self._connection.cut(away_seconds)

    def events(self) -> EventStream:
        """Open a stream of all that happens from now on: numbered events, each once and in order, and fleeting ones."""
        stream = EventStream(self._connection.ended, self._streams.remove)
        self._streams.append(stream)
        return stream

    async def wait_for(self, wanted: Callable[[Frame], bool], timeout_s: float) -> Frame:
        """Return the next event that is `wanted`. Raises TimeoutError, `ConnectionEnded`."""
        found: list[Frame] = []
        stream = self.events()
        try:
            await self.until(lambda _party: stream.find(wanted, found), timeout_s)
        finally:
            stream.close()
        return found[0]

    async def until(self, holds: Callable[[PartyView], bool], timeout_s: float) -> None:
        """Return once something holds of the party; at once where it does. Raises TimeoutError, `ConnectionEnded`."""
        if self._connection.ended.done():
            raise self._connection.ended.result()
        future = self._conditions.add(lambda: holds(self.party))
        try:
            await within(self._clock, future, timeout_s)
        finally:
            self._conditions.drop(future)
            future.cancel()

    async def wait_ended(self) -> Exception:
        """Wait until the seat is gone, and return why: a `ConnectionEnded`, as a rule."""
        return await asyncio.shield(self._connection.ended)

    def welcomed(self, frame: Frame) -> None:
        """Take a snapshot from the connection."""
        self.me, self.outside = frame["you"], False
        self.party.replace(frame["party"], frame["seq"])
        if self._viewer:
            self._viewer.show(self.party, None)
        self._tell_all({**frame, "missed": []})

    def happened(self, frame: Frame, *, missed: bool) -> None:
        """Take an event from the connection."""
        if frame["t"] == "outside":
            self.outside = True
            self._waits(frame["you"])
        if not missed:
            self._apply(frame)
        self._tell_all(frame)

    def _apply(self, frame: Frame) -> None:
        before = self.party.playback
        self.party.apply(frame)
        role = self.party.members.get(self.me["member_id"], {}).get("role") if self.me else None
        if role is not None:
            self.me = {**self.me, "role": role}
        if self._viewer is None:
            return
        if self.party.status == "ended":
            self._viewer.finish()
        elif self.party.playback != before:
            self._viewer.show(self.party, frame.get("cause", frame["t"]))

    def _tell_all(self, frame: Frame) -> None:
        for stream in self._streams:
            stream.put(frame)
        self._conditions.check()

    async def _flush(self, seconds: float) -> None:
        if self._viewer:
            await self._viewer.close(seconds)

    def _on_end(self, ended: "asyncio.Future[Exception]") -> None:
        self._conditions.fail_all(ended.result())
        if self._viewer:
            self._viewer.stop()
