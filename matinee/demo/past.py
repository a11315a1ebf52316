"""The demo's past: a month of parties of its accounts and of made-up people, written once.

It goes on in a thread while the demo is open already. What the history is made of is kept beside the data before the
first document is written, so that a start that was cut off is taken up with the same ids, and leaves nothing twice.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
from pymongo.database import Database

from conf import logs
from conf.clock import Clock, utc
from matinee.demo import accounts
from matinee.simulate.people import Video
from store.blocking import connect_blocking
from store.documents import JobRequest
from store.encoding import to_document
from store.ids import new_id
from store.manifest import INGEST

FILE = "demo-history.json"
DAYS, EVENTS = 30, 60_000
HOSTING = 1.1
"""Exponent of who hosts: the demo's host has a fifth of the parties, so that there is something on the dashboard."""
FILMS_BEHIND = 5
"""The clips are short; that many made-up films of usual length are seen more often."""
MINUTE_MS = 60_000

log = logs.get("matinee.demo")


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A clip of the demo."""

    id: str
    title: str
    duration_ms: int


class Kept(msgspec.Struct, kw_only=True):
    """What the history is made of, and whether all of it is written."""

    until_ms: int
    people: list[str]
    """Ids of the host, the viewer and the staff."""
    films: list[Shown]
    done: bool = False


def fill(
    *,
    uri: str,
    database: str,
    data: Path,
    films: Sequence[tuple[str, Video]],
    clock: Clock,
    go_on: Callable[[], bool],
    events: int = EVENTS,
) -> None:
    """Write the history where it is not there yet; `films` are the clips with their titles."""
    try:
        from matinee.generator.databases import Stopped, write_database  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        log.warning("the demo has no past", missing=error.name, mend="pip install 'matinee[pipeline]'")
        return
    opened = connect_blocking(uri, database)
    try:
        kept = _kept(data / FILE, opened, films, int(clock.now_ms()))
        if kept.done:
            return
        filled = write_database(opened, _history(kept, events), go_on=go_on)
        _ask(opened, kept.people[-1], clock.now_ms())
        _keep(data / FILE, msgspec.structs.replace(kept, done=True))
        log.info("the demo's past is written", **msgspec.structs.asdict(filled))
    except Stopped:
        log.info("the demo's past is not whole yet; the next start goes on with it")
    finally:
        opened.client.close()


def _history(kept: Kept, events: int) -> Any:
    from matinee.generator import Film, Parameters, Resident, history  # noqa: PLC0415 - see `fill`

    names = {person.email: person for person in (accounts.HOST, accounts.VIEWER, accounts.STAFF)}
    residents = [
        Resident(user_id, person.display_name, hosts=not person.staff)
        for user_id, person in zip(kept.people, names.values(), strict=True)
    ]
    return history(
        seed=crc32("".join(kept.people).encode()),
        days=DAYS,
        events=events,
        until_ms=kept.until_ms,
        residents=residents,
        films=[Film(film.id, film.title, film.duration_ms, 0) for film in kept.films],
        films_behind=FILMS_BEHIND,
        # Nobody would ever end what history left open.
        parameters=Parameters(host_activity=HOSTING, never_closed=0.0),
    )


def _kept(
    path: Path, opened: Database[dict[str, Any]], films: Sequence[tuple[str, Video]], now_ms: int
) -> Kept:  # fmt: skip
    """Read what the history is made of; decide it where nobody has, or for a database that knows none of its people."""
    emails = [person.email for person in (accounts.HOST, accounts.VIEWER, accounts.STAFF)]
    found = {row["email_key"]: row["_id"] for row in opened["users"].find({"email_key": {"$in": emails}})}
    people = [found[email] for email in emails]
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes(), type=Kept)
        if kept.people == people:
            return kept
    shown = [Shown(id=film.id, title=title, duration_ms=film.duration_ms) for title, film in films]
    kept = Kept(until_ms=now_ms // MINUTE_MS * MINUTE_MS, people=people, films=shown)
    _keep(path, kept)
    return kept


def _keep(path: Path, kept: Kept) -> None:
    aside = path.with_suffix(".new")
    aside.write_bytes(msgspec.json.format(msgspec.json.encode(kept), indent=1))
    aside.replace(path)


def _ask(opened: Database[dict[str, Any]], by: str, now_ms: float) -> None:
    """Ask the pipeline to look at all that there is: by itself it looks that far back once an hour."""
    if opened["job_requests"].find_one({"waiting_for": INGEST}) is None:
        request = JobRequest(
            id=new_id(now_ms), job=INGEST, asked_by=by, asked_at=utc(now_ms), waiting_for=INGEST
        )  # fmt: skip
        opened["job_requests"].insert_one(to_document(request))
