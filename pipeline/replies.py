"""Documents as MongoDB sends them: their bytes, and where each begins. No object is made of a document.

pymongo's own raw batches make one object of each document and throw it away, which takes five times as long as the rest
(4.20: measured by benchmarks/ingest.py). So `find` and `getMore` are sent as commands, whose replies stay as they came.
"""

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import Any, NamedTuple

from bson.codec_options import CodecOptions
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
_ALL = 2**31 - 1
"""Documents of one reply: as many as fit into it, 16 MB."""
_size = Struct("<i").unpack_from
_long = Struct("<q").unpack_from

STRING, BOOLEAN, INT64 = 0x02, 0x08, 0x12
_LONGEST_NAME = 64
"""Of a field of a cursor, with room to spare."""


class Reply(NamedTuple):
    """Some of the documents that were asked for."""

    content: bytes | memoryview
    starts: list[int]


def replies(database: Database[dict[str, Any]], collection: str, query: Mapping[str, Any]) -> Iterator[Reply]:
    """Read the documents that match `query`, reply by reply."""
    with database.client.start_session() as session:  # one that is given up takes its cursor along
        find = {"find": collection, "filter": query, "batchSize": _ALL, "readConcern": {"level": "majority"}}
        cursor, reply = _taken(database.command(find, codec_options=_RAW, session=session))
        yield reply
        while cursor:
            more = {"getMore": Int64(cursor), "collection": collection}
            cursor, reply = _taken(database.command(more, codec_options=_RAW, session=session))
            yield reply


def _taken(answer: RawBSONDocument) -> tuple[int, Reply]:
    """Take the documents, and the id of the cursor that has more of them, out of an answer."""
    content = memoryview(answer["cursor"].raw)
    at, cursor, documents = 4, 0, Reply(b"", [])
    while (kind := content[at]) != 0:
        value = at + 2 + bytes(content[at + 1 : at + _LONGEST_NAME]).index(0)
        if kind == INT64:
            cursor, at = _long(content, value)[0], value + 8
        elif kind == BOOLEAN:
            at = value + 1
        elif kind == STRING:
            at = value + 4 + _size(content, value)[0]
        else:  # the batch
            at = value + _size(content, value)[0]
            documents = Reply(content, _starts(content, value + 4, at - 1))
    return cursor, documents


def _starts(content: memoryview, at: int, end: int) -> list[int]:
    """Find where each document of an array begins: before it stand its type, its number in digits and a zero."""
    starts: list[int] = []
    found, size = starts.append, _size
    for digits in range(1, 11):
        header = digits + 2
        for _ in range(9 * 10 ** (digits - 1) + (digits == 1)):  # of the numbers that have so many digits
            if at >= end:
                return starts
            at += header
            found(at)
            at += size(content, at)[0]
    return starts
