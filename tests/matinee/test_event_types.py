"""Each type of event of the table is written by the running node, with its ids, and no other type is."""

import asyncio
import email
import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from pymongo import MongoClient
from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, websocket_connect

from realtime.party import commands as do
from realtime.party.context import SYSTEM
from realtime.party.events import AnyEvent
from realtime.protocol import SUBPROTOCOL, ViewerEventType
from store.event_types import BY_NAME, PAGE, TYPES, Source, page
from store.ids import new_id
from tests.fakes.smtp import link_in
from tests.fakes.web_node import Served, bearer

PASSWORD = "correct horse battery"


def names(*sources: Source) -> set[str]:
    return {kind.name for kind in TYPES if kind.source in sources}


def test_the_page_is_what_the_table_says() -> None:
    assert Path(PAGE).read_text(encoding="utf-8") == page(), "run: python -m store.event_types"
    assert len(BY_NAME) == len(TYPES)


def test_the_table_knows_what_a_log_may_hold_and_what_players_may_send() -> None:
    assert names("log") == {kind.__struct_config__.tag for kind in get_args(AnyEvent)}
    assert names("viewer") == set(get_args(ViewerEventType))


class Seat:
    """Somebody's socket in a party."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        self._ids = 0
        self.frames: list[dict[str, Any]] = []

    @classmethod
    async def taken(cls, served: Served, code: str, **hello: Any) -> "Seat":
        address = served.url.replace("http:", "ws:") + f"/ws/parties/{code}"
        seat = cls(await websocket_connect(address, subprotocols=[SUBPROTOCOL]))
        client = {"name": "web", "version": "1.0", "device": "desktop"}
        await seat._socket.write_message(json.dumps({"t": "hello", "client": client, **hello}))
        await seat.hears("welcome", "outside")
        return seat

    @property
    def member_id(self) -> str:
        member_id: str = self.frames[-1]["you"]["member_id"]
        return member_id

    async def hears(self, *kinds: str, answer_to: str | None = None) -> dict[str, Any]:
        """Read on to a frame of one of these kinds."""
        while True:
            text = await self._socket.read_message()
            assert text is not None, f"closed with {self._socket.close_code}"
            frame: dict[str, Any] = json.loads(str(text))
            self.frames.append(frame)
            if frame["t"] in kinds and (answer_to is None or frame.get("id") == answer_to):
                return frame

    async def does(self, kind: str, **fields: Any) -> None:
        """Send a command and wait until it is done."""
        self._ids += 1
        name = f"{kind}-{self._ids}"
        await self._socket.write_message(json.dumps({"t": kind, "id": name, **fields}))
        answer = await self.hears("ok", "error", answer_to=name)
        assert answer["t"] == "ok", (kind, answer)

    def last(self, kind: str) -> dict[str, Any]:
        return next(frame for frame in reversed(self.frames) if frame["t"] == kind)

    async def leave(self) -> None:
        self._socket.close()
        while await self._socket.read_message() is not None:
            pass


class Evening:
    """All that can happen, on one node."""

    def __init__(self, served: Served, mails: Path) -> None:
        self.served = served
        self.engine = served.node._realtime.engine
        self.mails = mails
        self.tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {}

    async def rest(self, method: str, path: str, who: str, body: dict[str, Any] | None = None) -> Any:
        reply = await AsyncHTTPClient(force_instance=True).fetch(
            f"{self.served.url}/api/v1{path}",
            method=method,
            headers={"Content-Type": "application/json", **bearer(self.tokens[who])},
            body=None if body is None else json.dumps(body),
            allow_nonstandard_methods=True,
        )
        return json.loads(reply.body) if reply.body else None

    async def asked(self, party_id: str, command: do.AnyCommand) -> None:
        """Do what the server's timers do, when they would."""
        # A play begins a moment after it was asked for.
        while not (await self.engine.submit(party_id, command, actor=SYSTEM)).events:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def account(self, name: str) -> None:
        person = {"email": f"{name}@example.com", "username": name}
        password = {"password": PASSWORD, "password_confirm": PASSWORD}
        self.ids[name] = (await self.served.post("/api/v1/auth/register", person | password))["id"]
        login = {"email": person["email"], "password": PASSWORD}
        self.tokens[name] = (await self.served.post("/api/v1/auth/login", login))["access_token"]

    async def accounts(self) -> None:
        for name in ("ann", "bob", "cat", "dan"):
            await self.account(name)
        token = link_in(await self._mail_to("ann")).partition("?token=")[2]
        await self.rest("POST", "/auth/verify-email", "ann", {"token": token})
        await self.rest("POST", "/auth/logout", "cat", {})
        await self.rest("DELETE", "/users/me", "dan", {"password": PASSWORD})

    async def _mail_to(self, name: str) -> Any:
        async with asyncio.timeout(10):
            while True:
                for file in self.mails.glob("*.eml"):
                    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
                    if message["To"] == f"{name}@example.com":
                        return message
                await asyncio.sleep(0.01)

    async def video(self, title: str) -> str:
        asked = {"title": title, "source": "url", "url": "https://example.com/f.mp4", "visibility": "public"}
        video_id: str = (await self.rest("POST", "/videos", "ann", asked))["id"]
        return video_id

    async def invitations(self, film: str) -> None:
        """A party that is to begin soon, whose host asks others in."""
        soon = datetime.now(UTC) + timedelta(hours=2)
        asked = {"title": "Soon", "video_id": film, "visibility": "private", "scheduled_for": soon.isoformat()}
        party = await self.rest("POST", "/parties", "ann", asked)
        path = f"/parties/{party['id']}"
        link = (await self.rest("POST", f"{path}/invites", "ann", {}))["url"]
        await self.rest("POST", f"/invites/{link.partition('#invite=')[2]}/accept", "bob")
        await self.rest("PUT", f"{path}/rsvp", "bob")
        await self.rest("DELETE", f"{path}/rsvp", "bob")
        sooner = datetime.now(UTC) + timedelta(minutes=10)
        await self.rest("PATCH", path, "ann", {"scheduled_for": sooner.isoformat()})
        if (await self.engine.state(party["id"])).status == "scheduled":
            await self.engine.submit(party["id"], do.OpenDoors(), actor=SYSTEM)
        await self.rest("DELETE", path, "ann")

    async def party(self, film: str, short: str) -> None:
        asked = {"title": "Friday", "video_id": film, "visibility": "public"}
        party = await self.rest("POST", "/parties", "ann", asked)
        party_id, code = party["id"], party["code"]
        ann = await Seat.taken(self.served, code, token=self.tokens["ann"])
        bob = await Seat.taken(self.served, code, token=self.tokens["bob"])
        gus = await Seat.taken(self.served, code, guest="Gus")
        await self.film_night(party_id, ann, bob, short)
        await self.talk(ann, bob)
        await self.doors(code, ann, gus)
        await self.measured(party_id, bob)
        await bob.does("leave")
        for seat in (ann, bob, gus):
            await seat.leave()
        await self.engine.submit(party_id, do.Play(), actor=SYSTEM)
        await self.asked(party_id, do.Vacate(empty_since_ms=0))
        await self.rest("POST", f"/parties/{party_id}/end", "bob")  # the host, meanwhile

    async def film_night(self, party_id: str, ann: Seat, bob: Seat, short: str) -> None:
        await ann.does("settings", wait="all")
        await ann.does("play")
        await self.asked(party_id, do.Wait(dry={self.ids["ann"]: None}, watching=1))
        await self.asked(party_id, do.GoOn(dry=frozenset()))
        await ann.does("seek", position_ms=1000)
        await ann.does("rate", rate=1.5)
        await ann.does("pause")
        for _ in range(4):
            await bob.does("queue.add", video_id=short)
        one, two, three, _ = [item["id"] for item in bob.last("queue")["items"]]
        await ann.does("queue.move", item_id=two, to=0)
        await bob.does("queue.vote", item_id=three, up=True)
        await ann.does("queue.remove", item_id=one)
        await ann.does("queue.play", item_id=three)
        await bob.does("skip.vote")
        await ann.does("queue.clear") if (await self.engine.state(party_id)).queue else None

    async def talk(self, ann: Seat, bob: Seat) -> None:
        await bob.does("chat.send", body="hello")
        message = bob.last("chat")["message"]["id"]
        await bob.does("chat.edit", message_id=message, body="hello, all")
        await ann.does("chat.react", message_id=message, emoji="👍")
        await ann.does("chat.delete", message_id=message)
        await bob.does("react", emoji="🎬")
        await ann.does("poll.open", question="Which?", options=["this", "that"])
        await bob.does("poll.vote", option=0)
        await ann.does("poll.close")

    async def doors(self, code: str, ann: Seat, gus: Seat) -> None:
        guest = next(frame for frame in gus.frames if frame["t"] == "welcome")["you"]["member_id"]
        await ann.does("member.mute", member_id=guest)
        await ann.does("member.kick", member_id=guest)
        await ann.does("member.ban", member_id=guest)
        await ann.does("settings", approval="everyone")
        knocker = await Seat.taken(self.served, code, guest="Kim")
        await ann.does("deny", member_id=knocker.member_id)
        await knocker.leave()
        await ann.does("settings", approval="off")
        await ann.does("member.role", member_id=self.ids["bob"], role="moderator")
        await ann.does("host.transfer", member_id=self.ids["bob"])

    async def measured(self, party_id: str, bob: Seat) -> None:
        kinds: tuple[str, ...] = get_args(ViewerEventType)
        events = [{"event_id": new_id(n), "type": kind, "watched_ms": 10_000} for n, kind in enumerate(kinds)]
        await bob.does("telemetry", events=events)
        event = {"event_id": new_id(99), "type": "view.watched", "party_id": party_id, "session_id": "tv"}
        reply = await self.rest("POST", "/events", "bob", {"events": [event]})
        assert reply["accepted"] == 1


