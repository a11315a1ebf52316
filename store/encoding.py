"""Structs to BSON and back, one document at a time, so that a bad one fails alone and not the batch it would be in."""

import math
from datetime import UTC, datetime
from typing import Any, TypeVar

import bson
import msgspec
from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.errors import BSONError
from bson.int64 import Int64

from store.errors import NotStorable


class _PlainInt(TypeDecoder):
    """Reads whole numbers beyond 32 bits as what they were when they were written, not as the driver's own type."""

    bson_type = Int64

    def transform_bson(self, value: int) -> int:
        return int(value)


PLAIN = TypeRegistry([_PlainInt()])
CODEC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, tzinfo=UTC, type_registry=PLAIN)

DEEPEST = 64
"""Levels of nesting. mongod refuses a whole insert for one document beyond 180 or so."""
LARGEST_BYTES = 8 * 1024**2
"""Half of MongoDB's own limit of 16 MiB, at which the driver refuses the whole batch."""

FLAT = frozenset({str, int, bool, type(None), datetime})

# What bson raises for values that it cannot hold; OverflowError and UnicodeEncodeError are no PyMongoError.
UNENCODABLE = (BSONError, OverflowError, UnicodeEncodeError, RecursionError)

S = TypeVar("S", bound=msgspec.Struct)


def to_document(struct: msgspec.Struct) -> dict[str, Any]:
    """Turn a Struct into the dict that MongoDB stores. Raises `NotStorable`."""
    try:
        document: dict[str, Any] = msgspec.to_builtins(struct, builtin_types=(datetime, bytes))
    except RecursionError as error:
        raise NotStorable("nested too deeply") from error
    check(document)
    return document


def from_document(document: dict[str, Any], kind: type[S]) -> S:
    """Turn a stored document into a Struct; fields of a newer version are left out."""
    return msgspec.convert(document, kind)


def encode(document: dict[str, Any]) -> bytes:
    """Encode one document as BSON. Raises `NotStorable`."""
    try:
        encoded = bson.encode(document, codec_options=CODEC)
    except UNENCODABLE as error:
        raise NotStorable(f"{type(error).__name__}: a value cannot be stored") from error
    if len(encoded) > LARGEST_BYTES:
        raise NotStorable(f"{len(encoded)} bytes are more than {LARGEST_BYTES}")
    return encoded


def check(value: dict[str, Any] | list[Any] | tuple[Any, ...], depth: int = 0) -> None:
    """Refuse what BSON would take but no reader could use: NaN, infinities, nesting beyond `DEEPEST`."""
    if depth == DEEPEST:
        raise NotStorable(f"nested deeper than {DEEPEST} levels")
    for item in value.values() if isinstance(value, dict) else value:
        kind = type(item)
        if kind in FLAT:  # nearly all there is, in every event of every party: a call for each would cost 6 µs an event
            continue
        if kind is float:
            if not math.isfinite(item):
                raise NotStorable("a number is not finite")
        elif item and isinstance(item, dict | list | tuple):
            check(item, depth + 1)
