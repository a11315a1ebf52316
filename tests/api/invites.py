"""What tests of invites do again and again."""

from typing import Any

from store.database import Store
from tests.api.client import Api, Person, Reply


async def a_private_party(api: Api, **changes: Any) -> dict[str, Any]:
    reply = await api.post("/parties", {"title": "Film night", "visibility": "private", **changes})
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body


async def invited(api: Api, party: dict[str, Any], **asked: Any) -> dict[str, Any]:
    reply = await api.post(f"/parties/{party['id']}/invites", asked)
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body


def token_of(invite: dict[str, Any]) -> str:
    token: str = invite["url"].partition("#invite=")[2]
    assert len(token) == 43, invite
    return token


async def accept(api: Api, token: str, person: Person) -> Reply:
    return await api.post(f"/invites/{token}/accept", token=person.token)


async def recorded(store: Store, party_id: str, type_: str) -> list[Any]:
    names = await store._database.list_collection_names()
    days = [store._database[name] for name in names if name.startswith("events")]
    found = [await day.find({"party_id": party_id, "type": type_}).to_list(None) for day in days]
    return [row for rows in found for row in rows]
