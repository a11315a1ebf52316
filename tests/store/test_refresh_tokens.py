import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.documents import RefreshToken, Ticket
from tests.store.conftest import OpenStore

pytestmark = pytest.mark.integration

NOW = datetime(2050, 11, 23, 12, tzinfo=UTC)
"""Far ahead, as MongoDB removes what is over."""


def token(token_id: str, **fields: Any) -> RefreshToken:
    facts: dict[str, Any] = {
        "family": "f",
        "user_id": "ann",
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=30),
    }
    return RefreshToken(id=token_id, **{**facts, **fields})


@pytest.mark.gen_test
async def test_of_many_rotations_at_once_exactly_one_gets_the_token(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]
    await nodes[0].refresh_tokens.add(token("t"))
    takes = [nodes[n % 2].refresh_tokens.take("t", NOW, f"successor-{n}") for n in range(50)]
    taken = [found for found in await asyncio.gather(*takes) if found is not None]
    assert len(taken) == 1
    assert taken[0].rotated_at == NOW
    assert await nodes[1].refresh_tokens.by_id("t") == taken[0]


@pytest.mark.gen_test
async def test_the_winner_may_ask_again(open_store: OpenStore) -> None:
    store = await open_store()
    await store.refresh_tokens.add(token("t"))
    assert await store.refresh_tokens.take("t", NOW, "mine") == await store.refresh_tokens.take("t", NOW, "mine")
    assert await store.refresh_tokens.take("t", NOW, "other") is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "fields", [{"revoked": True}, {"expires_at": NOW}, {"successor": "s"}], ids=["revoked", "expired", "rotated"]
)
async def test_what_is_over_is_not_taken(open_store: OpenStore, fields: dict[str, Any]) -> None:
    store = await open_store()
    await store.refresh_tokens.add(token("t", **fields))
    assert await store.refresh_tokens.take("t", NOW, "x") is None
    assert await store.refresh_tokens.take("absent", NOW, "x") is None
    assert await store.refresh_tokens.by_id("t") == token("t", **fields)


@pytest.mark.gen_test
async def test_a_family_is_revoked_whole_and_no_other(open_store: OpenStore) -> None:
    store = await open_store()
    for token_id, family in (("1", "f"), ("2", "f"), ("3", "g")):
        await store.refresh_tokens.add(token(token_id, family=family))
    await store.refresh_tokens.add(token("4", family="h", user_id="bob"))
    assert await store.refresh_tokens.families_of("ann") == ["f", "g"]
    assert await store.refresh_tokens.revoke_family("f") == 2
    assert await store.refresh_tokens.families_of("ann") == ["g"]
    assert await store.refresh_tokens.take("1", NOW, "x") is None
    assert await store.refresh_tokens.take("3", NOW, "x") is not None


@pytest.mark.gen_test
async def test_a_session_in_the_middle_of_a_rotation_is_still_one(open_store: OpenStore) -> None:
    store = await open_store()
    await store.refresh_tokens.add(token("1"))
    await store.refresh_tokens.add(token("2", family="g", created_at=NOW + timedelta(seconds=1)))
    await store.refresh_tokens.add(token("3", family="h", expires_at=NOW))
    assert [found.id for found in await store.refresh_tokens.newest_of("ann", NOW)] == ["2", "1"]
    assert await store.refresh_tokens.take("1", NOW, "next") is not None
    assert [found.id for found in await store.refresh_tokens.newest_of("ann", NOW)] == ["2"]
    assert await store.refresh_tokens.families_of("ann") == ["f", "g", "h"]


@pytest.mark.gen_test
async def test_a_ticket_opens_once(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]
    ticket = Ticket(id="t", user_id="ann", family="f", expires_at=NOW + timedelta(seconds=30))
    await nodes[0].tickets.add(ticket)
    assert await nodes[0].tickets.take("t", NOW + timedelta(seconds=30)) is None
    used = await asyncio.gather(*(nodes[n % 2].tickets.take("t", NOW) for n in range(50)))
    assert [found.user_id for found in used if found is not None] == ["ann"]
