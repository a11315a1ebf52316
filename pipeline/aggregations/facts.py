"""Facts: what the party tables need of one raw file, a tenth of its columns, sorted by party.

This is the mergeable partial. Merging is the union by `event_id`, which is associative, commutative and idempotent: no
order of files, no split, no repeat and no late file can change what is computed from the whole. A heartbeat stays a row
of its own because its accepted watch depends on the heartbeat before it, which may lie in another file and may come
later than this one; in a file of one minute a session has six, so a sum with its boundaries would save little.
"""

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FAMILY = "facts/v1"

KINDS = {
    "party.created": "created",
    "party.started": "started",
    "party.vacated": "vacated",
    "party.ended": "ended",
    "party.joined": "joined",
    "party.left": "left",
    "view.watched": "watched",
    "chat.sent": "chat",
}
"""Types that mean something to the tables; any other event of a session shows only that the session was alive."""
OTHER = "other"

SCHEMA = pa.schema(
    {
        "party_id": pa.string(),
        "session_id": pa.string(),
        "kind": pa.dictionary(pa.int32(), pa.string()),
        "viewer": pa.string(),
        "connection_id": pa.string(),
        "at": pa.int64(),
        "received": pa.int64(),
        "watched": pa.int64(),
        "event_id": pa.string(),
    }
)
RAW_COLUMNS = (
    "event_id", "type", "at", "received_at", "user_id", "guest_id", "session_id", "party_id", "connection_id", "watched_ms",
)  # fmt: skip
_ORDER = ["party_id", "session_id", "received", "at", "event_id"]


def facts(events: pa.Table) -> pa.Table:
    """Select and shape the facts of one raw file (columns `RAW_COLUMNS`)."""
    kind = _kinds(events.column("type"))
    matters = pc.and_(
        pc.is_valid(events.column("party_id")),
        pc.or_(pc.is_valid(events.column("session_id")), pc.not_equal(kind, OTHER)),
    )
    made = pa.table(
        [
            events.column("party_id"),
            events.column("session_id"),
            kind,
            _viewers(events),
            events.column("connection_id"),
            events.column("at").cast(pa.int64()),
            events.column("received_at").cast(pa.int64()),
            events.column("watched_ms"),
            events.column("event_id"),
        ],
        names=SCHEMA.names,
    )
    ordered = made.filter(matters).sort_by([(name, "ascending") for name in _ORDER])
    return ordered.cast(SCHEMA)


def merged(partials: list[pa.Table]) -> pd.DataFrame:
    """Unite partials: each event once, as it was first received, in one order."""
    plain = SCHEMA.set(SCHEMA.get_field_index("kind"), pa.field("kind", pa.string()))
    whole = pa.concat_tables([plain.empty_table(), *(partial.cast(plain) for partial in partials)])
    if pc.count_distinct(whole.column("event_id")).as_py() < len(whole):
        whole = _once(whole)
    return whole.sort_by([(name, "ascending") for name in _ORDER]).to_pandas()


def _once(facts: pa.Table) -> pa.Table:
    """Keep of each event the copy that was received first; all columns decide, so that no order can."""
    keys = ["event_id", "received", *(name for name in SCHEMA.names if name not in {"event_id", "received"})]
    ordered = facts.sort_by([(name, "ascending") for name in keys])
    ids = ordered.column("event_id").combine_chunks()
    first = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
    return ordered.filter(pa.concat_arrays([pa.array([True]), first]))


def _kinds(types: pa.ChunkedArray) -> pa.ChunkedArray:
    plain = types.cast(pa.string())
    place = pc.index_in(plain, value_set=pa.array(list(KINDS)))
    return pc.fill_null(pc.take(pa.array(list(KINDS.values())), place), OTHER)


def _viewers(events: pa.Table) -> pa.ChunkedArray:
    """Name the person: the user, else the guest. The letter keeps the two kinds of id apart."""
    user = pc.binary_join_element_wise("u", events.column("user_id"), ":")
    guest = pc.binary_join_element_wise("g", events.column("guest_id"), ":")
    return pc.coalesce(user, guest)
