"""Passwords: which are good enough, and their argon2id hashes, made on a few threads so that no party waits for one."""

import asyncio
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from importlib.resources import files
from typing import TypeVar

import argon2

from api.problems import Problem, invalid

T = TypeVar("T")

SHORTEST = 8
LONGEST = 1024
"""Longer than any person's, short enough that hashing it costs nothing beside argon2 itself."""
WAITING_LIMIT = 40
"""Hashes that may wait: at 54 ms each on one thread the last of them is done after about two seconds."""
CONTEXT_WORDS = ("matinee",)


class Passwords:
    """Hashes and checks with argon2id (m=19 MiB, t=2, p=1: the first choice of OWASP's Password Storage sheet)."""

    def __init__(self, *, workers: int) -> None:
        """`workers` is the number of threads; 0 leaves half of the processor to everybody else."""
        workers = workers or max(1, (os.cpu_count() or 1) // 2)
        self._hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="password")
        self._waiting = 0
        self._limit = workers + WAITING_LIMIT
        # Made at once: made at the first unknown e-mail, it would tell that one by its time.
        self._nobody = self._threads.submit(lambda: self._hasher.hash("a password that nobody has"))

    async def hash(self, password: str) -> str:
        """Hash a new password. Raises `Problem("busy")` where too many wait already."""
        with self.place():
            return await self._threaded(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Check a password; without a stored hash the same work is done for nothing, so that time tells nothing.

        Raises `Problem("busy")` like `hash`.
        """
        with self.place():
            return await self.matches_in_place(stored, password)

    async def matches_in_place(self, stored: str | None, password: str) -> bool:
        """Do what `matches` does, for a caller who holds a place."""
        return await self._threaded(lambda: self._verify(stored or self._nobody.result(), password)) and (
            stored is not None
        )

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the queue. Raises `Problem("busy")` where too many wait already.

        Taken before anything is looked up for a sign-in, so that a flood costs the database nothing.
        """
        if self._waiting >= self._limit:
            raise Problem("busy", "Too many sign-ins at once.", retry_after_seconds=2)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def needs_rehash(self, stored: str) -> bool:
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _threaded(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except argon2.exceptions.VerificationError:
            return False
        except argon2.exceptions.InvalidHashError:
            return False


class PasswordRules:
    """Which new passwords are refused: too short, too long, too common, or made of what everybody knows."""

    @cached_property
    def common(self) -> frozenset[str]:
        lines = files("api").joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
        return frozenset(line for line in lines if line and not line.startswith("#"))

    def check(self, password: str, *, path: str, about: tuple[str, ...] = ()) -> None:
        """Raise `Problem("invalid")` at `path` for a weak password. `about` holds the user's own words."""
        if len(password) < SHORTEST:
            raise invalid(path, f"A password needs at least {SHORTEST} characters.")
        if len(password) > LONGEST:
            raise invalid(path, f"A password may have at most {LONGEST} characters.")
        folded = password.casefold()
        if folded in self.common:
            raise invalid(path, "This password is among the most common ones.")
        if folded.strip("0123456789!.-_") in {word.casefold() for word in (*CONTEXT_WORDS, *about)}:
            raise invalid(path, "This password is made of a name that is known.")
