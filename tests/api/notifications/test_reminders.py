"""Reminders of parties: a day and a quarter of an hour before, for those who are expected."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.services.all import Services
from api.services.notifications.all import NotificationServices
from api.services.notifications.reminders import Reminders
from conf.clock import to_ms, utc
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.notifications.conftest import Raw

pytestmark = pytest.mark.integration

START = datetime(2050, 11, 27, 20, tzinfo=UTC)


class Evening:
    """A party of hanna's that is planned long before, to which gustav means to come."""

    def __init__(self, api: Api, built: Services, clock: MovableClock, store: Store) -> None:
        self._api = api
        self._built = built
        self._clock = clock
        self._store = store
        self.party = ""
        self.tokens: dict[str, str] = {}

    def at(self, moment: datetime) -> None:
        self._clock.ahead_ms += to_ms(moment) - self._clock.now_ms()

    async def plan(self, host: Person, guest: Person, *, made: datetime = START - timedelta(days=7)) -> None:
        self.at(made)
        self.people = {person.id: person for person in (host, guest)}
        await self.sign_in()
        planned = {"title": "Film night", "visibility": "public", "scheduled_for": START.isoformat()}
        reply = await self._api.post("/parties", planned, token=self.tokens[host.id])
        assert reply.status == 201, reply
        self.party = reply.body["id"]
        coming = await self._api.call("PUT", f"/parties/{self.party}/rsvp", token=self.tokens[guest.id])
        assert coming.status == 200

    async def put_off(self, until: datetime) -> None:
        """Have it begin at another time."""
        await self.sign_in()
        (host, *_) = self.people
        changed = await self._api.patch(
            f"/parties/{self.party}", {"scheduled_for": until.isoformat()}, token=self.tokens[host]
        )
        assert (changed.status, changed.body["scheduled_for"]) == (200, until.isoformat().replace("+00:00", "Z"))

    async def reminded(self, moment: datetime) -> int:
        """Let the node look at a moment; return how many it reminded."""
        self.at(moment)
        return await self._built.notifications.reminders.remind_due()

    async def reminders(self, person: Person) -> int:
        page = await self._store.notifications.page(person.id)
        return sum(item.kind == "party_starting" for item in page.items)

    async def sign_in(self) -> None:
        for person in self.people.values():
            self.tokens[person.id] = (await self._api.sign_in(person.email)).token


@pytest.fixture
def evening(api: Api, built: Services, clock: MovableClock, store: Store) -> Evening:
    return Evening(api, built, clock, store)


@pytest.mark.gen_test
async def test_host_and_those_who_come_are_reminded_twice(
    evening: Evening, host: Person, guest: Person, store: Store
) -> None:
    await evening.plan(host, guest)
    assert await evening.reminded(START - timedelta(hours=24, seconds=1)) == 0
    assert await evening.reminded(START - timedelta(hours=24)) == 2
    assert await evening.reminded(START - timedelta(hours=23)) == 0
    assert await evening.reminded(START - timedelta(minutes=15, seconds=1)) == 0
    assert await evening.reminded(START - timedelta(minutes=15)) == 2
    assert await evening.reminded(START - timedelta(seconds=1)) == 0
    assert await evening.reminded(START) == 0
    assert [await evening.reminders(person) for person in (host, guest)] == [2, 2]


@pytest.mark.gen_test
async def test_whoever_is_invited_by_name_is_reminded(
    api: Api, evening: Evening, host: Person, guest: Person, store: Store
) -> None:
    await evening.plan(host, guest)
    fanny = await api.person("fanny")
    reply = await api.post(
        f"/parties/{evening.party}/invites",
        {"username": "fanny", "expires_in_s": 14 * 86400},
        token=evening.tokens[host.id],
    )
    assert reply.status == 201, reply
    assert await evening.reminded(START - timedelta(minutes=10)) == 3
    assert await evening.reminders(fanny) == 1


