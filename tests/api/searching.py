"""What tests of searches do again and again."""

from typing import Any

from tests.api.client import Api, Reply


async def search(api: Api, q: str, token: str = "", **query: Any) -> Reply:
    reply = await api.get("/search", query={"q": q, **query}, token=token)
    assert reply.status == 200, reply
    return reply


async def titles(api: Api, q: str, token: str = "", **query: Any) -> list[str]:
    items = (await search(api, q, token, **query)).body["items"]
    return [item.get("title") or item["username"] for item in items]


async def a_party(api: Api, title: str, **changes: Any) -> dict[str, Any]:
    reply = await api.post("/parties", {"title": title, "visibility": "public", **changes})
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body


async def a_video(api: Api, title: str, **changes: Any) -> dict[str, Any]:
    asked = {"title": title, "source": "url", "url": "https://media.example/a.mp4", "visibility": "public", **changes}
    reply = await api.post("/videos", asked)
    assert reply.status == 201, reply
    body: dict[str, Any] = reply.body
    return body
