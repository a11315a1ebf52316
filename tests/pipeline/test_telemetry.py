"""Telemetry made by columns is what the rows of `schema.telemetry_rows` make, whatever the documents are."""

import random
from collections.abc import Iterable, Sequence
from typing import Any

import bson
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import minutes, schema, telemetry
from pipeline.persons import hidden
from pipeline.replies import Reply
from pipeline.slots import slot_of
from store.ids import new_id
from store.pseudonyms import Pseudonyms
from tests.factories.events import START, a_history
from tests.pipeline.stored import LAKE_KEY

Row = dict[str, Any]
UNREADABLE = (AttributeError, KeyError, TypeError, ValueError)


def by_rows(documents: Sequence[Row]) -> tuple[dict[str, pa.Table], int]:
    """Make the tables as the reference does, and count what it refuses."""
    names, rows, refused = Pseudonyms(LAKE_KEY), list[Row](), 0
    for document in documents:
        try:
            made = schema.telemetry_rows(document)
        except UNREADABLE:
            refused += 1
            continue
        rows += [row for one in made if (row := hidden(one, names)) is not None]
    slots = {slot_of(row["received_at"]) for row in rows}
    return {
        slot: schema.table([r for r in rows if slot_of(r["received_at"]) == slot]) for slot in sorted(slots)
    }, refused


def a_reply(encoded: Iterable[bytes]) -> Reply:
    content, starts = b"header", []
    for document in encoded:
        starts.append(len(content))
        content += document + b"0"
    return Reply(content, starts)


def by_columns(documents: Sequence[Row], fewest: int) -> tuple[dict[str, pa.Table], int, int]:
    """Make the tables by columns, and count what is refused, and what took the slower way."""
    half = len(documents) // 2
    sent = [a_reply(bson.encode(document) for document in part) for part in (documents[:half], documents[half:])]
    found = telemetry.read(sent, Pseudonyms(LAKE_KEY), fewest=fewest)
    rows, refused = list[Row](), 0
    for document in found.odd:
        try:
            made = schema.telemetry_rows(document)
        except UNREADABLE:
            refused += 1
            continue
        rows += [row for one in made if (row := hidden(one, Pseudonyms(LAKE_KEY))) is not None]
    events = minutes.sorted_events([found.events, minutes.coded(rows)])
    assert len(found.minutes) == len(documents) - len(found.odd)
    return minutes.by_slot(events), refused, len(found.odd)


def assert_the_same(documents: Sequence[Row], fewest: int = 1) -> int:
    """See that both ways make the same tables; return how many documents took the slower way within the faster."""
    expected, refused = by_rows(documents)
    found, refused_too, odd = by_columns(documents, fewest)
    assert refused_too == refused
    assert list(found) == list(expected)
    for slot, table in expected.items():
        assert found[slot].schema.equals(table.schema)
        assert found[slot].to_pylist() == table.to_pylist()
        assert found[slot].combine_chunks().equals(table.combine_chunks())
    return odd


words = st.text(st.characters(exclude_categories=("Cs",)), max_size=6) | st.sampled_from(
    ["", "a" * 300, "é" * 256, "é" * 257, "x" + "0" * 31, "rest-ann", "view.watched", "account.deleted", "f" * 32]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.sampled_from(
        [2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**31, 0.5, 1.5, 2.5, -0.0, 1e300, START, START + 70_000]
    )
    | st.floats()
    | words
)
values = (
    scalars
    | st.lists(scalars, max_size=2)
    | st.dictionaries(words.filter(lambda w: "\0" not in w), scalars, max_size=2)
)
inner = st.sampled_from(
    [
        *sorted(schema.INTEGERS),
        *sorted(schema.REALS),
        "emoji",
        "connection_id",
        "uploader_id",
        "code",
        "state",
        "odd",
        "scheduled_for_ms",
    ]
)
outer = st.sampled_from(
    [*schema.IDS, *schema.CLIENT, "party_id", "at_ms", "sent_at_ms", "v", "type", "fields", "else", "seq"]
)
shapes = st.tuples(
    st.dictionaries(outer, values, max_size=5),
    st.dictionaries(inner | st.just("ünknown"), values, max_size=5),
    st.integers(START, START + 3 * 60_000),
)


