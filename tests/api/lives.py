"""Somebody who did all that people do here, so that it can be seen what is left of them."""

from typing import Any

from tests.api.client import Api, Person
from tests.api.pictures import painted

NAME = "Erika.Mustermann"
"""In one word, so that a mention can be made of it."""


async def lived(api: Api, host: Person, guest: Person) -> tuple[Person, dict[str, Any]]:
    """Let somebody do all that people do here; return them and what they left behind."""
    erika = await api.person("erika")
    mine = {"token": erika.token}
    await api.patch("/users/me", {"display_name": NAME, "bio": f"I am {NAME}"}, **mine)
    await api.put("/users/me/avatar", painted(30, 30), **mine)
    await api.post("/users/hanna/follow", **mine)
    await api.post("/users/erika/follow", token=guest.token)
    await api.post("/users/erika/follow", token=host.token)
    await api.post("/users/gustav/block", **mine)
    new = {"title": f"{NAME} on holiday", "source": "url", "url": "https://example.com/f.mp4", "visibility": "public"}
    video = (await api.post("/videos", new, **mine)).body
    hosted = (await api.post("/parties", {"title": f"{NAME}s evening", "visibility": "public"}, **mine)).body
    await api.post(f"/parties/{hosted['id']}/join", **mine)
    await api.post(f"/parties/{hosted['id']}/join", token=host.token)
    await api.post(f"/parties/{hosted['id']}/invites", {"username": "hanna2"}, **mine)
    await api.post(f"/parties/{hosted['id']}/invites", {"email": "friend@example.com"}, **mine)
    other = (await api.post("/parties", {"title": "Friday", "visibility": "public"}, token=host.token)).body
    await api.post(f"/parties/{other['id']}/join", token=host.token)
    await api.post(f"/parties/{other['id']}/join", **mine)
    say = f"/parties/{other['id']}/control"
    await api.post(say, {"command": "chat.send", "body": "a secret of mine"}, **mine)
    await api.post(say, {"command": "chat.send", "body": f"hello @{NAME}, hi"}, token=host.token)
    key = {"Idempotency-Key": "one"}
    await api.post("/parties", {"title": "Kept reply"}, headers=key, **mine)
    event = {"event_id": "e" * 32, "type": "view.started", "party_id": other["id"]}
    await api.post("/events", {"events": [event]}, **mine)
    await api.post("/auth/ticket", **mine)
    await api.post("/auth/forgot-password", {"email": "ERIKA@example.com"}, token="")
    return erika, {"hosted": hosted["id"], "other": other["id"], "video": video["id"]}
