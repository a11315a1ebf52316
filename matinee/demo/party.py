"""The demo's live party: a host and a few guests of flesh and code, who chat and now and then touch the controls.

They hold back: a pause takes four seconds, nothing happens more often than once in half a minute, and while nobody else
is there they say five times less, so that a demo left alone for a week does not fill the log.
"""

import asyncio
import random
from collections.abc import Awaitable, Sequence

from conf import logs
from conf.clock import Clock
from matinee.simulate import people
from matinee.simulate.people import Account, Party, Video
from matinee.simulate.rest import Rest
from realtime.client import CommandRefused, CommandUnanswered, ConnectionEnded, PartyClient, VirtualPlayer, connect

TITLE = "Matinee demo: come in"
CLIENT = {"name": "demo", "version": "1", "device": "bot"}
SAY_SECONDS = (40.0, 110.0)
REACT_SECONDS = (15.0, 45.0)
CONTROL_SECONDS = (35.0, 80.0)
PAUSE_SECONDS = 4.0
GREET_SECONDS = (1.0, 8.0)
"""Each says a first word soon, so that whoever comes in finds a room that lives."""
LONELY_FACTOR = 5.0
LOOK_SECONDS = 2.0
LEFT_ALONE_SECONDS = 30.0
"""A pause that somebody else made is theirs; after this long the host plays on."""

LINES = (
    "the timecode says it all: we see the same frame",
    "try to pause it, we will follow",
    "is your tick on the full second too?",
    "this one is my favourite",
    "brought popcorn",
    "who comes to the next one?",
    "my drift says 4 ms, and yours?",
    "those colours!",
    "seek somewhere, I dare you",
    "hello to everybody who just came in",
)
EMOJI = ("👏", "😂", "❤️", "🎉", "😮")

log = logs.get("matinee.demo")


async def live_party(rest: Rest, host: Account, video: Video, key: str) -> Party:
    """Find the demo's party; open a public one where there is none that goes on."""
    mine = await rest.call("GET", "/parties?filter=mine&limit=100", token=host.token)
    for party in mine["items"]:
        if party["title"] == TITLE and party["status"] != "ended":
            return Party(id=party["id"], code=party["code"])
    return await people.open_party(rest, host, title=TITLE, video=video, visibility="public", key=key)


class Company:
    """The bots of the party, while it lasts."""

    def __init__(self, *, rest: Rest, accounts: Sequence[Account], clock: Clock, chance: random.Random) -> None:
        self._rest = rest
        self._accounts = accounts
        self._clock = clock
        self._chance = chance
        self._clients: list[PartyClient] = []

    async def enter(self, party: Party) -> None:
        """Take all seats; the first account is the host."""
        for account in self._accounts:
            self._clients.append(await self._connect(party, account))

    async def stay(self) -> None:
        """Keep the party going until it ends; bots whose seat is lost are given up."""
        host, *guests = self._clients
        chores = [self._host(host), *(self._talk(client) for client in guests), *(self._react(one) for one in guests)]
        tasks = [asyncio.create_task(chore) for chore in chores]
        try:
            ended = await host.wait_ended()
            log.info("the demo's party ended", why=str(ended))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        """Let the seats be; the party stays open for the next start."""
        clients, self._clients = self._clients, []
        await asyncio.gather(*(client.close() for client in clients))

    async def _connect(self, party: Party, account: Account) -> PartyClient:
        async def token() -> str:
            return await people.fresh_token(self._rest, account, self._clock.now_ms())

        return await connect(
            self._rest.url,
            party.id,
            clock=self._clock,
            token=token,
            player=VirtualPlayer(clock=self._clock),
            client=CLIENT,
        )

    async def _host(self, client: PartyClient) -> None:
        await _tried(client.play())
        due_ms = self._later_ms(CONTROL_SECONDS)
        paused_since_ms: float | None = None
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            now_ms, playback = self._clock.now_ms(), client.party.playback
            if playback.paused:
                paused_since_ms = now_ms if paused_since_ms is None else paused_since_ms
                over = client.expected_position_ms() >= (client.party.duration_ms or 0) > 0
                if over or now_ms - paused_since_ms > LEFT_ALONE_SECONDS * 1000:
                    await _tried(client.play())
                continue
            paused_since_ms = None
            if now_ms >= due_ms:
                await self._touch(client)
                due_ms = self._later_ms(CONTROL_SECONDS)

    async def _touch(self, client: PartyClient) -> None:
        """Do one small thing: a breath's pause, or ten seconds back."""
        if self._lonely(client):
            return
        if self._chance.random() < 0.5:  # noqa: PLR2004 - as often the one as the other
            await _tried(client.seek(max(0.0, client.expected_position_ms() - 10_000)))
            return
        await _tried(client.pause())
        await self._clock.sleep(PAUSE_SECONDS)
        await _tried(client.play())

    async def _talk(self, client: PartyClient) -> None:
        await self._clock.sleep(self._chance.uniform(*GREET_SECONDS))
        await _tried(client.say(self._chance.choice(LINES)))
        while True:
            seconds = self._chance.uniform(*SAY_SECONDS)
            await self._clock.sleep(seconds * (LONELY_FACTOR if self._lonely(client) else 1))
            await _tried(client.say(self._chance.choice(LINES)))

    async def _react(self, client: PartyClient) -> None:
        while True:
            await self._clock.sleep(self._chance.uniform(*REACT_SECONDS))
            if not self._lonely(client):
                client.tell("react", emoji=self._chance.choice(EMOJI))

    def _lonely(self, client: PartyClient) -> bool:
        """Tell whether nobody but the bots is connected."""
        bots = {one.me.get("member_id") for one in self._clients}
        present = (member for member in client.party.members.values() if member.get("status") != "offline")
        return all(member["id"] in bots for member in present)

    def _later_ms(self, seconds: tuple[float, float]) -> float:
        return self._clock.now_ms() + self._chance.uniform(*seconds) * 1000


async def _tried(command: Awaitable[object]) -> None:
    """Await a command; a demo shrugs at a refusal."""
    try:
        await command
    except (CommandRefused, CommandUnanswered, ConnectionEnded) as error:
        log.info("the demo's command came to nothing", why=str(error))
