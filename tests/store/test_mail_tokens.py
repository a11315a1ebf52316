import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.documents import MailToken
from tests.store.conftest import OpenStore

pytestmark = pytest.mark.integration

NOW = datetime(2050, 11, 23, 12, tzinfo=UTC)
"""Far ahead, as MongoDB removes what is over."""


def token(token_id: str, **fields: Any) -> MailToken:
    facts: dict[str, Any] = {
        "purpose": "reset_password",
        "user_id": "ann",
        "email_key": "ann@example.com",
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=1),
    }
    return MailToken(id=token_id, **{**facts, **fields})


@pytest.mark.gen_test
async def test_of_many_redemptions_at_once_exactly_one_gets_the_token(open_store: OpenStore) -> None:
    nodes = [await open_store(), await open_store()]
    await nodes[0].mail_tokens.add(token("t"))
    takes = [nodes[n % 2].mail_tokens.take("t", "reset_password", NOW, f"try-{n}") for n in range(100)]
    assert len([found for found in await asyncio.gather(*takes) if found is not None]) == 1


@pytest.mark.gen_test
async def test_a_token_is_good_for_its_purpose_and_its_time_only(open_store: OpenStore) -> None:
    store = await open_store()
    await store.mail_tokens.add(token("t"))
    for id_hash, purpose, now in (
        ("t", "verify_email", NOW),
        ("absent", "reset_password", NOW),
        ("t", "reset_password", NOW + timedelta(hours=1)),
    ):
        assert await store.mail_tokens.find(id_hash, purpose, now) is None
        assert await store.mail_tokens.take(id_hash, purpose, now, "x") is None
    assert await store.mail_tokens.find("t", "reset_password", NOW) == token("t")


@pytest.mark.gen_test
async def test_a_reply_that_was_lost_is_given_again_and_a_token_given_back_is_good(open_store: OpenStore) -> None:
    store = await open_store()
    await store.mail_tokens.add(token("t"))
    first = await store.mail_tokens.take("t", "reset_password", NOW, "mine")
    assert first is not None
    assert await store.mail_tokens.take("t", "reset_password", NOW, "mine") == first
    assert not await store.mail_tokens.give_back("t", "another's")
    assert await store.mail_tokens.give_back("t", "mine")
    assert await store.mail_tokens.take("t", "reset_password", NOW, "other") is not None


@pytest.mark.gen_test
async def test_voiding_ends_the_unused_tokens_of_one_person_and_purpose(open_store: OpenStore) -> None:
    store = await open_store()
    for name, fields in (("1", {}), ("2", {}), ("3", {"purpose": "verify_email"}), ("4", {"user_id": "bob"})):
        await store.mail_tokens.add(token(name, **fields))
    assert await store.mail_tokens.void("ann", "reset_password") == 2
    assert await store.mail_tokens.take("1", "reset_password", NOW, "x") is None
    assert await store.mail_tokens.take("3", "verify_email", NOW, "x") is not None
    assert await store.mail_tokens.take("4", "reset_password", NOW, "x") is not None
