"""What happens in parties and is told outside of them."""

import asyncio
from typing import Any

import pytest

from api.services.all import Services
from api.services.notifications.all import NotificationServices
from api.services.notifications.party_news import LATE_MS
from conf.clock import utc
from realtime.party import commands as do
from realtime.party.context import Actor
from store.database import Store
from store.documents import PartyEvent
from store.errors import Unavailable
from store.party_log_by_type import Place
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration


class Talk:
    """A party of hanna's in which people speak."""

    def __init__(self, api: Api, built: Services) -> None:
        self._api = api
        self._built = built
        self.party = ""

    async def begin(self, visibility: str = "public") -> "Talk":
        reply = await self._api.post("/parties", {"title": "Film night", "visibility": visibility})
        self.party = reply.body["id"]
        return self

    async def say(self, who: Person | str, body: str, reply_to: str | None = None) -> str:
        """Say something as a person, or as a guest of that name; return the message's id."""
        actor = Actor(guest_id=f"g-{who}", name=who) if isinstance(who, str) else Actor(user_id=who.id, name="x")
        await self._built.engine.submit(self.party, do.Join(admitted=True), actor=actor)
        said = await self._built.engine.submit(self.party, do.Say(body=body, reply_to=reply_to), actor=actor)
        return str(said.events[0].message.id)  # type: ignore[union-attr]

    async def heard(self, who: Person) -> list[tuple[str, str]]:
        """List what somebody was told of the chat, the oldest first."""
        await self._built.notifications.news.tell_waiting()
        items = (await self._api.get("/notifications", token=who.token)).body["items"]
        return [(item["kind"], item["about"]["id"]) for item in reversed(items)]


@pytest.fixture
def talk(api: Api, built: Services, host: Person) -> Talk:
    return Talk(api, built)


@pytest.mark.gen_test
async def test_who_is_mentioned_is_told_once_in_any_case_and_at_the_end_of_a_sentence(
    talk: Talk, host: Person, guest: Person, api: Api
) -> None:
    await talk.begin()
    said = await talk.say(host, "@GUSTAV, come here @gustav.")
    assert await talk.heard(guest) == [("mentioned", said)]
    (item,) = (await api.get("/notifications", token=guest.token)).body["items"]
    assert item["text"] == "Hanna mentioned you in Film night."
    assert item["by"] == host.id
    for body in ("mail gustav@example.com", "@hanna myself", "gustav", "@@gustav", "@nobody-of-this-name"):
        await talk.say(host, body)
    assert len(await talk.heard(guest)) == 1
    assert await talk.heard(host) == []


@pytest.mark.gen_test
async def test_a_mention_over_rest_counts_as_well(talk: Talk, host: Person, guest: Person, api: Api) -> None:
    await talk.begin()
    await api.post(f"/parties/{talk.party}/join")
    command = {"command": "chat.send", "body": "@gustav hello"}
    assert (await api.post(f"/parties/{talk.party}/control", command)).status == 200
    assert [kind for kind, _ in await talk.heard(guest)] == ["mentioned"]


@pytest.mark.gen_test
async def test_a_reply_is_told_to_its_author_and_is_no_mention_beside_it(
    talk: Talk, host: Person, guest: Person
) -> None:
    await talk.begin()
    first = await talk.say(guest, "hello")
    answer = await talk.say(host, "@gustav welcome", reply_to=first)
    await talk.say(guest, "myself", reply_to=first)
    assert await talk.heard(guest) == [("replied", answer)]


@pytest.mark.gen_test
async def test_of_a_private_party_only_its_members_hear(talk: Talk, host: Person, guest: Person) -> None:
    await talk.begin("private")
    await talk.say(host, "@gustav hello")
    assert await talk.heard(guest) == []
    await talk.say(guest, "here I am")
    said = await talk.say(host, "@gustav hello")
    assert await talk.heard(guest) == [("mentioned", said)]


@pytest.mark.gen_test
async def test_a_guest_reaches_members_only(talk: Talk, host: Person, guest: Person, api: Api) -> None:
    await talk.begin()
    await talk.say("Gus", "@gustav hello")
    assert await talk.heard(guest) == []
    said = await talk.say("Gus", "@hanna hello")
    assert await talk.heard(host) == [("mentioned", said)]
    (item,) = (await api.get("/notifications")).body["items"]
    assert item["text"] == "Gus mentioned you in Film night."


@pytest.mark.gen_test
async def test_a_mention_by_somebody_blocked_tells_nobody(
    talk: Talk, host: Person, guest: Person, store: Store, clock: MovableClock
) -> None:
    await talk.begin()
    await store.relations.add("block", guest.id, host.id, utc(clock.now_ms()))
    await talk.say(host, "@gustav hello")
    assert await talk.heard(guest) == []


@pytest.mark.gen_test
async def test_one_message_reaches_five_people(talk: Talk, host: Person, store: Store) -> None:
    await talk.begin()
    people = [await _made(store, number) for number in range(8)]
    await talk.say(host, " ".join(f"@friend{number}" for number in range(8)))
    await talk._built.notifications.news.tell_waiting()
    counts = [await store.notifications.unread(person) for person in people]
    assert counts == [1] * 5 + [0] * 3


async def _made(store: Store, number: int) -> str:
    template = await store.users.by_username("hanna")
    assert template is not None
    name = f"friend{number}"
    user = type(template)(
        id=f"user-{number}",
        email=f"{name}@example.com",
        email_key=f"{name}@example.com",
        username=name,
        username_key=name,
        skeleton=name,
        display_name=name,
        password_hash="",
        created_at=template.created_at,
    )
    await store.users.add(user)
    return user.id


