"""A simulation from its first account to its last word."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from conf.clock import Clock
from matinee.demo import clips
from matinee.simulate import people
from matinee.simulate.bots import Seat
from matinee.simulate.ledger import judged
from matinee.simulate.people import Account, Party, Video
from matinee.simulate.report import PartyEnd
from matinee.simulate.rest import Rest
from matinee.simulate.scenario import Bot, PartyPlan, scenario
from realtime.client.waiting import stopped
from store.ids import new_id

AT_ONCE = 8
"""Sign-ins under way: the server hashes passwords on two threads and lets 40 wait."""
ACCOUNTS = 100
"""Of a larger crowd the others come as guests, as most do who get a link: an address may sign in 300 times a minute, and
every new account is two of these. Hosts always have one."""
LAG_SECONDS = 0.05
FILM = clips.DEMO[2]


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation shall be."""

    url: str
    parties: int
    viewers: int
    seconds: float
    seed: int
    secret: str
    clips: Path


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A simulation after its end."""

    ends: list[PartyEnd]
    joining_seconds: float
    """From the first bot's knock to the last one's welcome."""
    lags_ms: list[float]
    """How late the bots' own event loop was: what they report is at least that coarse."""
    busy: float
    """Cores that the bots used while they played."""
    put_off: Counter[str]
    """REST answers that said: later."""


class Simulation:
    def __init__(self, *, wishes: Wishes, clock: Clock, say: Callable[[str], None]) -> None:
        self._wishes = wishes
        self._clock = clock
        self._say = say
        self._rest = Rest(wishes.url)

    async def run(self) -> Played:
        """Play it. Raises `rest.Refused` and `rest.Away` where REST does, TimeoutError where nobody can enter."""
        try:
            return await self._run()
        finally:
            self._rest.close()

    async def _run(self) -> Played:
        wishes = self._wishes
        plans = scenario(
            seed=wishes.seed,
            parties=wishes.parties,
            viewers=wishes.viewers,
            duration_ms=int(wishes.seconds * 1000),
            video_ms=FILM.seconds * 1000,
        )
        groups = [[self._seat(bot) for bot in plan.bots] for plan in plans]
        seats = [seat for group in groups for seat in group]
        accounts = [seat.account for seat in seats if seat.account]
        self._say(f"{len(accounts)} accounts and {len(seats) - len(accounts)} guests")
        await _few_at_once(self._sign_up(account) for account in accounts)
        video = await self._film(_host(groups[0]))
        parties = [await self._party(plan, _host(group), video) for plan, group in zip(plans, groups, strict=True)]
        self._say(f"{len(parties)} parties: {', '.join(party.code for party in parties)}")
        knocked_ms = self._clock.now_ms()
        await _few_at_once(seat.enter(party) for party, group in zip(parties, groups, strict=True) for seat in group)
        joining_seconds = (self._clock.now_ms() - knocked_ms) / 1000
        self._say(f"everybody is in; playing for {wishes.seconds:g} s")
        lags_ms: list[float] = []
        measuring = asyncio.create_task(self._lag(lags_ms))
        before = time.process_time()
        await self._play(seats)
        busy = (time.process_time() - before) / wishes.seconds
        await stopped(measuring)
        self._say("leaving")
        await asyncio.gather(*(seat.leave() for seat in seats))
        ends = [await self._end(party, group) for party, group in zip(parties, groups, strict=True)]
        return Played(
            ends=ends, joining_seconds=joining_seconds, lags_ms=lags_ms, busy=busy, put_off=self._rest.put_off
        )

    def _seat(self, bot: Bot) -> Seat:
        signs_in = bot.hosts or bot.number < ACCOUNTS
        account = people.account_of(bot, self._wishes.secret) if signs_in else None
        return Seat(rest=self._rest, account=account, bot=bot, clock=self._clock)

    async def _sign_up(self, account: Account) -> None:
        await people.sign_up_or_in(self._rest, account, self._clock.now_ms())

    async def _film(self, account: Account) -> Video:
        (file,) = await asyncio.to_thread(clips.rendered, [FILM], self._wishes.clips)
        return await people.film(self._rest, account, FILM.title, file)

    async def _party(self, plan: PartyPlan, host: Account, video: Video) -> Party:
        return await people.open_party(
            self._rest, host, title=plan.title, video=video, visibility="unlisted", key=new_id(self._clock.now_ms())
        )

    async def _play(self, seats: Sequence[Seat]) -> None:
        begin_ms = self._clock.now_ms()
        acting = asyncio.gather(*(seat.act(begin_ms) for seat in seats))
        while (left_ms := begin_ms + self._wishes.seconds * 1000 - self._clock.now_ms()) > 0:
            await self._clock.sleep(min(10.0, left_ms / 1000))
            there = sum(seat.client.connected for seat in seats)
            acks = sum(len(seat.book.acknowledged) for seat in seats)
            self._say(f"{max(0.0, left_ms / 1000 - 10):.0f} s to go, {there} connected, {acks} commands acknowledged")
        await acting

    async def _lag(self, lags_ms: list[float]) -> None:
        while True:
            due_ms = self._clock.now_ms() + LAG_SECONDS * 1000
            await self._clock.sleep(LAG_SECONDS)
            lags_ms.append(self._clock.now_ms() - due_ms)

    async def _end(self, party: Party, seats: Sequence[Seat]) -> PartyEnd:
        host = _host(seats)
        token = await people.fresh_token(self._rest, host, self._clock.now_ms())
        await self._rest.call("POST", f"/parties/{party.id}/end", token=token)
        log = await people.whole_log(self._rest, party, token)
        books = [seat.book for seat in seats]
        acknowledged = [ack for book in books for ack in book.acknowledged]
        unheard = sum(book.hearing.unheard(entry["seq"] for entry in log) for book in books)
        return PartyEnd(id=party.id, books=books, verdict=judged(log, acknowledged), unheard=unheard)


def _host(seats: Sequence[Seat]) -> Account:
    account = seats[0].account
    assert account is not None
    return account


async def _few_at_once(work: Iterable[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[None]) -> None:
        async with slots:
            await each

    await asyncio.gather(*(one(each) for each in work))
