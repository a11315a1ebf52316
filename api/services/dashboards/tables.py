"""Tables as files: CSV, line by line, or Parquet where pyarrow is installed."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Literal, NamedTuple

from api.ask import StreamReply
from api.csv_rows import download
from api.problems import invalid

Format = Literal["csv", "parquet"]
PARQUET = "application/vnd.apache.parquet"


class Line(NamedTuple):
    """One line of a table."""

    metric: str
    window: str
    """The whole range (`from/to`), a day of UTC, or the moment of a point of a curve."""
    value: float | None
    unit: str
    n: int | None
    approx: bool
    rel_error: float
    reason: str | None
    definition_version: int | None


async def table(form: Format, name: str, lines: Iterator[Line]) -> StreamReply:
    """Answer with a table as a file. Raises `Problem("invalid")` where this server cannot write that format."""
    found = await asyncio.to_thread(list, lines)  # a year of days is a second of computing
    if form == "csv":
        return download(f"{name}.csv", Line._fields, _texts(found))
    content = await asyncio.to_thread(_parquet, found)
    headers = {"Content-Type": PARQUET, "Content-Disposition": f'attachment; filename="{name}.parquet"'}
    return StreamReply(chunks=_whole(content), headers=headers)


async def _texts(lines: Sequence[Line]) -> AsyncIterator[Sequence[str]]:
    for line in lines:
        yield ["" if cell is None else str(cell) for cell in line]


def _parquet(lines: Sequence[Line]) -> bytes:
    try:
        import pyarrow as pa  # noqa: PLC0415 - a server without the pipeline does without it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise invalid(
            "?format", "This server has no pyarrow and cannot write Parquet: ask for csv, or install matinee[pipeline]."
        ) from None
    types = [
        pa.string(),
        pa.string(),
        pa.float64(),
        pa.string(),
        pa.int64(),
        pa.bool_(),
        pa.float64(),
        pa.string(),
        pa.int64(),
    ]
    schema = pa.schema(list(zip(Line._fields, types, strict=True)))
    columns = [list(column) for column in zip(*lines, strict=True)] if lines else [[] for _ in types]
    file = io.BytesIO()
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), file, compression="zstd")
    return file.getvalue()


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    yield content
