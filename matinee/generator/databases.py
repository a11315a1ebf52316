"""A history written into MongoDB: events and logs as the server leaves them, and the accounts, films and parties behind."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
import numpy as np
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure

from conf.clock import utc
from matinee.generator.histories import History, Part
from matinee.generator.logs import code_of, title_of
from realtime.party.state import Settings
from store import parties, users, videos
from store.collection import DUPLICATE_KEY
from store.documents import Party, Profile, User, Video
from store.encoding import to_document
from store.events import CLUSTERED, NAMESPACE_EXISTS, PREFIX
from store.indexes import EVENTS_OF_A_DAY, INDEXES
from store.tracked import BY_MONGOD, CHANGED

Row = dict[str, Any]
AT_ONCE = 2_000
DOMAIN = "history.example"
"""Nobody has an address there, nor a password: the made-up people cannot sign in."""
NO_FILM = "Made up for a history; there is no film behind it."


class Filled(msgspec.Struct, frozen=True):
    """How many documents were written."""

    users: int
    videos: int
    parties: int
    events: int
    commits: int


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """Somebody said stop; what was written by then stays."""


def write_database(
    database: Database[Row], history: History, *, go_on: Callable[[], bool] = lambda: True
) -> Filled:  # fmt: skip
    """Write a history; what is there already stays as it is, so a call that was cut off can be made again.

    Raises `Stopped` where `go_on`, which is asked every few thousand documents, says no.
    """
    for name, models in INDEXES.items():
        database[name].create_indexes(models)
    counts = {"users": 0, "videos": 0, "parties": 0, "events": 0, "commits": 0}
    counts["users"] = _insert(database, "users", _users(history), go_on)
    counts["videos"] = _insert(database, "videos", _videos(history), go_on)
    for part in history.parts():
        counts["parties"] += _insert(database, "parties", _parties(history, part), go_on)
    for collection, documents in history.documents():
        if collection.startswith(PREFIX):
            _prepare(database, collection)
        name = "events" if collection.startswith(PREFIX) else "commits"
        counts[name] += _insert(database, collection, documents, go_on)
    return Filled(**counts)


def _insert(database: Database[Row], collection: str, rows: Iterable[Row], go_on: Callable[[], bool]) -> int:
    """Insert what is not there yet, and say how much that was."""
    inserted, left = 0, iter(rows)
    while some := list(islice(left, AT_ONCE)):
        if not go_on():
            raise Stopped
        try:
            inserted += len(database[collection].insert_many(some, ordered=False).inserted_ids)
        except BulkWriteError as error:
            details = error.details
            if details is None or any(one["code"] != DUPLICATE_KEY for one in details["writeErrors"]):
                raise
            inserted += details["nInserted"]
    return inserted


def _prepare(database: Database[Row], collection: str) -> None:
    """Make the collection of a day as `store.events` does."""
    try:
        database.create_collection(collection, check_exists=False, **CLUSTERED)
    except OperationFailure as error:
        if error.code != NAMESPACE_EXISTS:
            raise
    database[collection].create_indexes(EVENTS_OF_A_DAY)


def _tracked(row: Row) -> Row:
    return {**row, CHANGED: BY_MONGOD}


def _users(history: History) -> Iterator[Row]:
    people = history.people
    ids = people.ids.to_pylist()
    for place in range(people.residents, people.users):
        username = f"viewer-{ids[place][-10:]}"
        user = User(
            id=ids[place],
            email=f"{username}@{DOMAIN}",
            email_key=f"{username}@{DOMAIN}",
            username=username,
            username_key=username,
            display_name=people.names[place],
            password_hash="",
            verified=bool(people.verified[place] >= 0),
            profile=Profile(privacy="private"),
            created_at=utc(int(people.registered[place])),
        )
        yield users.with_keys(to_document(user))


def _videos(history: History) -> Iterator[Row]:
    films = history.films
    ids, people = films.ids.to_pylist(), history.people.ids.to_pylist()
    for place in range(films.given, len(ids)):
        video = Video(
            id=ids[place],
            title=films.titles[place],
            description=NO_FILM,
            uploader_id=people[films.uploader[place]],
            source="url",
            status="ready",
            url=f"https://{DOMAIN}/{ids[place]}.mp4",
            duration_ms=int(films.duration_ms[place]),
            created_at=utc(int(films.added[place])),
        )
        yield _tracked(videos.with_keys(to_document(video)))


def _parties(history: History, part: Part) -> Iterator[Row]:
    plans, visits, ends = part.made.plans, part.made.visits, part.made.ends
    people, films = history.people, history.films
    ids, film_ids = people.ids.to_pylist(), films.ids.to_pylist()
    settings = msgspec.to_builtins(Settings())
    seqs = np.zeros(len(plans.host), dtype=np.int64)
    np.maximum.at(seqs, part.made.rows["party"], part.made.rows["seq"])
    for place, party_id in enumerate(part.made.party_ids):
        first = int(visits.first[place])
        there = visits.person[first : first + int(visits.count[place])]
        host = ids[plans.host[place]]
        ended, started = int(ends.ended[place]), int(ends.started[place])
        party = Party(
            id=party_id,
            code=code_of(plans.chance[place]),
            title=title_of(part.first_party + place, films.titles[plans.film[place]]),
            host_id=host,
            creator_id=host,
            video_id=film_ids[
                int(plans.second[place] if ended >= 0 and plans.second[place] >= 0 else plans.film[place])
            ],
            status="ended" if ended >= 0 else "live" if started >= 0 and ends.vacated[place] < 0 else "lobby",
            visibility="private",
            scheduled_for=utc(int(plans.scheduled[place])) if plans.scheduled[place] >= 0 else None,
            settings=settings,
            member_user_ids=sorted({host, *(ids[person] for person in there if person < people.users)}),
            members_count=len(set(there.tolist())),
            seq=int(seqs[place]),
            created_at=utc(int(plans.created[place])),
            started_at=utc(started) if started >= 0 else None,
            ended_at=utc(ended) if ended >= 0 else None,
        )
        yield _tracked(parties.with_keys(to_document(party)))
