"""`matinee simulate --offline`: a realistic history into the database, instead of bots over the protocol."""

import time
from pathlib import Path
from typing import Any

import msgspec
from pymongo.database import Database

from conf.clock import Clock
from matinee.faults import Fault
from store.blocking import connect_blocking

try:
    from matinee.generator import Film, History, Resident, history
    from matinee.generator.databases import Filled, write_database
except ImportError as error:
    raise Fault(f"{error.name} is not installed", "pip install 'matinee[pipeline]'") from error

MINUTE_MS = 60_000
MOST_RESIDENTS = 20
MOST_FILMS = 20


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for at the command line."""

    seed: int
    days: float
    events: float
    until_ms: int | None
    """None: up to now."""


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    filled: Filled
    until_ms: int
    residents: int
    seconds: float
    answers: Path


def write_history(*, uri: str, database: str, data: Path, wanted: Wanted, clock: Clock) -> Written:
    """Write the history into the database, and its answers beside it into the data folder.

    The accounts that are there already take part, the oldest as the most active, and so do their films.
    """
    began = time.monotonic()
    opened = connect_blocking(uri, database)
    try:
        made = _made(opened, wanted, int(clock.now_ms()))
        filled = write_database(opened, made)
    finally:
        opened.client.close()
    answers = data / f"history-{wanted.seed}.json"
    answers.write_bytes(made.answers.as_json())
    return Written(
        filled=filled,
        until_ms=made.wishes.span[1],
        residents=len(made.wishes.residents),
        seconds=time.monotonic() - began,
        answers=answers,
    )


def told(written: Written, wanted: Wanted) -> str:
    """Say in two lines what was written."""
    filled = written.filled
    return (
        f"seed {wanted.seed}: {filled.events:,} events and {filled.commits:,} commits of {filled.parties:,} parties"
        f" in {wanted.days:g} days, {filled.users:,} new accounts beside {written.residents} that were there,"
        f" {filled.videos:,} new videos, in {written.seconds:.1f} s\nwhat is true of it: {written.answers}"
    )


def _made(database: Database[dict[str, Any]], wanted: Wanted, now_ms: int) -> History:
    until_ms = now_ms // MINUTE_MS * MINUTE_MS if wanted.until_ms is None else wanted.until_ms
    if until_ms > now_ms:
        raise Fault("a history cannot end in the future", "leave --until out, or name a moment that is past")
    residents = residents_of(database)
    return history(
        seed=wanted.seed,
        days=wanted.days,
        events=wanted.events,
        until_ms=until_ms,
        residents=residents,
        films=films_of(database, residents),
    )


def residents_of(database: Database[dict[str, Any]]) -> list[Resident]:
    """Choose accounts that can sign in; those of earlier histories have no password."""
    rows = database["users"].find({"verified": True, "password_hash": {"$ne": ""}}, {"display_name": 1})
    return [Resident(row["_id"], row["display_name"]) for row in rows.sort("_id").limit(MOST_RESIDENTS)]


def films_of(database: Database[dict[str, Any]], residents: list[Resident]) -> list[Film]:
    """Choose films of theirs that can be played."""
    place = {one.user_id: number for number, one in enumerate(residents)}
    query = {"uploader_id": {"$in": list(place)}, "status": "ready", "duration_ms": {"$gt": 0}}
    rows = database["videos"].find(query).sort("_id").limit(MOST_FILMS)
    return [Film(row["_id"], row["title"], int(row["duration_ms"]), place[row["uploader_id"]]) for row in rows]
