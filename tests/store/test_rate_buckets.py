"""The bucket in MongoDB, through both drivers; what buckets promise is in tests/api/middleware/test_buckets.py."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.store.conftest import OpenStore

pytestmark = pytest.mark.integration

NOW = datetime(2050, 11, 23, 12, tzinfo=UTC)


@pytest.mark.gen_test
async def test_of_a_hundred_takers_on_two_nodes_each_token_goes_to_one(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]

    async def allowed(now: datetime) -> int:
        taken = await asyncio.gather(
            *(nodes[n % 2].rate_buckets.take("k", requests=30, seconds=60, now=now) for n in range(100))
        )
        return sum(bucket.allowed for bucket in taken)

    assert await allowed(NOW) == 30
    assert await allowed(NOW) == 0
    assert await allowed(NOW + timedelta(seconds=10)) == 5
