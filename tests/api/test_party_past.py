"""A party's past over REST: its log and its chat."""

from typing import Any

import pytest

from realtime.engine import Engine
from realtime.party import commands as do
from realtime.party.context import Actor
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration


async def a_party(api: Api) -> dict[str, Any]:
    reply = await api.post("/parties", {"title": "Film night"})
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body


@pytest.mark.gen_test
async def test_the_log_is_read_on_from_any_seq(api: Api, host: Person) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}"
    await api.post(f"{path}/join")
    await api.post(f"{path}/start")
    for body in ("one", "two"):
        await api.post(f"{path}/control", {"command": "chat.send", "body": body})
    whole = (await api.get(f"{path}/log")).body
    assert [frame["t"] for frame in whole["items"]] == [
        "party.created",
        "member.joined",
        "party.started",
        "chat",
        "chat",
    ]
    assert [frame["seq"] for frame in whole["items"]] == [1, 2, 3, 4, 5]
    assert whole["next"] is None
    first = (await api.get(f"{path}/log", query={"limit": 2})).body
    second = (await api.get(f"{path}/log", query={"after": first["next"], "limit": 2})).body
    third = (await api.get(f"{path}/log", query={"after": second["next"], "limit": 2})).body
    assert first["items"] + second["items"] + third["items"] == whole["items"]
    assert third["next"] is None


@pytest.mark.gen_test(timeout=20)
async def test_the_chat_is_read_backwards_as_it_stands(api: Api, host: Person, engine: Engine) -> None:
    party = await a_party(api)
    path = f"/parties/{party['id']}"
    speaker = Actor(user_id=host.id, name="hanna")
    await engine.submit(party["id"], do.Join(), actor=speaker)
    for number in range(130):
        await engine.submit(party["id"], do.Say(body=f"message {number}"), actor=speaker)
    chat = (await engine.state(party["id"])).chat
    await engine.submit(party["id"], do.EditMessage(message_id=chat[-2].id, body="edited"), actor=speaker)
    await engine.submit(party["id"], do.DeleteMessage(message_id=chat[-1].id), actor=speaker)
    bodies: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await api.get(f"{path}/chat", query={"limit": 40, **cursor})).body
        bodies = [message["body"] for message in page["items"]] + bodies
        if page["next"] is None:
            break
        cursor = {"before": page["next"]}
    assert bodies == [*(f"message {number}" for number in range(128)), "edited"]
    assert (await api.get(f"{path}/chat", query={"before": "nope"})).status == 400
