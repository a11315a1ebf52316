import asyncio
from typing import Any

import pytest

from store.database import Store
from store.documents import PartySnapshot
from tests.store.conftest import said, said_from

pytestmark = pytest.mark.integration


def snapshot(seq: int, *, epoch: str = "e", version: int = 1, party_id: str = "p") -> PartySnapshot:
    return PartySnapshot(
        id=f"{party_id}:{epoch}:{version}:{seq}",
        party_id=party_id,
        seq=seq,
        epoch=epoch,
        version=version,
        content=bytes(range(256)),
    )


@pytest.mark.gen_test
async def test_the_newest_of_this_incarnation_and_version_is_found_whole(store: Store) -> None:
    for kept in (snapshot(2000, version=2), snapshot(1500, epoch="f"), snapshot(500), snapshot(1000)):
        await store.party_snapshots.keep(kept)
    assert await store.party_snapshots.newest("p", "e", 1) == snapshot(1000)
    assert await store.party_snapshots.newest("p", "f", 1) == snapshot(1500, epoch="f")
    assert await store.party_snapshots.newest("p", "e", 3) is None
    assert await store.party_snapshots.newest("nobody", "e", 1) is None


@pytest.mark.gen_test
async def test_two_are_kept_and_what_is_older_goes_whatever_it_was(store: Store, raw: Any) -> None:
    for kept in (snapshot(400, epoch="f"), snapshot(500), snapshot(1000), snapshot(700, party_id="other")):
        await store.party_snapshots.keep(kept)
    await store.party_snapshots.keep(snapshot(1500))
    assert sorted(row["seq"] for row in raw.party_snapshots.find({"party_id": "p"})) == [1000, 1500]
    assert raw.party_snapshots.count_documents({"party_id": "other"}) == 1


@pytest.mark.gen_test
async def test_nodes_that_write_the_same_one_at_once_write_one(store: Store, raw: Any) -> None:
    await asyncio.gather(*(store.party_snapshots.keep(snapshot(500)) for _ in range(20)))
    assert raw.party_snapshots.count_documents({}) == 1


@pytest.mark.gen_test
async def test_a_party_can_be_forgotten(store: Store) -> None:
    await store.party_snapshots.keep(snapshot(500))
    assert await store.party_snapshots.forget("p") == 1
    assert await store.party_snapshots.newest("p", "e", 1) is None


@pytest.mark.gen_test
async def test_the_epoch_of_a_log_is_its_first_event_until_it_gets_another_past(store: Store) -> None:
    assert await store.party_log.epoch("p") is None
    first = said(1)
    await store.party_log.append("p", 0, [first, *said_from(2, 3)])
    assert await store.party_log.epoch("p") == first.event_id
    await store.party_log.renew_epoch("p")
    renewed = await store.party_log.epoch("p")
    assert renewed not in {None, first.event_id}
    assert (await store.party_log.read("p"))[0] == first
    await store.party_log.renew_epoch("nobody")
    assert await store.party_log.epoch("nobody") is None
