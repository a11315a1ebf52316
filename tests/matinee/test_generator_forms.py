"""A history's two forms: the tables of the lake are what the pipeline makes of the documents."""

from collections import defaultdict
from functools import cache
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from matinee.generator import history
from pipeline import schema
from pipeline.slots import slot_of
from realtime.party.fold import apply
from realtime.party.state import PartyState
from realtime.records import from_record
from store.documents import PartyEvent, TelemetryEvent
from store.encoding import from_document

Row = dict[str, Any]
DAY = 86_400_000


@cache
def documents(seed: int = 5) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for collection, some in history(seed=seed, days=4, events=15_000).documents():
        found[collection] += some
    return found


def tables(**how: Any) -> dict[str, pa.Table]:
    return dict(history(seed=5, days=4, events=15_000).raw_tables(**how))


def without_copies(table: pa.Table, seen: dict[str, int]) -> pa.Table:
    """Leave out what the store refuses: an event of which it has a copy of this day or the day before."""
    kept = []
    for row, event, received in zip(
        range(len(table)),
        table.column("event_id").to_pylist(),
        table.column("received_at").cast("int64").to_pylist(),
        strict=True,
    ):
        if event not in seen or received // DAY - seen[event] // DAY > 1:
            kept.append(row)
            seen.setdefault(event, received)
    return table.take(pa.array(kept, pa.int64()))


def test_the_lake_made_of_the_documents_is_the_lake_that_was_given() -> None:
    found = documents()
    rows: dict[str, list[Row]] = defaultdict(list)
    for collection, some in found.items():
        shape = schema.log_rows if collection == "party_log" else schema.telemetry_rows
        for document in some:
            rows[f"{slot_of(document['received_ms'])[:13]}:00"].extend(shape(document))
    made = {slot: schema.table(some) for slot, some in rows.items()}
    seen: dict[str, int] = {}
    given = {slot: without_copies(table, seen) for slot, table in tables(minutes=60).items()}
    given = {slot: schema.canonical(table) for slot, table in given.items() if len(table)}
    assert made.keys() == given.keys()
    for slot, table in given.items():
        assert made[slot].equals(table)


def test_every_document_has_the_shape_of_the_store() -> None:
    for collection, some in documents().items():
        for document in some:
            if collection == "party_log":
                assert [event["seq"] for event in document["events"]] == list(
                    range(document["seq"], document["last_seq"] + 1)
                )
                continue
            event = from_document({"event_id": document["_id"], **document}, TelemetryEvent)
            assert collection == f"events_{slot_of(event.received_ms)[:10].replace('-', '')}"
    every = list(chain.from_iterable(documents().values()))
    assert len({document["_id"] for document in every}) > len(every) * 0.999


def test_the_logs_fold_into_parties_by_the_real_rules() -> None:
    commits: dict[str, list[Row]] = defaultdict(list)
    for commit in documents()["party_log"]:
        commits[commit["party_id"]].append(commit)
    ended = 0
    for party_id, found in commits.items():
        state: PartyState | None = None
        for commit in sorted(found, key=lambda commit: commit["seq"]):
            for event in commit["events"]:
                state = apply(state, from_record(from_document(event, PartyEvent)))
        assert state is not None
        assert state.party_id == party_id
        ended += state.status == "ended"
    assert ended > len(commits) / 2


def test_equal_wishes_give_equal_bytes_and_other_seeds_others() -> None:
    first, again, other = (
        [table for _, table in history(seed=seed, days=1, events=2_000).raw_tables(minutes=60)] for seed in (1, 1, 2)
    )
    assert all(one.equals(two) for one, two in zip(first, again, strict=True))
    assert not first[0].equals(other[0])


def test_slots_come_in_order_and_hold_what_was_received_in_them() -> None:
    slots = list(tables(minutes=60).items())
    assert [slot for slot, _ in slots] == sorted({slot for slot, _ in slots})
    for slot, table in slots:
        hours = {slot_of(moment)[:13] for moment in table.column("received_at").cast("int64").to_pylist()}
        assert hours == {slot[:13]}
        assert table.equals(schema.canonical(table.sort_by([(name, "ascending") for name in schema.ORDER])))


def test_people_may_be_given_pseudonyms() -> None:
    plain, hidden = tables(minutes=24 * 60), tables(minutes=24 * 60, pseudonym=lambda one: one[::-1])
    for slot, table in plain.items():
        for name in ("user_id", "guest_id", "uploader_id"):
            backwards = [one and one[::-1] for one in table.column(name).to_pylist()]
            assert backwards == hidden[slot].column(name).to_pylist()


def test_slots_hold_their_own_words_and_no_others() -> None:
    for table in islice(tables(minutes=1).values(), 0, None, 50):
        assert [column.type for column in table.columns] == schema.arrow_schema().types
        canonical = schema.canonical(table)
        for name in ("type", "device", "client", "emoji"):
            ours, theirs = table.column(name).chunk(0), canonical.column(name).chunk(0)
            assert ours.dictionary.to_pylist() == theirs.dictionary.to_pylist()
            assert ours.indices.to_pylist() == theirs.indices.to_pylist()
