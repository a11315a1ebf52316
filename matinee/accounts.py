"""Accounts made at the command line: verified, of a role, with a password that is shown once."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.problems import Problem
from api.schemas.auth import Registration
from api.services.accounts import Accounts
from api.services.analytics import note
from api.services.audit import Audit
from api.services.passwords import PasswordRules, Passwords
from conf.clock import SystemClock
from conf.metrics import NullMetrics
from conf.settings import Settings
from matinee.faults import Fault
from store.database import Store, connect
from store.documents import User


@asynccontextmanager
async def opened(uri: str, settings: Settings) -> AsyncIterator[Store]:
    """Open the store for a command that does one thing and ends."""
    store = await connect(
        uri=uri,
        database=settings.mongo_database,
        driver=settings.mongo_driver,
        clock=SystemClock(),
        metrics=NullMetrics(),
    )
    try:
        yield store
    finally:
        await store.close()


def new_password() -> str:
    """Make a password of 120 random bits that can be typed."""
    return secrets.token_urlsafe(15)


async def promote(store: Store, user: User) -> None:
    """Make somebody staff. The audit log says so, as of what staff do: by the command line."""
    audit = Audit(store=store, clock=SystemClock())
    async with audit.acting(None, "user.role", ("user", user.id), {"role": "staff"}):
        await store.users.set_role(user.id, "staff")


class CommandLineAccounts:
    """Makes accounts by the same service that registration uses, so that the same rules hold."""

    def __init__(self, *, store: Store, settings: Settings) -> None:
        self._store = store
        self._passwords = Passwords(workers=settings.password_hash_workers)
        self._accounts = Accounts(store=store, passwords=self._passwords, rules=PasswordRules(), clock=SystemClock())

    async def create(self, asked: Registration, *, staff: bool) -> User:
        """Make a verified account. Raises `Fault` where the e-mail or username is taken or not allowed."""
        try:
            user = await self._accounts.register(asked)
        except Problem as problem:
            raise Fault(_words(problem)) from problem
        await self._store.users.set_verified(user.id)
        await note(self._store, SystemClock(), "account.verified", user_id=user.id)
        if staff:
            await promote(self._store, user)
        return user

    async def has_password(self, user: User, password: str) -> bool:
        return await self._passwords.matches(user.password_hash, password)

    async def set_password(self, user: User, password: str) -> None:
        await self._store.users.set_password_hash(user.id, await self._passwords.hash(password))

    def close(self) -> None:
        self._passwords.close()


def _words(problem: Problem) -> str:
    return " ".join(fault.message for fault in problem.errors) or problem.detail
