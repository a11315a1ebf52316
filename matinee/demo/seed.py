"""Prepares the demo, again and again with the same result, and keeps its party alive."""

import asyncio
import random
import threading
from collections.abc import Sequence
from contextlib import closing

from pymongo.errors import PyMongoError

from conf import logs
from conf.clock import Clock
from conf.secrets import Secrets
from conf.settings import Settings
from matinee import database
from matinee.accounts import CommandLineAccounts, opened
from matinee.demo import accounts, clips, past
from matinee.demo.party import Company, live_party
from matinee.faults import Fault
from matinee.lifeline import Lifeline
from matinee.running import running_web
from matinee.simulate import people
from matinee.simulate.people import Account, Party, Video, bot_password
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
        self._stop = threading.Event()
        """Tells the thread that writes the past that nobody has time for it any more."""

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
            async with asyncio.TaskGroup() as group:
                announced = False
                while True:
                    party = await self._party(rest, host, films[0])
                    company = Company(rest=rest, accounts=[host, *guests], clock=self._clock, chance=_chance(party))
                    try:
                        await company.enter(party)
                        if not announced:
                            self._announce(f"{rest.url}/p/{party.code}", password)
                            group.create_task(self._past(films))
                            announced = True
                        await company.stay()
                    finally:
                        await company.close()
                    await self._clock.sleep(AGAIN_SECONDS)
        finally:
            self._stop.set()
            rest.close()

    async def _party(self, rest: Rest, host: Account, film: Video) -> Party:
        await people.fresh_token(rest, host, self._clock.now_ms())
        return await live_party(rest, host, film, new_id(self._clock.now_ms()))

    def _announce(self, address: str, password: str) -> None:
        who = ", ".join(person.email for person in accounts.PEOPLE)
        kept = self._settings.data / accounts.FILE
        self._lifeline.ready(f"{who}, password {password} (kept in {kept}); party {address}")

    async def _past(self, films: Sequence[Video]) -> None:
        """Write what happened before; a database that is away is no reason to close the party."""
        titled = [(clip.title, film) for clip, film in zip(clips.DEMO, films, strict=True)]
        try:
            await asyncio.to_thread(
                past.fill,
                uri=database.running(self._settings, self._secrets),
                database=self._settings.mongo_database,
                data=self._settings.data,
                films=titled,
                clock=self._clock,
                go_on=lambda: not self._stop.is_set(),
            )
        except (PyMongoError, Fault) as error:
            log.error("the demo's past could not be written", error=type(error).__name__)  # noqa: TRY400 - its text may quote documents

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


def _chance(party: Party) -> random.Random:
    return random.Random(party.id)  # noqa: S311 - small talk
