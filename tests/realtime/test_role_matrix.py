"""Every frame of `matinee.v1` in every role: each cell of docs/authorisation.md is sent over a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from realtime.party.commands import CLIENT_COMMANDS
from realtime.protocol import FRAMES
from tests.fakes.server import Client, Server
from tests.realtime.authorisation.roles import HELD, ROLES, Role, expected, frame_of

pytestmark = pytest.mark.websocket

FINE = {"ok", "pong", "welcome", "clock"}


def test_every_frame_has_its_reviewed_row() -> None:
    known = {str(kind.__struct_config__.tag) for kind in (*FRAMES, *CLIENT_COMMANDS)}
    assert known == {frame_of(label) for label in HELD}, "review tests/realtime/authorisation/roles.py"


@pytest.mark.parametrize("label", HELD)
@pytest.mark.gen_test(timeout=60)
async def test_each_role_may_or_may_not_as_reviewed(label: str) -> None:
    found: dict[Role, str] = {}
    server = Server()
    for n, role in enumerate(ROLES):
        async with party(server, n, role) as (actor, made):
            fields = {
                name: made.get(value, value) if isinstance(value, str) else value
                for name, value in HELD[label].fields.items()
            }
            found[role] = await outcome(actor, {"t": frame_of(label), **fields})
    await server.close()
    assert found == expected(label)


@asynccontextmanager
async def party(server: Server, n: int, role: Role) -> AsyncIterator[tuple[Client, dict[str, Any]]]:
    """Make a party with ann, its host, and tom, a member; and the one who acts, in their role."""
    code = f"PARTY{n:03}"
    await server.node.create(f"{n:032x}", code)
    ann, tom = await server.enter("ann", code), await server.enter("tom", code)
    made = {"{item}": (await done(ann, "queue", t="queue.add", video_id="short"))["items"][0]["id"]}
    made["{theirs}"] = (await done(tom, "chat", t="chat.send", body="hi"))["message"]["id"]
    await done(ann, "poll", t="poll.open", question="Which?", options=["this", "that"])
    if role == "outsider":
        yield await server.connect(code), made | {"{own}": made["{theirs}"]}
        return
    if role == "host":
        actor = ann
    elif role == "guest":
        actor = await server.enter("Gus", code)
    else:
        actor = await server.enter("bob", code)
        if role != "member":
            await done(ann, "member.role", t="member.role", member_id="bob", role=role)
    made["{own}"] = (await done(actor, "chat", t="chat.send", body="hello"))["message"]["id"]
    yield actor, made


async def done(client: Client, kind: str, **frame: Any) -> dict[str, Any]:
    """Send a command and return the newest event of the kind that it causes."""
    answer = await client.ask(**frame)
    assert answer["t"] == "ok", answer
    return next(heard for heard in reversed(client.heard) if heard["t"] == kind)


async def outcome(actor: Client, frame: dict[str, Any]) -> str:
    """Send a frame, and say how it was answered: `yes`, or the code. A frame without an answer shows by the ping behind it."""
    await actor.send(**frame, id="asked")
    if frame["t"] == "pong":
        await actor.send(t="ping", id="asked")
    while True:
        answer = await actor.next(*FINE, "error")
        if answer.get("id") == "asked":
            return "yes" if answer["t"] in FINE else str(answer["code"])