@pytest.mark.gen_test
async def test_what_died_with_the_process_is_told_from_the_log_once(  # noqa: PLR0917 - fixtures
    talk: Talk, host: Person, guest: Person, notifications: NotificationServices, clock: MovableClock, store: Store
) -> None:
    await talk.begin()
    assert await notifications.news.read_log() == 0
    lost = await talk.say(host, "@gustav hello")
    notifications.news._waiting.clear()  # the process is gone, and with it what it had heard
    assert await talk.heard(guest) == []
    assert await notifications.news.read_log() == 1
    kept = await talk.say(host, "@gustav again")
    assert await talk.heard(guest) == [("mentioned", lost), ("mentioned", kept)]
    assert await notifications.news.read_log() == 0
    notifications.news._known.clear()  # another node, which has told nothing yet
    assert await notifications.news.read_log() == 2
    assert await talk.heard(guest) == [("mentioned", lost), ("mentioned", kept)]
    notifications.news._known.clear()
    clock.move(2 * LATE_MS / 1000)
    assert await notifications.news.read_log() == 2
    notifications.news._known.clear()
    assert await notifications.news.read_log() == 0


@pytest.mark.gen_test
async def test_of_many_nodes_one_reads_the_log_at_a_time(
    talk: Talk, host: Person, guest: Person, notifications: NotificationServices
) -> None:
    await talk.begin()
    for number in range(5):
        await talk.say(host, f"@gustav {number}")
    notifications.news._waiting.clear()
    told = await asyncio.gather(*(notifications.news.read_log() for _ in range(10)))
    assert sum(told) == 5
    assert len(await talk.heard(guest)) == 5


@pytest.mark.gen_test
async def test_words_that_name_and_answer_nobody_are_not_even_looked_at(
    talk: Talk, host: Person, guest: Person, notifications: NotificationServices, store: Store
) -> None:
    await talk.begin()
    asked = await talk.say(guest, "who is there?")
    await talk.say(host, "me")
    assert not notifications.news._waiting
    answered = await talk.say(host, "me too", reply_to=asked)
    named = await talk.say(host, "hello @gustav")
    assert len(notifications.news._waiting) == 2
    stretches = await store.party_log_by_type.since(Place(0), ("chat.sent",), 100)
    assert [event.body["message"]["id"] for stretch in stretches for event in stretch.events] == [answered, named]
    assert await talk.heard(guest) == [("replied", answered), ("mentioned", named)]


@pytest.mark.gen_test
async def test_an_event_that_nobody_can_read_holds_up_no_other(  # noqa: PLR0917 - fixtures
    talk: Talk, host: Person, guest: Person, notifications: NotificationServices, logs: ExpectedLogs, store: Store
) -> None:
    await talk.begin()
    broken = PartyEvent(event_id="e", seq=9, type="chat.sent", at_ms=1, body={"message": 1})
    notifications.news.hear(talk.party, [broken])
    said = await talk.say(host, "@gustav hello")
    with logs.expect("an event could not be told of"):
        assert await talk.heard(guest) == [("mentioned", said)]


@pytest.mark.gen_test
async def test_a_commit_waits_for_nobody_who_is_told(
    talk: Talk, host: Person, guest: Person, built: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.begin()

    async def away(*_given: Any) -> None:
        raise Unavailable("the database does not take notifications")

    with monkeypatch.context() as patch:
        patch.setattr(built.notifier._store.notifications, "add", away)
        said = await talk.say(host, "@gustav hello")
        with pytest.raises(Unavailable):
            await built.notifications.news.tell_waiting()
    assert await built.notifications.news.read_log() == 1
    assert await talk.heard(guest) == [("mentioned", said)]


@pytest.mark.gen_test
@pytest.mark.parametrize("visibility", ["public", "unlisted"])
async def test_a_start_is_told_to_those_who_come_and_of_a_public_party_to_followers(  # noqa: PLR0917 - fixtures
    api: Api,
    talk: Talk,
    host: Person,
    guest: Person,
    store: Store,
    clock: MovableClock,
    built: Services,
    visibility: str,
) -> None:
    coming, following = guest, await api.person("fanny")
    await store.relations.add("follow", following.id, host.id, utc(clock.now_ms()))
    await talk.begin(visibility)
    await api.call("PUT", f"/parties/{talk.party}/rsvp", token=coming.token)
    await api.call("PUT", f"/parties/{talk.party}/rsvp")
    await api.post(f"/parties/{talk.party}/start")
    told = [("party_started", talk.party)]
    assert await talk.heard(coming) == told
    assert await talk.heard(following) == (told if visibility == "public" else [])
    assert await talk.heard(host) == []
    await built.engine.submit(talk.party, do.Vacate(empty_since_ms=0), actor=Actor())
    await api.post(f"/parties/{talk.party}/start")
    assert await talk.heard(coming) == told


@pytest.mark.gen_test
async def test_who_is_invited_hears_of_the_start_and_of_the_invitation(
    api: Api, talk: Talk, host: Person, guest: Person
) -> None:
    await talk.begin("private")
    made = await api.post(f"/parties/{talk.party}/invites", {"username": "gustav"})
    assert made.status == 201
    await api.post(f"/parties/{talk.party}/start")
    assert await talk.heard(guest) == [("invited", talk.party), ("party_started", talk.party)]
