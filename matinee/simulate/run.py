"""A simulation from its first account to its last word."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from conf.clock import Clock
from matinee.demo import clips
from matinee.simulate import people
from matinee.simulate.bots import Seat
from matinee.simulate.ledger import judged
from matinee.simulate.people import Account, Party, Video
from matinee.simulate.report import PartyEnd
from matinee.simulate.rest import Rest
from matinee.simulate.scenario import PartyPlan, scenario
from store.ids import new_id

AT_ONCE = 8
"""Sign-ins under way: the server hashes passwords on two threads and lets 40 wait."""
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


class Simulation:
    def __init__(self, *, wishes: Wishes, clock: Clock, say: Callable[[str], None]) -> None:
        self._wishes = wishes
        self._clock = clock
        self._say = say
        self._rest = Rest(wishes.url)

    async def run(self) -> list[PartyEnd]:
        """Play it. Raises `rest.Refused` and `rest.Away` where REST does, TimeoutError where nobody can enter."""
        try:
            return await self._run()
        finally:
            self._rest.close()

    async def _run(self) -> list[PartyEnd]:
        wishes = self._wishes
        plans = scenario(
            seed=wishes.seed,
            parties=wishes.parties,
            viewers=wishes.viewers,
            duration_ms=int(wishes.seconds * 1000),
            video_ms=FILM.seconds * 1000,
        )
        groups = [[self._seat(bot) for bot in plan.bots] for plan in plans]
        self._say(f"{wishes.viewers} accounts")
        await _few_at_once(self._sign_up(seat) for seats in groups for seat in seats)
        video = await self._film(groups[0][0].account)
        parties = [await self._party(plan, seats[0].account, video) for plan, seats in zip(plans, groups, strict=True)]
        self._say(f"{len(parties)} parties: {', '.join(party.code for party in parties)}")
        await _few_at_once(seat.enter(party) for party, seats in zip(parties, groups, strict=True) for seat in seats)
        self._say(f"everybody is in; playing for {wishes.seconds:g} s")
        await self._play([seat for seats in groups for seat in seats])
        return [await self._end(party, seats) for party, seats in zip(parties, groups, strict=True)]

    def _seat(self, bot: Any) -> Seat:
        return Seat(rest=self._rest, account=people.account_of(bot, self._wishes.secret), bot=bot, clock=self._clock)

    async def _sign_up(self, seat: Seat) -> None:
        await people.sign_up_or_in(self._rest, seat.account, self._clock.now_ms())

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
        self._say("leaving")
        await asyncio.gather(*(seat.leave() for seat in seats))

    async def _end(self, party: Party, seats: Sequence[Seat]) -> PartyEnd:
        host = seats[0].account
        token = await people.fresh_token(self._rest, host, self._clock.now_ms())
        await self._rest.call("POST", f"/parties/{party.id}/end", token=token)
        log = await people.whole_log(self._rest, party, token)
        books = [seat.book for seat in seats]
        acknowledged = [ack for book in books for ack in book.acknowledged]
        return PartyEnd(id=party.id, books=books, verdict=judged(log, acknowledged))


async def _few_at_once(work: Iterable[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(each: Awaitable[None]) -> None:
        async with slots:
            await each

    await asyncio.gather(*(one(each) for each in work))
