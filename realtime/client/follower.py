"""Holds one player on the party's timeline.

Theory. The party's playback says where the film is at any server time. A start or a seek is met in three steps: put the player,
paused, where the party will be when the player is through (`landing`), wait until the party is there less the learned start
latency, play. From then on a tick every 250 ms measures the drift and mends it by rate (`realtime.sync.decide`). Nothing
the player does is ever sent to the party, so there is no feedback loop. While it is being put in place, or stalls, nothing is
corrected.
"""

import asyncio
from collections.abc import Callable

from conf.clock import Clock
from realtime.client.player import Player
from realtime.client.waiting import stopped
from realtime.party.playback import Playback, position_at
from realtime.sync import AT_REST, STARTING, Latency, decide, landing, moving, time_of

EXACT_MS = 2.0
"""A paused player this near is right."""
LATE_MS = 400.0
"""A start that would be late by no more than this plays at once: rate mends it faster than a further seek would."""
ALIGN_AGAIN_MS = 3_000.0


class Follower:
    """`began` is called with the local time since which frames move, and where; `leaving` before each jump."""

    def __init__(
        self,
        *,
        player: Player,
        clock: Clock,
        server_now_ms: Callable[[], float],
        began: Callable[[float, float], None],
        leaving: Callable[[], None],
    ) -> None:
        self._player = player
        self._clock = clock
        self._server_now_ms = server_now_ms
        self._began = began
        self._leaving = leaving
        self._latency = Latency()
        self._playback: Playback | None = None
        self._duration_ms: float | None = None
        self._state = AT_REST
        self._meeting: asyncio.Task[None] | None = None
        self._met_ms = -ALIGN_AGAIN_MS

    def follow(self, playback: Playback, duration_ms: float | None, cause: str | None) -> None:
        """Take the party's playback. The one that is followed already, or a mere change of rate, interrupts nothing."""
        known, self._playback, self._duration_ms = self._playback, playback, duration_ms
        same = known is not None and (known.at_ms, known.position_ms) == (playback.at_ms, playback.position_ms)
        plays = not self._player.paused and not playback.paused
        if plays and same and cause is None:
            return
        if plays and cause == "rate":
            self._player.set_rate(playback.rate)
        else:
            self._align()

    def drift_ms(self) -> float | None:
        """How far the player is ahead of the party; None where one of them stands still."""
        playback, now_ms = self._playback, self._server_now_ms()
        if playback is None or not self._player.moving or not moving(playback, now_ms, self._duration_ms):
            return None
        return self._player.position_ms - position_at(playback, now_ms)

    def tick(self) -> None:
        """Look, and correct where that is needed."""
        playback, now_ms = self._playback, self._server_now_ms()
        if playback is None or (self._meeting is not None and not self._meeting.done()):
            return
        if not moving(playback, now_ms, self._duration_ms):
            if not self._player.paused:
                self._align()
        elif self._player.paused:
            self._align_again()
        else:
            self._correct(playback)

    def stop(self) -> None:
        """Let go of the player, and leave it paused."""
        if self._meeting is not None:
            self._meeting.cancel()
        self._playback = None
        self._player.pause()

    async def close(self) -> None:
        """Stop, and wait until nothing of it runs."""
        self.stop()
        await stopped(self._meeting)

    def _correct(self, playback: Playback) -> None:
        drift_ms = self.drift_ms()
        if drift_ms is None:
            self._state = AT_REST
            return
        decision = decide(self._state, drift_ms, self._clock.now_ms())
        self._state = decision.state
        if decision.seek:
            self._align_again()
        else:
            self._player.set_rate(playback.rate * decision.rate)

    def _align_again(self) -> None:
        if self._clock.now_ms() - self._met_ms > ALIGN_AGAIN_MS:
            self._align()

    def _align(self) -> None:
        if self._meeting is not None:
            self._meeting.cancel()
        self._met_ms = self._clock.now_ms()
        self._state = AT_REST
        self._meeting = asyncio.create_task(self._meet())

    async def _meet(self) -> None:
        playback, now_ms = self._playback, self._server_now_ms()
        if playback is None:
            return
        ahead = not playback.paused and now_ms < playback.at_ms
        if ahead or moving(playback, now_ms, self._duration_ms):
            await self._start(playback, now_ms)
        else:
            await self._rest(playback, position_at(playback, now_ms, self._duration_ms))

    async def _rest(self, playback: Playback, target_ms: float) -> None:
        self._player.pause()
        self._player.set_rate(playback.rate)
        if abs(self._player.position_ms - target_ms) > EXACT_MS:
            await self._seek(target_ms)

    async def _start(self, playback: Playback, now_ms: float) -> None:
        here_ms = self._player.position_ms
        due_ms = position_at(playback, now_ms + self._latency.start_ms, self._duration_ms)
        near = abs(here_ms - due_ms) < LATE_MS
        if near and not self._player.paused and now_ms >= playback.at_ms:
            return  # runs well: the ticks do the rest
        self._player.pause()
        self._player.set_rate(playback.rate)
        if not near or abs(here_ms - playback.position_ms) >= EXACT_MS:
            await self._seek(landing(playback, now_ms, self._latency, self._duration_ms))
        due_at_ms = time_of(playback, self._player.position_ms)
        if due_at_ms is not None:
            wait_ms = due_at_ms - self._latency.start_ms - self._server_now_ms()
            await self._clock.sleep(max(0.0, wait_ms) / 1000)
        await self._play()

    async def _seek(self, position_ms: float) -> None:
        self._leaving()
        called_ms = self._clock.now_ms()
        await self._player.seek(position_ms)
        self._latency.sought(self._clock.now_ms() - called_ms)

    async def _play(self) -> None:
        """Play, and find from where the player then is when it effectively began to move."""
        from_ms, called_ms = self._player.position_ms, self._clock.now_ms()
        rate = self._playback.rate if self._playback else 1.0
        await self._player.play()
        since_ms = self._clock.now_ms() - (self._player.position_ms - from_ms) / rate
        self._latency.started(since_ms - called_ms)
        self._state = STARTING
        self._began(since_ms, from_ms)
