"""The Parquet lake: the only file that knows paths.

```
raw/date=2026-11-23/hour=14/28-6f1c0a2b9d3e.parquet      one minute of received events
raw/date=2026-11-23/hour=14/60-c0535e4be2b7.parquet      several minutes of that hour, once the day is over
tables/v1/views/home=2026-11-23/5d41402abc4b.parquet      a table of all parties that were made on that day
```
A file's name is (its slot and) the start of its content's SHA-256, so it never changes once it is there: who writes the
same events again writes the same file, and a writer that was overtaken leaves a file that nobody reads. Which file of
a slot counts is said by the manifest (the outcomes of `ingest` in `job_runs`); the others are removed after that.
"""

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import fsspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import schema

RAW = "raw"
QUARANTINE = "quarantine"
TABLES = "tables/v1"
DIVERSE = frozenset(
    {"event_id", "at", "sent_at", "received_at", "position_ms", "from_ms", "to_ms", "drift_ms", "rtt_ms", "extra"}
)
"""Columns of events in which hardly a value comes twice: lists of their values would cost a fifth of the bytes, and time."""
_DIGEST = 12
_PACKED = "60-"
_ROW_GROUP = 65_536
"""Rows that are skipped together when one party is read."""


class LakeError(Exception):
    """The lake cannot be read or written; the message says which file and why."""


class Written(NamedTuple):
    """A file of the lake: its name below the lake's root, rows and bytes."""

    name: str
    rows: int
    size: int


