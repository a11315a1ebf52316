"""A member's player in a party: kept in step, shown to the others, and its books sent."""

import asyncio

from conf.clock import Clock
from realtime.client.connection import Connection
from realtime.client.follower import Follower
from realtime.client.outbox import Outbox
from realtime.client.player import Player
from realtime.client.view import PartyView
from realtime.client.viewing import Event, Viewing
from realtime.client.waiting import stopped
from realtime.sync import TICK_MS

STATUS_EVERY_MS = 5_000


class Viewer:
    def __init__(self, *, player: Player, connection: Connection, clock: Clock) -> None:
        self._player = player
        self._connection = connection
        self._clock = clock
        self._outbox = Outbox(send=self._deliver, clock=clock)
        self._viewing = Viewing(clock=clock, record=self._outbox.put)
        self._follower = Follower(
            player=player,
            clock=clock,
            server_now_ms=connection.server_now_ms,
            began=self._viewing.moved,
            leaving=self._report,
        )
        self._drift_ms: float | None = None
        self._shown = ""
        self._shown_ms = 0.0
        self._task = asyncio.create_task(self._run())

    @property
    def watched_ms(self) -> int:
        return self._viewing.watched_ms

    @property
    def unacknowledged(self) -> int:
        return len(self._outbox)

    def drift_ms(self) -> float | None:
        return self._follower.drift_ms()

    def show(self, party: PartyView, cause: str | None) -> None:
        """Put the party's video and playback on the player."""
        video_id = party.video["id"] if party.video else None
        if video_id != self._viewing.video_id:
            self._end_view()
            self._player.load(video_id, party.duration_ms)
            self._viewing.open(video_id)
        if video_id is None:
            return
        if not party.playback.paused:
            self._viewing.wanted()
        self._follower.follow(party.playback, party.duration_ms, cause)

    def finish(self) -> None:
        """Stop, because the party is over, and send the books while there still is a line."""
        self._follower.stop()
        self._end_view()
        self._task.cancel()

    async def close(self, seconds: float) -> None:
        """Stop, and send the books; gives up after `seconds` where nobody takes them."""
        await stopped(self._task)
        await self._follower.close()
        self._end_view()
        if not self._connection.ended.done():
            await self._outbox.flushed(seconds)
        await self._outbox.close()

    def stop(self) -> None:
        """Stop, because the seat is gone: nothing can be sent any more."""
        self.finish()
        self._outbox.stop()

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(TICK_MS / 1000)
            self._follower.tick()
            self._drift_ms = self._follower.drift_ms()
            self._viewing.stalled(self._player.take_stalls())
            if self._viewing.due:
                self._report()
            now_ms = self._clock.now_ms()
            if self._player.state != self._shown or now_ms - self._shown_ms >= STATUS_EVERY_MS:
                self._shown, self._shown_ms = self._player.state, now_ms
                self._connection.tell(self._status())

    def _status(self) -> Event:
        status = {
            "t": "status",
            "state": self._player.state,
            "position_ms": round(self._player.position_ms),
            "rtt_ms": round(self._connection.rtt_ms, 1),
            "buffered_ms": round(self._player.buffered_ms),
        }
        return status if self._drift_ms is None else {**status, "drift_ms": round(self._drift_ms, 1)}

    def _report(self) -> None:
        self._viewing.report(self._player.take_spans(), self._drift_ms)

    def _end_view(self) -> None:
        self._viewing.stalled(self._player.take_stalls())
        self._report()
        self._viewing.close(self._player.position_ms)

    async def _deliver(self, events: list[Event]) -> None:
        await self._connection.command("telemetry", {"events": events}, None)
