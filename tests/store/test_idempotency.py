"""The claim of a key, which decides who runs a request."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.documents import KeyedRequest
from store.errors import NotStorable
from tests.store.conftest import OpenStore

pytestmark = pytest.mark.integration

NOW = datetime(2050, 11, 23, 12, tzinfo=UTC)
"""Far ahead, as MongoDB removes what is over."""
LEASE, KEPT = timedelta(minutes=1), timedelta(hours=24)


def claim(attempt: str, now: datetime = NOW, **changes: Any) -> KeyedRequest:
    fields = {"fingerprint": "f", "lease_until": now + LEASE, "expires_at": now + KEPT, **changes}
    return KeyedRequest(id="k", user_id="u", attempt=attempt, **fields)


@pytest.mark.gen_test
async def test_of_a_hundred_tries_on_two_nodes_one_gets_the_key(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]
    tries = await asyncio.gather(*(nodes[n % 2].idempotency.claim(claim(f"a{n}"), NOW) for n in range(100)))
    assert len({found.attempt for found in tries}) == 1


@pytest.mark.gen_test
async def test_asked_again_after_a_lost_reply_it_is_still_ours(open_store: OpenStore) -> None:
    store = await open_store()
    for _ in range(2):
        assert (await store.idempotency.claim(claim("a"), NOW)).attempt == "a"


@pytest.mark.gen_test
async def test_a_try_that_was_never_heard_of_again_is_taken_over_after_its_lease(open_store: OpenStore) -> None:
    store = await open_store()
    early, late = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)
    await store.idempotency.claim(claim("a"), NOW)
    assert (await store.idempotency.claim(claim("b", early), early)).attempt == "a"
    assert (await store.idempotency.claim(claim("b", late, fingerprint="g"), late)).attempt == "a"
    tries = await asyncio.gather(*(store.idempotency.claim(claim(f"c{n}", late), late) for n in range(50)))
    (winner,) = {found.attempt for found in tries}
    assert winner.startswith("c")
    assert not await store.idempotency.finish("k", "a", status=201, lines={}, body=b"late")
    assert await store.idempotency.finish("k", winner, status=201, lines={"ETag": '"1"'}, body=b"{}")


@pytest.mark.gen_test
async def test_what_is_done_stays_for_a_day_and_is_then_anybodys(open_store: OpenStore) -> None:
    store = await open_store()
    await store.idempotency.claim(claim("a"), NOW)
    await store.idempotency.finish("k", "a", status=201, lines={"ETag": '"1"'}, body=b"{}")
    assert not await store.idempotency.release("k", "a")
    later = NOW + timedelta(hours=23)
    done = await store.idempotency.claim(claim("b", later), later)
    assert (done.attempt, done.state, done.status, done.lines, done.body) == ("a", "done", 201, {"ETag": '"1"'}, b"{}")
    over = NOW + KEPT
    assert (await store.idempotency.claim(claim("c", over, fingerprint="g"), over)).attempt == "c"


@pytest.mark.gen_test
async def test_a_released_key_is_free(open_store: OpenStore) -> None:
    store = await open_store()
    await store.idempotency.claim(claim("a"), NOW)
    assert not await store.idempotency.release("k", "b")
    assert await store.idempotency.release("k", "a")
    assert (await store.idempotency.claim(claim("b", fingerprint="g"), NOW)).attempt == "b"


@pytest.mark.gen_test
async def test_texts_that_look_like_expressions_are_texts(open_store: OpenStore) -> None:
    store = await open_store()
    found = await store.idempotency.claim(claim("$$NOW", fingerprint="$user_id"), NOW)
    assert (found.attempt, found.fingerprint) == ("$$NOW", "$user_id")
    assert (await store.idempotency.claim(claim("b", fingerprint="u"), NOW)).attempt == "$$NOW"


@pytest.mark.gen_test
async def test_values_that_cannot_be_kept_are_refused(open_store: OpenStore) -> None:
    store = await open_store()
    with pytest.raises(NotStorable):
        await store.idempotency.claim(claim("\ud800"), NOW)
