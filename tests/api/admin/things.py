"""Parties, messages and reports for these tests."""

from typing import Any

from api.services.all import Services
from realtime.party import commands as do
from realtime.party.context import Actor
from tests.api.client import Api, Person


def code(reply: Any) -> tuple[int, str]:
    return reply.status, (reply.body or {}).get("state") or (reply.body or {}).get("code")


def about(kind: str, subject: str, **more: str) -> dict[str, str]:
    return {"kind": kind, "id": subject, "reason": "spam", **more}


async def a_party(api: Api, by: Person, **fields: Any) -> str:
    made = await api.post("/parties", {"title": "Friday", **fields}, token=by.token)
    assert made.status == 201, made
    return str(made.body["id"])


async def said(built: Services, party_id: str, by: Person, body: str) -> str:
    actor = Actor(user_id=by.id, name=by.email.partition("@")[0])
    await built.engine.submit(party_id, do.Join(), actor=actor)
    await built.engine.submit(party_id, do.Say(body=body), actor=actor)
    return (await built.engine.state(party_id)).chat[-1].id


async def filed(api: Api, by: Person, subject: dict[str, str]) -> str:
    made = await api.post("/reports", subject, token=by.token)
    assert made.status == 201, made
    return str(made.body["id"])
