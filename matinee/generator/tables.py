"""Rows as the raw tables of the lake: the same columns and the same order as `ingest` gives them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from matinee.generator import ids, words
from matinee.generator.arrays import MINUTE
from matinee.generator.logbook import Details
from matinee.generator.logs import EXTRA_KINDS, extra_of
from matinee.generator.pools import Pools, Pseudonym
from matinee.generator.rows import Columns, taken
from matinee.generator.slicing import slices
from matinee.generator.words import KINDS
from pipeline import schema
from pipeline.slots import slot_at

_NAMES = pa.array([kind.name for kind in KINDS])
_COUNTRIES = pa.array([country.code for country in words.COUNTRIES])
_LENGTHS = np.array([*(len(line) for line in words.LINES), 0], dtype=np.int64)
_VIEWER_OR_NODE = np.array([kind.source in {"viewer", "node"} for kind in KINDS])
_API = np.array([kind.source == "api" for kind in KINDS])


class Tables:
    """Turns rows into tables; a pool's texts are made once and pointed at."""

    def __init__(self, pools: Pools, details: Details, pseudonym: Pseudonym | None) -> None:
        self._pools = pools
        self._details = details
        everybody = pools.people.ids
        if pseudonym is not None:
            everybody = pa.array([pseudonym(one) for one in everybody.to_pylist()], pa.string())
        self._people = everybody

    def slots(self, rows: Columns, minutes: int) -> Iterator[tuple[str, pa.Table]]:
        """Give one sorted table for every `minutes` in which something was received."""
        slot = rows["received"] // (MINUTE * minutes) * minutes
        order = self._order(rows, slot)
        rows, slot = taken(rows, order), slot[order]
        begins = np.flatnonzero(np.diff(slot, prepend=-1)).tolist()
        for begin, table in zip(begins, slices(self.table(rows), begins), strict=True):
            yield slot_at(int(slot[begin])), table

    def table(self, rows: Columns) -> pa.Table:
        """Turn rows into one table, in their order."""
        found = self._columns(rows)
        columns = [
            _cast(found[column.name], column.kind) if column.name in found else pa.nulls(len(rows["at"]), column.kind)
            for column in schema.COLUMNS
        ]
        return pa.table(columns, schema=schema.arrow_schema())

    def _order(self, rows: Columns, slot: NDArray[Any]) -> NDArray[Any]:
        """Sort as `schema.table` does; ids sort by their making, in a pool of given ids by their texts."""
        id_halves = ids.halves(rows["at"], rows["made"])
        film, session = _ranks(self._pools.films.ids), _ranks(self._pools.sessions.ids.whole())
        keys = (id_halves[:, 1], id_halves[:, 0], rows["received"], rows["at"], session[rows["session"]])
        return np.lexsort((*keys, film[rows["film"]], slot))

    def _columns(self, rows: Columns) -> dict[str, pa.Array]:
        pools, kind = self._pools, rows["kind"]
        user = rows["person"] < pools.people.users
        carries = rows["carries"]
        uploader = np.where(carries >= 0, pools.films.uploader[carries], -1)
        equipment = _worn(pools, rows)
        return {
            "event_id": ids.texts(rows["at"], rows["made"]),
            "type": pa.DictionaryArray.from_arrays(kind.astype(np.int32), _NAMES),
            "v": pa.array(rows["v"]),
            "at": pa.array(rows["at"]),
            "sent_at": _known(rows["sent"]),
            "received_at": pa.array(rows["received"]),
            "user_id": _pointed(self._people, np.where(user, rows["person"], -1)),
            "guest_id": _pointed(self._people, np.where(user, -1, rows["person"])),
            "session_id": _pointed(pools.sessions.ids.whole(), rows["session"]),
            "party_id": _pointed(pools.parties.whole(), rows["party"]),
            "video_id": _pointed(pools.films.ids, rows["film"]),
            "seq": _known(np.where(rows["seq"] > 0, rows["seq"], -1)),
            **{name: _word(codes, of) for name, (codes, of) in equipment.items()},
            "connection_id": _pointed(pools.sessions.connections.whole(), rows["connection"]),
            "position_ms": _known(rows["position"]),
            "watched_ms": _known(rows["watched"]),
            "from_ms": _known(rows["from"]),
            "to_ms": _known(rows["to"]),
            "drift_ms": pa.array(rows["drift"], from_pandas=True),
            "rtt_ms": pa.array(rows["rtt"], from_pandas=True),
            "stall_ms": _known(rows["stall"]),
            "startup_ms": _known(rows["startup"]),
            "rate": pa.array(rows["rate"], from_pandas=True),
            "emoji": _word(rows["emoji"], pa.array(words.EMOJI)),
            "length": _known(np.where(rows["line"] >= 0, _LENGTHS[rows["line"]], -1)),
            "uploader_id": _pointed(self._people, uploader),
            "duration_ms": _known(np.where(carries >= 0, pools.films.duration_ms[carries], -1)),
            "height": _known(rows["height"]),
            "scheduled_at": _known(rows["scheduled"]),
            "extra": self._extra(rows),
        }

    def _extra(self, rows: Columns) -> pa.Array:
        """Give what has no column of its own: why the playback changed, the code of a party."""
        place: dict[str, int] = {}
        found = np.full(len(rows["at"]), -1)
        holding = np.flatnonzero(np.isin(rows["kind"], EXTRA_KINDS))
        columns = (rows[name][holding].tolist() for name in ("kind", "detail"))
        for row, kind, detail in zip(holding.tolist(), *columns, strict=True):
            text = extra_of(kind, self._details.held[detail] if detail >= 0 else ())
            found[row] = place.setdefault(text, len(place)) if text is not None else -1
        return _pointed(pa.array(list(place), pa.string()), found)


def _worn(pools: Pools, rows: Columns) -> dict[str, tuple[NDArray[Any], pa.Array]]:
    """Name device and client where the event came by a connection; the API only names itself."""
    worn, kind = pools.sessions.worn(), rows["kind"]
    connected = _VIEWER_OR_NODE[kind] & (rows["session"] >= 0)
    codes = np.where(connected, worn[:, rows["session"]], -1)
    codes[4] = np.where(_API[kind], words.API, codes[4])
    vocabularies = (words.DEVICES, words.BROWSERS, words.SYSTEMS, _COUNTRIES, words.CLIENTS)
    names = ("device", "browser", "os", "country", "client")
    return {name: (codes[n], pa.array(vocabularies[n])) for n, name in enumerate(names)}


def _ranks(pool: pa.StringArray) -> NDArray[np.int64]:
    """Rank the texts of a pool; the last place, which -1 points at, is behind all: nulls are last."""
    order = np.argsort(np.array(pool.to_pylist(), dtype="U"), kind="stable")
    ranks = np.empty(len(pool) + 1, dtype=np.int64)
    ranks[order] = np.arange(len(pool))
    ranks[-1] = len(pool)
    return ranks


def _known(values: NDArray[Any]) -> pa.Array:
    return pa.array(values.astype(np.int64), mask=values < 0)


def _pointed(pool: pa.StringArray, places: NDArray[Any]) -> pa.Array:
    return pool.take(pa.array(places.astype(np.int32), mask=places < 0))


def _word(codes: NDArray[Any], vocabulary: pa.Array) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), vocabulary)


def _cast(found: pa.Array, kind: pa.DataType) -> pa.Array:
    return found if found.type == kind else found.cast(kind)