def rows(database: Any) -> Iterator[dict[str, Any]]:
    """Give every event that MongoDB holds."""
    for commit in database["party_log"].find():
        for event in commit["events"]:
            yield {**event, "party_id": commit["party_id"]}
    for name in database.list_collection_names():
        if name.startswith("events_"):
            yield from database[name].find()


@pytest.mark.integration
@pytest.mark.gen_test(timeout=60)
async def test_each_type_is_written_with_its_ids_and_no_other_is(
    serve: Any, tmp_path: Path, mongo_client: MongoClient[dict[str, Any]], database: str
) -> None:
    evening = Evening(await serve(), tmp_path / "mail")
    await evening.accounts()
    film, short, gone = [await evening.video(title) for title in ("Film", "Short", "Gone")]
    await evening.rest("DELETE", f"/videos/{gone}", "ann")
    await evening.invitations(film)
    await evening.party(film, short)
    await evening.served.node.drain()
    found = list(rows(mongo_client[database]))
    assert {row["type"] for row in found} == names("log", "node", "viewer", "api")
    for row in found:
        kind = BY_NAME[row["type"]]
        carried = {name for name, value in row.items() if value is not None}
        carried |= {"person"} if carried & {"user_id", "guest_id"} else set()
        assert carried >= set(kind.ids), (kind, row)
        assert row.get("v", 1) == kind.version
    videos = [row["body"]["video"] for row in found if (row.get("body") or {}).get("video")]
    assert {video["id"] for video in videos} == {film, short}
    assert {video["uploader_id"] for video in videos} == {evening.ids["ann"]}
