"""One bot in its party: it does what the scenario says and keeps book of what it was told."""

import asyncio
from collections import Counter
from contextlib import suppress

import msgspec

from conf import logs
from conf.clock import Clock
from matinee.simulate.hearing import Hearing
from matinee.simulate.ledger import Acknowledged
from matinee.simulate.people import Account, Party, fresh_token
from matinee.simulate.rest import Rest
from matinee.simulate.scenario import Action, Bot
from realtime.client import CommandRefused, CommandUnanswered, ConnectionEnded, PartyClient, VirtualPlayer, connect
from realtime.client.connection import BROKEN
from realtime.client.streams import EventStream
from realtime.client.waiting import stopped

DRIFT_EVERY_SECONDS = 1.0
AWAY_SECONDS = 60.0
"""How long a server may be gone before a bot gives up entering or leaving properly."""
CLIENT = {"name": "simulate", "version": "1", "device": "bot"}

log = logs.get("matinee.simulate")


class Book(msgspec.Struct):
    """What one bot knows at its end."""

    acknowledged: list[Acknowledged] = []
    unanswered: int = 0
    """Commands that may have landed or not: nobody was told."""
    refused: list[str] = []
    drifts_ms: list[float] = []
    answers_ms: list[float] = []
    """From a command to its acknowledgement, cuts included."""
    hearing: Hearing = msgspec.field(default_factory=Hearing)
    entered_ms: float = 0.0
    left_ms: float = 0.0
    watched_ms: int = 0
    resumes: int = 0
    links: int = 0
    telemetry_left: int = 0
    """Viewer events that were not acknowledged when the bot had to go."""
    ends: Counter[str] = msgspec.field(default_factory=Counter)
    """How often a line ended in which way, the bot's own cuts left out."""
    unavailable: int = 0
    """Answers that asked to come again, because the server could not."""
    lost: str = ""
    """Why the connection ended before the bot left."""


class Seat:
    """A bot and its connection to its party; without an account it comes as a guest."""

    def __init__(self, *, rest: Rest, account: Account | None, bot: Bot, clock: Clock) -> None:
        self.bot = bot
        self.account = account
        self.book = Book()
        self._rest = rest
        self._clock = clock
        self._client: PartyClient | None = None
        self._listening: asyncio.Task[None] | None = None
        self._measuring: asyncio.Task[None] | None = None
        self._drops = 0

    @property
    def client(self) -> PartyClient:
        assert self._client is not None
        return self._client

    async def enter(self, party: Party) -> None:
        """Take the seat. Raises `ConnectionEnded`, TimeoutError."""
        player = VirtualPlayer(clock=self._clock)
        self._client = await connect(
            self._rest.url,
            party.id,
            clock=self._clock,
            token=self._token if self.account else None,
            guest=None if self.account else self.bot.display_name,
            player=player,
            client=CLIENT,
            timeout_s=AWAY_SECONDS,
        )
        self.book.entered_ms = self._clock.now_ms()
        self.book.hearing.enter(self._client.seq)
        self._listening = asyncio.create_task(self._listen(self._client.events()))
        self._measuring = asyncio.create_task(self._measure())

    async def act(self, begin_ms: float) -> None:
        """Do each action at its time; when the server was away, do what is late at once."""
        for action in self.bot.actions:
            await self._clock.sleep(max(0.0, (begin_ms + action.at_ms - self._clock.now_ms()) / 1000))
            try:
                await self._do(action)
            except CommandRefused as refused:
                self.book.refused.append(f"{action.kind}: {refused}")
            except CommandUnanswered:
                self.book.unanswered += 1
            except ConnectionEnded as ended:
                self.book.lost = str(ended)
                return

    async def leave(self) -> None:
        """Go with all telemetry acknowledged, where the server comes back in time to take it."""
        client = self.client
        with suppress(TimeoutError, ConnectionEnded):
            await client.until(lambda _party: client.connected, AWAY_SECONDS)
        await stopped(self._measuring)
        self.book.hearing.leaving = True
        try:
            await client.leave()
        except (CommandRefused, CommandUnanswered, ConnectionEnded) as error:
            self.book.lost = self.book.lost or str(error)
            await client.close()
        if self._listening is not None:
            await asyncio.wait([self._listening])  # the stream ends with the seat, once all of it was heard
        self.book.left_ms = self._clock.now_ms()
        self.book.watched_ms = client.watched_ms
        self.book.telemetry_left = client.unacknowledged
        self.book.resumes, self.book.links = client.resumes, client.links
        self.book.ends = client.lost_lines - Counter({BROKEN: self._drops})
        self.book.unavailable = client.put_off

    async def _do(self, action: Action) -> None:
        client, asked_ms = self.client, self._clock.now_ms()
        match action.kind:
            case "play":
                done = await client.play()
            case "pause":
                done = await client.pause()
            case "seek":
                done = await client.seek(action.position_ms)
            case "chat":
                done = await client.say(action.body)
            case "drop":
                self._drops += client.connected
                client.drop(action.away_ms / 1000)
                return
        self.book.answers_ms.append(self._clock.now_ms() - asked_ms)
        self.book.acknowledged.append(
            Acknowledged(kind=action.kind, member_id=client.me["member_id"], seq=done.seq, body=action.body)
        )

    async def _token(self) -> str:
        assert self.account is not None
        return await fresh_token(self._rest, self.account, self._clock.now_ms())

    async def _listen(self, stream: EventStream) -> None:
        """Note every event; a seat that is lost is told by whoever was using it."""
        with suppress(ConnectionEnded):
            async for frame in stream:
                self.book.hearing.take(frame, self.client.server_now_ms())

    async def _measure(self) -> None:
        while True:
            await self._clock.sleep(DRIFT_EVERY_SECONDS)
            drift_ms = self.client.drift_ms()
            if drift_ms is not None:
                self.book.drifts_ms.append(abs(drift_ms))