def documents_of(found: list[tuple[Row, Row, int]]) -> list[Row]:
    made = []
    for number, (top, fields, received_ms) in enumerate(found):
        document = {
            "_id": f"{number:032}",
            "type": "t",
            "at_ms": received_ms,
            "fields": fields,
            "received_ms": received_ms,
        }
        made.append(document | top)
    return made


@settings(max_examples=120, deadline=None)
@given(st.lists(shapes, max_size=8), st.integers(1, 3))
def test_any_documents_make_the_same_tables_both_ways(found: list[tuple[Row, Row, int]], times: int) -> None:
    documents = documents_of(found)
    again = [{**document, "_id": f"{document['_id']}-{n}"} for n in range(times) for document in documents]
    assert_the_same(documents + again, fewest=times)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["_id", "received_ms", "type"]), values, shapes)
def test_documents_without_what_is_needed_are_refused_both_ways(
    name: str, value: Any, shape: tuple[Row, Row, int]
) -> None:
    (document,) = documents_of([shape])
    if name == "received_ms":
        value = float(document["received_ms"])
    assert_the_same([{**document, name: value}, {n: v for n, v in document.items() if n != name or n == "received_ms"}])


def test_a_history_needs_no_slower_way() -> None:
    history = a_history(seed=3)
    unique = list({document["_id"]: document for document in history.telemetry}.values())
    assert assert_the_same(unique) == 0


def test_real_documents_in_all_their_layouts() -> None:
    chance = random.Random(5)
    documents: list[Row] = []
    for _ in range(3_000):
        received_ms = START + chance.randrange(180_000)
        who = chance.choice([{"user_id": new_id(chance.randrange(50))}, {"guest_id": "g" * chance.randrange(40)}, {}])
        session = chance.choice([new_id(0), "rest-ann-1", "s"])
        fields = {
            name: chance.choice([chance.randrange(10_000), chance.uniform(0, 10_000)])
            for name in chance.sample(sorted(schema.INTEGERS | schema.REALS), 4)
        }
        document = {
            "_id": new_id(received_ms),
            "type": chance.choice(["view.watched", "view.stalled"]),
            "at_ms": received_ms,
        }
        document |= {"received_ms": received_ms, **who, "session_id": session, "video_id": chance.choice("vw")}
        documents.append(document | {"device": chance.choice(["desktop", "phone", "tv"]), "fields": fields})
    assert assert_the_same(documents) == 0
    assert assert_the_same(documents, fewest=16) > 0


def test_who_was_erased_is_not_there_but_counted() -> None:
    gone = "x" + "a" * 31
    events = [
        {"_id": "1", "type": "view.watched", "user_id": gone},
        {"_id": "2", "type": "account.deleted", "user_id": gone},
    ]
    events += [{"_id": "3", "type": "video.liked", "user_id": "ann", "fields": {"uploader_id": gone}}]
    documents = [{**event, "received_ms": START} for event in events]
    assert_the_same(documents)
    (table,) = by_columns(documents, 1)[0].values()
    assert table.column("event_id").to_pylist() == ["2", "3"]
    assert table.column("user_id").to_pylist() == [None, Pseudonyms(LAKE_KEY).of("ann")]
    assert table.column("uploader_id").to_pylist() == [None, None]


def test_a_text_that_is_none_is_left_to_the_rows() -> None:
    content = bson.encode({"_id": "1", "type": "abcd", "received_ms": START}).replace(b"abcd", b"ab\xff\xfe")
    found = telemetry.read([a_reply([content, content])], Pseudonyms(LAKE_KEY), fewest=1)
    assert (len(found.events), [document["type"] for document in found.odd]) == (0, ["ab��"] * 2)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_little_make_tables_too(count: int) -> None:
    assert_the_same([{"_id": "1", "type": "t", "received_ms": START}][:count], fewest=16)