class Lake:
    """Reads and writes the files below one folder or fsspec URL."""

    def __init__(self, *, url: str) -> None:
        self.url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise LakeError(f"lake {url}: {error}") from error
        self._root = PurePosixPath(root)
        self._local = "file" in self._protocols()

    def write_raw(self, slot: str, events: pa.Table) -> Written:
        """Write the events of one slot; returns the name that the manifest should hold."""
        content = _encoded(events, DIVERSE)
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST]
        name = f"{RAW}/{_folder(slot)}/{slot[14:16]}-{digest}.parquet"
        self._put(name, content)
        return Written(name, len(events), len(content))

    def read_raw(self, name: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Read one raw file under the present schema, whatever version wrote it."""
        return schema.adapted(self._read(name, columns=columns), columns)

    def read_events(self, names: Sequence[str], columns: Sequence[str], parties: Collection[str]) -> pa.Table:
        """Read the events of some parties from raw files, whatever versions wrote them; an event sent twice may stand twice."""
        wanted = pa.array(sorted(parties))
        parts = []
        for name in names:
            events = self.read_raw(name, columns)
            parts.append(events.filter(pc.is_in(events.column("party_id"), value_set=wanted)))
        return pa.concat_tables(parts) if parts else schema.arrow_schema().empty_table().select(list(columns))

    def write_table(self, name: str, partition: str, table: pa.Table) -> Written:
        """Write a table of a partition such as `home=2026-11-23`; returns the name that the manifest should hold."""
        content = _encoded(table)
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST]
        written = f"{TABLES}/{name}/{partition}/{digest}.parquet"
        self._put(written, content)
        return Written(written, len(table), len(content))

    def read_table(self, name: str, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:
        """Read one file that `write_table` wrote, words as plain strings."""
        return _undictionaried(self._read(name, columns=columns, filters=filters))

    def keep_only_table(self, name: str, partition: str, counted: str) -> None:
        """Remove what a partition of a table has beside the file that counts."""
        for path in self._list(f"{TABLES}/{name}/{partition}"):
            found = f"{TABLES}/{name}/{partition}/{PurePosixPath(path).name}"
            if found != counted:
                self._remove(found)

    def write_quarantine(self, slot: str, events: pa.Table) -> Written:
        """Write what of a slot failed a check (columns: the lake's and `check`); no figure is made of it."""
        content = _encoded(events)
        digest = hashlib.sha256(content).hexdigest()[:_DIGEST]
        name = f"{QUARANTINE}/{_folder(slot)}/{slot[14:16]}-{digest}.parquet"
        self._put(name, content)
        return Written(name, len(events), len(content))

    def keep_only_quarantined(self, slot: str, counted: str | None) -> None:
        """Remove what the quarantine has of a slot beside the file that counts."""
        folder = f"{QUARANTINE}/{_folder(slot)}"
        for name in self._names(folder, slot):
            if f"{folder}/{name}" != counted:
                self._remove(f"{folder}/{name}")

    def raw_files(self, slot: str) -> list[str]:
        """List the raw files of a slot, whether or not they count."""
        return [f"{RAW}/{_folder(slot)}/{name}" for name in self._names(f"{RAW}/{_folder(slot)}", slot)]

    def days(self) -> list[str]:
        """List the days that have a folder."""
        return sorted(PurePosixPath(path).name.removeprefix("date=") for path in self._list(RAW))

    def keep_only(self, slot: str, counted: str | None) -> None:
        """Remove what a slot has beside the file that counts: superseded files and half-written ones."""
        kept = PurePosixPath(counted).name if counted else ""
        folder = f"{RAW}/{_folder(slot)}"
        for name in self._names(folder, slot):
            if name != kept:
                self._remove(f"{folder}/{name}")

    def raw_names(self, date: str | None = None) -> list[str]:
        """List all raw files, or those of one day, whether or not they count."""
        found = self._files.glob(self._path(f"{RAW}/date={date or '*'}/hour=*/[0-9]*.parquet"))
        return sorted(str(PurePosixPath(path).relative_to(self._root)) for path in found)

    def _protocols(self) -> tuple[str, ...]:
        protocol = self._files.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    def _path(self, name: str) -> str:
        return str(self._root / name)

    def _list(self, name: str) -> list[str]:
        try:
            return [str(path) for path in self._files.ls(self._path(name), detail=False)]
        except FileNotFoundError:
            return []

    def _names(self, folder: str, slot: str) -> list[str]:
        """List the names in `folder` that belong to `slot`, those that are still being written included."""
        starts = (f"{slot[14:16]}-", f".{slot[14:16]}-")
        return [name for path in self._list(folder) if (name := PurePosixPath(path).name).startswith(starts)]

    def _remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):  # another runner may be tidying too
            self._files.rm_file(self._path(name))

    def _read(self, name: str, *, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:
        """Read a file; of `columns`, those that it has."""
        try:
            with self._files.open(self._path(name), "rb") as file:
                if filters is not None:
                    return pq.read_table(file, filters=filters, columns=columns)
                opened = pq.ParquetFile(file)
                held = set(opened.schema_arrow.names)
                return opened.read(None if columns is None else [column for column in columns if column in held])
        except (OSError, pa.ArrowException) as error:
            raise LakeError(f"lake file {name} cannot be read: {error}") from error

    def _put(self, name: str, content: bytes) -> None:
        """Make a file appear whole or not at all: on a local disk aside, fsync, rename; an object store puts whole."""
        path = self._path(name)
        try:
            if self._local:
                _put_local(Path(path), content)
            else:
                self._files.pipe_file(path, content)
        except OSError as error:
            reason = "no space left on the disk" if error.errno == errno.ENOSPC else str(error)
            raise LakeError(f"lake file {name} cannot be written: {reason}") from error

    def write_hour(self, hour: str, events: pa.Table) -> Written:
        """Write the events of several slots of an hour (`2026-11-23T14`) into one file; no slot has its minute, 60."""
        content = _encoded(events, DIVERSE)
        name = f"{_hour_folder(hour)}/{_PACKED}{hashlib.sha256(content).hexdigest()[:_DIGEST]}.parquet"
        self._put(name, content)
        return Written(name, len(events), len(content))

    def packed_names(self, hour: str) -> list[str]:
        """List the files of an hour that hold several slots, whether or not they count."""
        names = [PurePosixPath(path).name for path in self._list(_hour_folder(hour))]
        return sorted(f"{_hour_folder(hour)}/{name}" for name in names if name.startswith(_PACKED))

    def count_rows(self, name: str) -> int:
        """Read from a file's foot how many rows it has. Raises `LakeError` where it is not there or not whole."""
        try:
            with self._files.open(self._path(name), "rb") as file:
                return int(pq.ParquetFile(file).metadata.num_rows)
        except (OSError, pa.ArrowException) as error:
            raise LakeError(f"lake file {name} cannot be read: {error}") from error

    def read_quarantine(self, name: str) -> pa.Table:
        """Read what of a slot failed a check, as it was written."""
        return self._read(name)

    def remove(self, names: Collection[str]) -> None:
        """Remove files that nothing names any more; those that are gone already are no fault."""
        for name in names:
            self._remove(name)


def is_packed(name: str) -> bool:
    """Say whether a raw file holds several slots of its hour."""
    return PurePosixPath(name).name.startswith(_PACKED)


def _hour_folder(hour: str) -> str:
    return f"{RAW}/{_folder(hour)}"


def as_dataframe(lake: Lake, *, date: str | None = None) -> Any:
    """Open the raw files as a Dask dataframe, one partition a file; only the columns that are asked for are read.

    `dd.read_parquet` on the hive folders would stumble ("Not all columns are categoricals") and would not know of
    older schema versions.
    """
    import dask.dataframe as dd  # noqa: PLC0415 - half a second that the pipeline itself has no use for

    names = lake.raw_names(date)
    if not names:
        raise LakeError(f"lake {lake.url}: no events{f' on {date}' if date else ''}")
    return dd.from_map(_frame, names, url=lake.url, meta=_plain(schema.arrow_schema().empty_table()))


def _frame(name: str, url: str, columns: Sequence[str] | None = None) -> Any:
    return _plain(Lake(url=url).read_raw(name, columns))


def _plain(events: pa.Table) -> Any:
    """Turn into pandas, with strings in place of dictionaries, whose categories would differ from file to file."""
    return _undictionaried(events).to_pandas()


def _undictionaried(table: pa.Table) -> pa.Table:
    plain = pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    )
    return table.cast(plain)


def _folder(slot: str) -> str:
    return f"date={slot[:10]}/hour={slot[11:13]}"


def _encoded(content: pa.Table, diverse: Collection[str] = ()) -> bytes:
    listed = [name for name in content.column_names if name not in diverse] if diverse else True
    sink = pa.BufferOutputStream()
    pq.write_table(
        content, sink, compression="zstd", row_group_size=_ROW_GROUP, store_schema=True, use_dictionary=listed
    )
    encoded: bytes = sink.getvalue().to_pybytes()
    return encoded


def _put_local(path: Path, content: bytes) -> None:
    if path.exists():
        return  # the name is the content
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.stem}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with aside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
