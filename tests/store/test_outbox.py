import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.documents import Mail
from tests.store.conftest import OpenStore

pytestmark = pytest.mark.integration

NOW = datetime(2050, 11, 23, 12, tzinfo=UTC)
"""Far ahead, as MongoDB removes what is over."""
LEASE = timedelta(minutes=3)


def mail(mail_id: str, **fields: object) -> Mail:
    facts = {"kind": "verify_email", "to": "ann@example.com", "created_at": NOW, "next_at": NOW, **fields}
    return Mail(id=mail_id, **facts)  # type: ignore[arg-type]


@pytest.mark.gen_test
async def test_of_many_nodes_each_mail_is_claimed_by_one(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]
    for number in range(10):
        await nodes[0].outbox.add(mail(f"m{number}"))
    claims = await asyncio.gather(*(nodes[n % 2].outbox.claim(NOW, LEASE) for n in range(40)))
    claimed = sorted(found.id for found in claims if found is not None)
    assert claimed == [f"m{number}" for number in range(10)]


@pytest.mark.gen_test
async def test_the_one_that_waits_for_the_longest_goes_first_and_the_future_waits(open_store: OpenStore) -> None:
    store = await open_store()
    for name, minutes in (("a", 2), ("b", -2), ("c", -1)):
        await store.outbox.add(mail(name, next_at=NOW + timedelta(minutes=minutes)))
    order = [await store.outbox.claim(NOW, LEASE) for _ in range(3)]
    assert [found.id if found else None for found in order] == ["b", "c", None]


@pytest.mark.gen_test
async def test_a_claim_that_ran_out_is_anothers_and_its_first_holder_ends_nothing(open_store: OpenStore) -> None:
    store = await open_store()
    await store.outbox.add(mail("m"))
    first = await store.outbox.claim(NOW, LEASE)
    assert first is not None
    assert await store.outbox.claim(NOW + LEASE / 2, LEASE) is None
    second = await store.outbox.claim(NOW + LEASE, LEASE)
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    assert not await store.outbox.sent(first, NOW)
    assert await store.outbox.sent(second, NOW)
    kept = await store.outbox.by_id("m")
    assert kept is not None
    assert (kept.state, kept.expires_at) == ("sent", NOW + timedelta(days=7))


@pytest.mark.gen_test
async def test_what_is_over_is_never_claimed_again(open_store: OpenStore) -> None:
    store = await open_store()
    late = NOW + timedelta(days=30)
    for name in ("sent", "dropped", "failed"):
        await store.outbox.add(mail(name))
    for end in (store.outbox.sent, store.outbox.drop):
        claimed = await store.outbox.claim(NOW, LEASE)
        assert claimed is not None
        assert await end(claimed, late)
    claimed = await store.outbox.claim(NOW, LEASE)
    assert claimed is not None
    assert await store.outbox.fail(claimed, late, "the server answered 550")
    assert await store.outbox.claim(late, LEASE) is None
    assert sorted(found.state for found in await store.outbox.to("ann@example.com")) == ["dropped", "failed", "sent"]


@pytest.mark.gen_test
async def test_what_is_put_off_comes_back_when_it_is_time(open_store: OpenStore) -> None:
    store = await open_store()
    await store.outbox.add(mail("m"))
    claimed = await store.outbox.claim(NOW, LEASE)
    assert claimed is not None
    assert await store.outbox.put_off(claimed, NOW + timedelta(hours=1), "SMTPConnectError")
    assert await store.outbox.claim(NOW + timedelta(minutes=59), LEASE) is None
    again = await store.outbox.claim(NOW + timedelta(hours=1), LEASE)
    assert again is not None
    assert (again.attempts, again.error) == (2, "SMTPConnectError")
