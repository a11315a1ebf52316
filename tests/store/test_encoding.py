from datetime import UTC, datetime

import msgspec
import pytest

from store.database import Store
from store.documents import Party

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.gen_test
async def test_whole_numbers_beyond_32_bits_come_back_as_plain_ones_that_json_takes(store: Store) -> None:
    made = Party(
        id="p1", code="ABCDEFGH", title="x", host_id="u1", creator_id="u1", created_at=NOW, settings={"at_ms": 2**41}
    )
    await store.parties.add(made)
    found = await store.parties.by_id("p1")
    assert found is not None
    assert type(found.settings["at_ms"]) is int
    assert msgspec.json.decode(msgspec.json.encode(found.settings)) == {"at_ms": 2**41}
