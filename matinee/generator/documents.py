"""Rows as the documents that MongoDB holds: telemetry as `store.events` writes it, commits as `store.party_log` does."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from matinee.generator import ids, words
from matinee.generator.arrays import DAY, Ints
from matinee.generator.logbook import Details
from matinee.generator.logs import Writer, codes_of
from matinee.generator.plans import Plans
from matinee.generator.pools import Pools
from matinee.generator.rows import Columns, taken
from matinee.generator.words import KINDS
from store.events import collection_name

Document = dict[str, Any]

_FIELDS = {
    "position": "position_ms",
    "watched": "watched_ms",
    "from": "from_ms",
    "to": "to_ms",
    "drift": "drift_ms",
    "rtt": "rtt_ms",
    "stall": "stall_ms",
    "startup": "startup_ms",
    "height": "height",
}
_SENDERS = ("user_id", "guest_id")
_CLIENT = ("device", "browser", "os", "country", "client")
_WORN = (words.DEVICES, words.BROWSERS, words.SYSTEMS, tuple(one.code for one in words.COUNTRIES), words.CLIENTS)


class Documents:
    """Turns rows into documents; the texts of the pools are made once."""

    def __init__(self, pools: Pools, plans: Plans, details: Details) -> None:
        self._pools = pools
        self._people = pools.people.ids.to_pylist()
        self._films = pools.films.ids.to_pylist()
        self._codes = codes_of(plans.chance)
        self._details = details
        self._writer = Writer(pools.films, details)

    def written(self, rows: Columns) -> Iterator[tuple[str, list[Document]]]:
        """Give the documents of some rows, by the collection that they belong to.

        Of telemetry, not the copies that the store refuses: of an event of the same day, or of the day before.
        """
        refused = (rows["first"] >= 0) & (rows["received"] // DAY - rows["first"] // DAY <= 1)
        days = np.where(refused | (rows["seq"] > 0), -1, rows["received"] // DAY)
        for day in np.unique(days[days >= 0]).tolist():
            yield collection_name(day * DAY), list(self.events(taken(rows, np.flatnonzero(days == day))))
        if commits := list(self.commits(rows)):
            yield "party_log", commits

    def events(self, rows: Columns) -> Iterator[Document]:
        """Write telemetry, kind by kind."""
        for code in np.unique(rows["kind"]).tolist():
            if KINDS[code].source != "log":
                yield from self._telemetry(KINDS[code], taken(rows, np.flatnonzero(rows["kind"] == code)))

    def commits(self, rows: Columns) -> Iterator[Document]:
        """Write the commits of the party log: what happened in a party at one millisecond is one."""
        logged = np.flatnonzero(rows["seq"] > 0)
        order = logged[np.lexsort((rows["seq"][logged], rows["party"][logged]))]
        parties = self._pools.parties.whole()
        events = self._log_events(taken(rows, order))
        for (party, received), group in groupby(events, key=itemgetter(0, 1)):
            found = [event for _, _, event in group]
            yield {
                "_id": _commit_id(found[0]["event_id"]),
                "party_id": parties[party].as_py(),
                "seq": found[0]["seq"],
                "last_seq": found[-1]["seq"],
                "received_ms": received,
                "events": found,
            }

    def _telemetry(self, kind: words.Kind, rows: Columns) -> Iterator[Document]:
        """Write events of one kind: what all of them have, then what each has of its own."""
        whole = self._common(kind, rows)
        fields = self._fields(kind, rows)
        names = list(whole)
        for values, measured in zip(zip(*whole.values(), strict=True), fields, strict=True):
            document = {name: value for name, value in zip(names, values, strict=True) if value is not None}
            if measured:
                document["fields"] = measured
            yield document

    def _common(self, kind: words.Kind, rows: Columns) -> dict[str, list[Any]]:
        pools, person = self._pools, rows["person"]
        count = len(person)
        user = person < pools.people.users
        names = [self._people[place] for place in person.tolist()]
        whole: dict[str, list[Any]] = {
            "_id": ids.texts(rows["at"], rows["made"]).to_pylist(),
            "type": [kind.name] * count,
            "v": [None if version == 1 else version for version in rows["v"].tolist()],
            "at_ms": rows["at"].tolist(),
            "sent_at_ms": _known(rows["sent"]),
            "received_ms": rows["received"].tolist(),
            "user_id": [name if one else None for name, one in zip(names, user.tolist(), strict=True)],
            "guest_id": [None if one else name for name, one in zip(names, user.tolist(), strict=True)],
            "session_id": _texts(pools.sessions.ids.whole(), rows["session"]),
            "party_id": _texts(pools.parties.whole(), rows["party"]),
            "video_id": _texts(pools.films.ids, rows["film"]),
        }
        if kind.source == "api":
            return {**whole, "client": ["api"] * count}
        worn = pools.sessions.worn()[:, rows["session"]]
        for name, vocabulary, codes in zip(_CLIENT, _WORN, worn, strict=True):
            whole[name] = [vocabulary[code] for code in codes.tolist()]
        return whole

    def _fields(self, kind: words.Kind, rows: Columns) -> Iterator[Document]:
        columns = {name: _known(rows[column]) for column, name in _FIELDS.items()}
        if kind.name in {"party.joined", "party.left"}:
            columns["connection_id"] = _texts(self._pools.sessions.connections.whole(), rows["connection"])
        if kind.name == "reaction.sent":
            columns["emoji"] = [words.EMOJI[code] for code in rows["emoji"].tolist()]
        if kind.name.startswith("video."):
            films = self._pools.films
            columns["uploader_id"] = [self._people[place] for place in films.uploader[rows["carries"]].tolist()]
            columns["duration_ms"] = films.duration_ms[rows["carries"]].tolist()
        columns = {name: column for name, column in columns.items() if any(value is not None for value in column)}
        if not columns:
            return iter([{}] * len(rows["at"]))
        names = list(columns)
        return (
            {name: value for name, value in zip(names, values, strict=True) if value is not None}
            for values in zip(*columns.values(), strict=True)
        )

    def _log_events(self, rows: Columns) -> Iterator[tuple[int, int, Document]]:
        pools = self._pools
        made = {
            **{name: column.tolist() for name, column in rows.items() if name not in {"made", "sent", "first"}},
            "event_id": ids.texts(rows["at"], rows["made"]).to_pylist(),
            "party_id": _texts(pools.parties.whole(), rows["party"]),
            "session_id": _texts(pools.sessions.ids.whole(), rows["session"]),
        }
        names = list(made)
        for values in zip(*made.values(), strict=True):
            event = dict(zip(names, values, strict=True))
            yield event["party"], event["received"], self._log_event(event)

    def _log_event(self, event: Document) -> Document:
        who = self._who(event["person"]) if event["person"] >= 0 else None
        event["who"], event["by"], event["code"] = who, who and who["id"], self._codes[event["party"]]
        if event["carries"] >= 0:
            event["uploader_id"] = self._people[self._pools.films.uploader[event["carries"]]]
        if KINDS[event["kind"]].name == "member.muted":
            (muted,) = self._details.held[event["detail"]]
            assert isinstance(muted, int)
            event["other"] = self._who(muted)
        found = {
            "event_id": event["event_id"],
            "seq": event["seq"],
            "type": KINDS[event["kind"]].name,
            "at_ms": event["at"],
        }
        if who is not None:
            found["by"] = who["id"]
            found["guest_id" if who["guest"] else "user_id"] = who["id"]
        if event["session_id"] is not None:
            found["session_id"] = event["session_id"]
        if event["film"] >= 0:
            found["video_id"] = self._films[event["film"]]
        if body := self._writer.body(event):
            found["body"] = body
        return found

    def _who(self, person: int) -> Document:
        people = self._pools.people
        return {"id": self._people[person], "name": people.names[person], "guest": person >= people.users}


def _commit_id(event_id: str) -> str:
    """Name a commit after its first event, and not the same."""
    return f"{event_id[:-1]}{'0123456789abcdef'[15 - int(event_id[-1], 16)]}"


def _known(values: Any) -> list[Any]:
    if values.dtype.kind == "f":
        return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN is not itself
    return [None if value < 0 else value for value in values.tolist()]


def _texts(pool: pa.StringArray, places: Ints) -> list[str | None]:
    texts: list[str | None] = pool.take(pa.array(places.astype(np.int32), mask=places < 0)).to_pylist()
    return texts
