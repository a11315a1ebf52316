"""Passwords: which are refused, how they are hashed, and that a flood of sign-ins does not stop the loop."""

import asyncio
import time
from contextlib import ExitStack

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.problems import Problem
from api.services.passwords import WAITING_LIMIT, PasswordRules, Passwords


def test_none_of_the_common_passwords_is_taken() -> None:
    rules = PasswordRules()
    assert len(rules.common) >= 3000
    for password in rules.common:
        for written in (password, password.upper(), password.capitalize()):
            with pytest.raises(Problem):
                rules.check(written, path="$.password")


@given(st.text(min_size=15, max_size=128).filter(lambda text: text.strip("0123456789!.-_").casefold() != "matinee"))
@settings(max_examples=200, deadline=None)
def test_any_characters_make_a_password(password: str) -> None:
    rules = PasswordRules()
    rules.common  # noqa: B018 - read the list once, before the clock of an example runs
    if password.casefold() not in rules.common:
        rules.check(password, path="$.password")


@pytest.mark.parametrize("password", ["1234567", "x" * 1025, "matinee!!", "Matinee2026", "grace.hopper"])
def test_short_long_and_known_words_are_refused(password: str) -> None:
    with pytest.raises(Problem) as refused:
        PasswordRules().check(password, path="$.password", about=("grace.hopper",))
    assert refused.value.errors[0].path == "$.password"


@pytest.mark.gen_test
async def test_hashes_are_argon2id_with_the_parameters_of_owasp() -> None:
    passwords = Passwords(workers=1)
    stored = await passwords.hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.matches(stored, "correct horse")
    assert not await passwords.matches(stored, "correct horsf")
    assert not await passwords.matches(None, "a password that nobody has")
    assert not await passwords.matches("not a hash", "correct horse")
    weaker = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("correct horse")
    assert passwords.needs_rehash(weaker)
    assert not passwords.needs_rehash(stored)
    passwords.close()


@pytest.mark.gen_test(timeout=30)
async def test_a_flood_is_refused_and_leaves_the_loop_free() -> None:
    passwords = Passwords(workers=1)
    flood = asyncio.gather(*(passwords.matches(None, "x") for _ in range(200)), return_exceptions=True)
    worst = 0.0
    while not flood.done():
        started = time.monotonic()
        await asyncio.sleep(0.005)
        worst = max(worst, time.monotonic() - started - 0.005)
    answers = await flood
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert len(refused) == 200 - WAITING_LIMIT - 1
    assert {(problem.code, problem.status) for problem in refused} == {("busy", 503)}
    assert all(int(problem.headers["Retry-After"]) >= 1 for problem in refused)
    assert worst < 0.5  # a hash alone takes 54 ms; held on the loop, the flood would take seconds
    passwords.close()


@pytest.mark.gen_test
async def test_a_known_and_an_unknown_address_cost_the_same_work() -> None:
    passwords = Passwords(workers=1)
    done: list[tuple[str, str]] = []
    verify = passwords._verify

    def counted(stored: str, password: str) -> bool:
        done.append((argon2.extract_parameters(stored).__repr__(), password))
        return verify(stored, password)

    passwords._verify = counted  # type: ignore[method-assign]
    stored = await passwords.hash("correct horse")
    assert not await passwords.matches(stored, "a guess")
    assert not await passwords.matches(None, "a guess")
    known, unknown = done
    assert known == unknown
    passwords.close()


@pytest.mark.gen_test
async def test_whoever_finds_no_place_is_refused_before_anything_is_looked_up() -> None:
    passwords = Passwords(workers=1)
    with ExitStack() as places:
        for _ in range(WAITING_LIMIT + 1):
            places.enter_context(passwords.place())
        with pytest.raises(Problem) as refused, passwords.place():
            raise AssertionError("there was a place")
        assert refused.value.code == "busy"
    with passwords.place():
        assert await passwords.matches_in_place(await passwords.hash("correct horse"), "correct horse")
    passwords.close()
