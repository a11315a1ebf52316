"""Every change of a party over REST is a command like a socket's: the room hears of it, and what is refused changes nothing."""

from typing import Any

import msgspec
import pytest

from realtime.bus import Message
from realtime.bus.memory import MemoryBus
from tests.api.client import Api, Person
from tests.api.test_parties import a_party, a_video

pytestmark = pytest.mark.integration

Call = tuple[str, str, Any]
CHANGES: dict[str, tuple[Call, str]] = {
    "settings": (("PATCH", "", {"title": "Saturday"}), "settings"),
    "video": (("PATCH", "", {"video_id": "{video}"}), "video"),
    "start": (("POST", "/start", None), "party.started"),
    "control": (("POST", "/control", {"command": "chat.send", "body": "hello"}), "chat"),
    "add to the queue": (("POST", "/queue", {"video_id": "{video}"}), "queue"),
    "move in the queue": (("PATCH", "/queue/{item}", {"to": 1}), "queue"),
    "vote in the queue": (("PATCH", "/queue/{item}", {"vote": True}), "queue"),
    "take off the queue": (("DELETE", "/queue/{item}", None), "queue"),
    "role": (("PATCH", "/members/{guest}", {"role": "moderator"}), "member.role"),
    "mute": (("PATCH", "/members/{guest}", {"muted": True, "minutes": 5}), "member.muted"),
    "kick": (("DELETE", "/members/{guest}", None), "member.kicked"),
    "ban": (("DELETE", "/members/{guest}?ban=true&minutes=5", None), "member.banned"),
    "leave": (("POST", "/leave", None), "member.left"),
    "end": (("POST", "/end", None), "party.ended"),
}


class Room:
    """A party with two members and two queued videos, and what its members hear."""

    def __init__(self, party_id: str, bus: MemoryBus, names: dict[str, str]) -> None:
        self.party_id = party_id
        self.heard: list[dict[str, Any]] = []
        self._names = names
        self._bus = bus
        bus.subscribe(party_id, self._hear)

    def _hear(self, message: Message) -> None:
        self.heard.append(msgspec.json.decode(message.frame))

    async def call(self, api: Api, call: Call, token: str) -> Any:
        method, path, body = call
        given = msgspec.json.decode(msgspec.json.encode(body).decode().replace("{video}", self._names["video"]))
        for name, value in self._names.items():
            path = path.replace(f"{{{name}}}", value)
        return await api.call(method, f"/parties/{self.party_id}{path}", given, token=token)


async def a_room(api: Api, host: Person, guest: Person, bus: MemoryBus) -> Room:
    video = await a_video(api, visibility="public")
    party = await a_party(api)
    for person in (host, guest):
        await api.post(f"/parties/{party['id']}/join", token=person.token)
    for _ in range(2):
        assert (await api.post(f"/parties/{party['id']}/queue", {"video_id": video["id"]})).status == 201
    queue = (await api.get(f"/parties/{party['id']}/queue")).body["items"]
    assert [(item["video_id"], item["added_by"], item["votes"]) for item in queue] == [(video["id"], host.id, 0)] * 2
    return Room(party["id"], bus, {"video": video["id"], "item": queue[0]["id"], "guest": guest.id})


@pytest.mark.gen_test
@pytest.mark.parametrize("what", CHANGES)
async def test_the_room_hears_of_it(api: Api, host: Person, guest: Person, bus: MemoryBus, what: str) -> None:
    call, kind = CHANGES[what]
    room = await a_room(api, host, guest, bus)
    reply = await room.call(api, call, host.token)
    assert reply.status in {200, 201}, reply
    (event,) = [frame for frame in room.heard if frame["t"] == kind]
    assert event["by"] == host.id
    assert event["seq"] == room.heard[-1]["seq"] == reply.body["seq"]


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "what", [what for what in CHANGES if what not in {"control", "leave", "vote in the queue", "add to the queue"}]
)
async def test_what_is_refused_changes_nothing(
    api: Api, host: Person, guest: Person, bus: MemoryBus, what: str
) -> None:
    call, _ = CHANGES[what]
    room = await a_room(api, host, guest, bus)
    reply = await room.call(api, call, guest.token)
    assert (reply.status, reply.body["code"]) == (403, "forbidden")
    assert room.heard == []


@pytest.mark.gen_test
@pytest.mark.parametrize(
    "change",
    [
        ("/queue/{item}", {}),
        ("/queue/{item}", {"to": 1, "vote": True}),
        ("/members/{guest}", {}),
        ("/members/{guest}", {"role": "moderator", "muted": True}),
        ("/members/{guest}", {"role": "moderator", "minutes": 5}),
        ("/members/{guest}", {"role": "moderator", "reason": "well earned"}),
        ("/members/{guest}", {"muted": False, "minutes": 5}),
    ],
)
async def test_a_change_is_one_and_has_no_field_that_would_be_passed_over(
    api: Api, host: Person, guest: Person, bus: MemoryBus, change: tuple[str, dict[str, Any]]
) -> None:
    room = await a_room(api, host, guest, bus)
    reply = await room.call(api, ("PATCH", *change), host.token)
    assert (reply.status, reply.body["code"]) == (400, "invalid")
    assert room.heard == []


@pytest.mark.gen_test
async def test_an_unmute_is_heard_as_a_mute_is(api: Api, host: Person, guest: Person, bus: MemoryBus) -> None:
    room = await a_room(api, host, guest, bus)
    for muted in (True, False):
        await room.call(api, ("PATCH", "/members/{guest}", {"muted": muted, "reason": "words"}), host.token)
    assert [(frame["t"], frame["muted"], frame["by"]) for frame in room.heard] == [
        ("member.muted", True, host.id),
        ("member.muted", False, host.id),
    ]