@pytest.mark.gen_test
async def test_after_a_night_without_a_node_the_day_before_is_still_told_and_an_hour_before_not(
    evening: Evening, host: Person, guest: Person
) -> None:
    await evening.plan(host, guest)
    assert await evening.reminded(START - timedelta(minutes=59)) == 0
    assert await evening.reminded(START - timedelta(hours=9)) == 2


@pytest.mark.gen_test
async def test_a_party_of_today_is_not_reminded_of_as_if_it_were_tomorrows(
    evening: Evening, host: Person, guest: Person
) -> None:
    await evening.plan(host, guest, made=START - timedelta(hours=3))
    assert await evening.reminded(START - timedelta(hours=2)) == 0
    assert await evening.reminded(START - timedelta(minutes=14)) == 2


@pytest.mark.gen_test
async def test_a_party_that_is_put_off_is_reminded_of_anew(evening: Evening, host: Person, guest: Person) -> None:
    await evening.plan(host, guest)
    assert await evening.reminded(START - timedelta(hours=24)) == 2
    later = START + timedelta(days=1)
    await evening.put_off(later)
    assert await evening.reminded(START - timedelta(minutes=10)) == 0
    assert await evening.reminded(later - timedelta(hours=24)) == 2
    assert await evening.reminded(later - timedelta(minutes=15)) == 2


@pytest.mark.gen_test
@pytest.mark.parametrize("how", ["end", "delete", "start"])
async def test_a_party_that_is_called_off_or_live_is_reminded_of_no_more(
    api: Api, evening: Evening, host: Person, guest: Person, how: str
) -> None:
    await evening.plan(host, guest)
    path, token = f"/parties/{evening.party}", evening.tokens[host.id]
    reply = await (api.delete(path, token=token) if how == "delete" else api.post(f"{path}/{how}", token=token))
    assert reply.status in {200, 204}
    for left in (timedelta(hours=24), timedelta(minutes=15)):
        assert await evening.reminded(START - left) == 0


@pytest.mark.gen_test
async def test_two_nodes_remind_once(  # noqa: PLR0917 - fixtures
    evening: Evening, built: Services, host: Person, guest: Person, store: Store, clock: MovableClock
) -> None:
    await evening.plan(host, guest)
    evening.at(START - timedelta(minutes=15))
    first = built.notifications.reminders
    nodes = [Reminders(store=store, notifier=built.notifier, guests=first._guests, clock=clock) for _ in range(5)]
    told = await asyncio.gather(*(node.remind_due() for node in nodes))
    assert sum(told) == 2


@pytest.mark.gen_test
async def test_a_mail_that_waited_over_the_start_or_the_end_of_its_party_does_not_go(  # noqa: PLR0917 - fixtures
    api: Api,
    evening: Evening,
    notifications: NotificationServices,
    host: Person,
    guest: Person,
    store: Store,
    raw: Raw,
) -> None:
    await evening.plan(host, guest)
    for person in (host, guest):
        await store.users.set_verified(person.id)
    assert await evening.reminded(START - timedelta(hours=24)) == 2
    await evening.sign_in()
    ended = await api.post(f"/parties/{evening.party}/end", token=evening.tokens[host.id])
    assert ended.status == 200
    await notifications.deliverer.deliver_due()
    kinds = {row["_id"]: row["kind"] for row in raw.notifications.find()}
    states = [row["state"] for row in raw.deliveries.find() if kinds[row["notification_id"]] == "party_starting"]
    assert states == ["dropped", "dropped"]


@pytest.mark.gen_test
async def test_a_reminder_says_when_by_the_clock_of_its_person(
    evening: Evening, api: Api, host: Person, guest: Person, raw: Raw
) -> None:
    await evening.plan(host, guest)
    raw.users.update_one({"_id": guest.id}, {"$set": {"profile.time_zone": "Europe/Berlin"}})
    await evening.reminded(START - timedelta(minutes=15))
    evening.tokens[guest.id] = (await api.sign_in(guest.email)).token
    (item,) = (await api.get("/notifications", query={"limit": 1}, token=evening.tokens[guest.id])).body["items"]
    assert item["text"] == "Film night: Sunday, 27 November 2050, at 21:00 (Europe/Berlin)."
    assert utc(to_ms(START)) == START
