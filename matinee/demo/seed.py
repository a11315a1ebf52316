"""Prepares the demo, again and again with the same result, and keeps its party alive."""

import asyncio
import random
from contextlib import closing

from conf import logs
from conf.clock import Clock
from conf.secrets import Secrets
from conf.settings import Settings
from matinee import database
from matinee.accounts import CommandLineAccounts, opened
from matinee.demo import accounts, clips
from matinee.demo.party import Company, live_party
from matinee.faults import Fault
from matinee.lifeline import Lifeline
from matinee.running import running_web
from matinee.simulate import people
from matinee.simulate.people import Account, Video, bot_password
from matinee.simulate.rest import Rest
from store.ids import new_id

GUESTS = (("demo-ada", "Ada"), ("demo-emil", "Emil"), ("demo-farah", "Farah"))
AGAIN_SECONDS = 5.0

log = logs.get("matinee.demo")


class Demo:
    def __init__(self, *, settings: Settings, secrets: Secrets, clock: Clock, lifeline: Lifeline) -> None:
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self._lifeline = lifeline

    async def run(self) -> None:
        """Seed, announce, and play host until cancelled."""
        password = accounts.kept_password(self._settings.data)
        await self._accounts(password)
        files = await asyncio.to_thread(clips.rendered, clips.DEMO, self._settings.data / "clips")
        rest = Rest(self._url())
        try:
            host, guests = await self._sign_in(rest, password)
            films = [
                await people.film(rest, host, clip.title, file) for clip, file in zip(clips.DEMO, files, strict=True)
            ]
            announced = False
            while True:
                announced = await self._one_party(rest, [host, *guests], films[0], password, announced=announced)
                await self._clock.sleep(AGAIN_SECONDS)
        finally:
            rest.close()

    async def _one_party(
        self, rest: Rest, there: list[Account], film: Video, password: str, *, announced: bool
    ) -> bool:
        await people.fresh_token(rest, there[0], self._clock.now_ms())
        party = await live_party(rest, there[0], film, new_id(self._clock.now_ms()))
        chance = random.Random(party.id)  # noqa: S311 - small talk
        company = Company(rest=rest, accounts=there, clock=self._clock, chance=chance)
        try:
            await company.enter(party)
            if not announced:
                who = ", ".join(person.email for person in accounts.PEOPLE)
                kept = self._settings.data / accounts.FILE
                self._lifeline.ready(f"{who}, password {password} (kept in {kept}); party {rest.url}/p/{party.code}")
            await company.stay()
        finally:
            await company.close()
        return True

    async def _accounts(self, password: str) -> None:
        async with opened(database.running(self._settings, self._secrets), self._settings) as store:
            with closing(CommandLineAccounts(store=store, settings=self._settings)) as made:
                for person in accounts.PEOPLE:
                    await accounts.ensure(person, store=store, accounts=made, password=password)

    async def _sign_in(self, rest: Rest, password: str) -> tuple[Account, list[Account]]:
        now_ms = self._clock.now_ms()
        person = accounts.HOST
        host = Account(
            email=person.email, username=person.username, display_name=person.display_name, password=password
        )
        await people.sign_in(rest, host, now_ms)
        guests = [self._guest(username, name) for username, name in GUESTS]
        for guest in guests:
            await people.sign_up_or_in(rest, guest, now_ms)
        return host, guests

    def _guest(self, username: str, display_name: str) -> Account:
        email = f"{username}@bots.example"
        password = bot_password(email, self._secrets.secret_keys[-1])
        return Account(email=email, username=username, display_name=display_name, password=password)

    def _url(self) -> str:
        web = running_web(self._settings.data)
        if web is None:
            raise Fault(f"no web node runs on {self._settings.data}", "start `matinee serve --demo`")
        return web.url
