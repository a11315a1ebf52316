"""What somebody downloads of all that is held about them."""

from typing import Any

import pytest
from pymongo import MongoClient

from store.personal import HELD
from tests.api.client import Api, Person
from tests.api.lives import NAME, lived

pytestmark = pytest.mark.integration


@pytest.fixture
def rows(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    return mongo_client[database]


def secrets_of(person: Person) -> list[str]:
    return [person.token, person.refresh_token, person.password]


@pytest.mark.gen_test(timeout=60)
async def test_an_export_has_the_rows_of_every_collection_and_no_secret(
    api: Api, host: Person, guest: Person, rows: Any
) -> None:
    erika, left = await lived(api, host, guest)
    reply = await api.get("/users/me/export", token=erika.token)
    assert reply.status == 200
    assert "attachment" in reply.headers["Content-Disposition"]
    found = reply.body
    assert set(found) == {"exported_at"} | {held.collection for held in HELD}
    assert found["users"][0]["email"] == erika.email
    assert found["users"][0]["profile"]["bio"] == f"I am {NAME}"
    assert [video["id"] for video in found["videos"]] == [left["video"]]
    assert {left["hosted"], left["other"]} <= {party["id"] for party in found["parties"]}
    said = [event["body"]["message"]["body"] for event in found["party_log"] if event["type"] == "chat.sent"]
    assert said == ["a secret of mine"]
    assert {event["type"] for event in found["events"]} >= {"account.registered", "view.started"}
    assert {row["kind"] for row in found["relations"]} == {"follow", "block"}
    full = ("refresh_tokens", "tickets", "outbox", "notifications", "invites", "idempotency")
    assert all(found[name] for name in full), {name: len(found[name]) for name in full}
    text = reply.raw.decode()
    kept = rows.users.find_one({"_id": erika.id})
    tokens = [row["_id"] for row in rows.refresh_tokens.find({"user_id": erika.id})]
    assert not [secret for secret in [*secrets_of(erika), kept["password_hash"], *tokens] if secret in text]
    assert "gustav@example.com" not in text
    assert "hello @" not in text  # other people's words
    assert (await api.get("/users/me/export", token=guest.token)).body["videos"] == []
