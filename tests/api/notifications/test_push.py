"""Web pushes: encrypted as the RFC says, sent to a real server, and never into our own network."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from api.services.all import Services
from api.services.notifications.all import NotificationServices
from api.services.notifications.deliverer import LEASE
from api.services.notifications.notifier import Note
from conf.clock import to_ms, utc
from conf.settings import Settings
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs
from tests.fakes.push_service import Browser, PushService, vapid_claims

pytestmark = pytest.mark.integration

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, push_private_endpoints=True)


@pytest.fixture
def service(io_loop: IOLoop) -> Iterator[PushService]:
    async def started() -> PushService:
        return PushService()

    service = io_loop.run_sync(started)
    yield service
    io_loop.run_sync(service.close)


async def subscribed(api: Api, browser: Browser, token: str | None = None) -> str:
    reply = await api.post("/notifications/push-subscriptions", browser.subscription(), token=token)
    assert reply.status == 201, reply
    return str(reply.body["id"])


def mentioned(user_id: str, key: str = "mentioned:1") -> Note:
    fields = {"username": "gustav", "title": "Film night", "code": "ABCD2345"}
    return Note(user_id=user_id, kind="mentioned", key=key, fields=fields)


@pytest.mark.gen_test
async def test_every_browser_of_a_person_reads_what_they_are_told(  # noqa: PLR0917 - fixtures
    api: Api, built: Services, notifications: NotificationServices, service: PushService, host: Person, store: Store
) -> None:
    browsers = [service.browser("one"), service.browser("two")]
    for browser in browsers:
        await subscribed(api, browser)
    told = await built.notifier.tell(mentioned(host.id))
    assert told is not None
    await notifications.deliverer.deliver_due()
    await notifications.deliverer.deliver_due()
    for browser in browsers:
        (message,) = browser.got
        assert message == {
            "id": told.id,
            "kind": "mentioned",
            "title": "Somebody mentioned you",
            "body": "Gustav mentioned you in Film night.",
            "path": "/p/ABCD2345",
        }
        (headers,) = browser.headers
        assert (headers["Topic"], headers["Ttl"], headers["Urgency"]) == (told.id, "86400", "normal")
        claims, key = vapid_claims(headers["Authorization"])
        assert claims["aud"] == service.url
        assert key == (await api.get("/notifications/preferences")).body["push_public_key"]
    found = await store.deliveries.by_id(f"{told.id}:push")
    assert found is not None
    assert found.state == "sent"


@pytest.mark.gen_test
async def test_the_longest_announcement_fits_into_a_push(
    api: Api, built: Services, notifications: NotificationServices, service: PushService, host: Person
) -> None:
    browser = service.browser("one")
    await subscribed(api, browser)
    await built.notifier.tell(Note(user_id=host.id, kind="announcement", key="a", fields={"text": "\u0001" * 5000}))
    await notifications.deliverer.deliver_due()
    assert browser.got[0]["body"] == "\u0001" * 500


@pytest.mark.gen_test
@pytest.mark.parametrize("status", [404, 410])
async def test_a_subscription_that_is_gone_is_forgotten(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    service: PushService,
    host: Person,
    store: Store,
    status: int,
) -> None:
    browser = service.browser("one")
    await subscribed(api, browser)
    browser.answers = [status]
    told = await built.notifier.tell(mentioned(host.id))
    assert told is not None
    await notifications.deliverer.deliver_due()
    assert await store.push_subscriptions.of(host.id) == []
    found = await store.deliveries.by_id(f"{told.id}:push")
    assert found is not None
    assert found.state == "dropped"


@pytest.mark.gen_test
async def test_a_service_that_asks_for_time_gets_it_and_who_has_it_is_left_in_peace(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    service: PushService,
    host: Person,
    clock: MovableClock,
    store: Store,
) -> None:
    quick, slow = service.browser("quick"), service.browser("slow")
    for browser in (quick, slow):
        await subscribed(api, browser)
    slow.answers = [429, 503]
    told = await built.notifier.tell(mentioned(host.id))
    assert told is not None
    await notifications.deliverer.deliver_due()
    clock.move(76)
    assert await notifications.deliverer.deliver_due() == 0
    clock.move(2)
    assert await notifications.deliverer.deliver_due() == 1
    clock.move(61)
    assert await notifications.deliverer.deliver_due() == 1
    assert (len(quick.got), len(slow.got), len(slow.headers)) == (1, 1, 3)
    found = await store.deliveries.by_id(f"{told.id}:push")
    assert found is not None
    assert (found.state, found.attempts) == ("sent", 3)


@pytest.mark.gen_test
async def test_a_service_that_refuses_for_good_is_not_asked_again(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    service: PushService,
    host: Person,
    logs: ExpectedLogs,
    store: Store,
) -> None:
    browser = service.browser("one")
    await subscribed(api, browser)
    browser.answers = [403]
    told = await built.notifier.tell(mentioned(host.id))
    assert told is not None
    with logs.expect("delivery given up"):
        await notifications.deliverer.deliver_due()
    found = await store.deliveries.by_id(f"{told.id}:push")
    assert found is not None
    assert (found.state, found.error) == ("failed", "the push service answered 403")


@pytest.mark.gen_test
async def test_a_node_that_dies_over_a_push_leaves_exactly_one_more_try(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    service: PushService,
    host: Person,
    clock: MovableClock,
    store: Store,
) -> None:
    browser = service.browser("one")
    await subscribed(api, browser)
    await built.notifier.tell(mentioned(host.id))
    claimed = await store.deliveries.claim(utc(clock.now_ms()), LEASE)
    assert claimed is not None  # and the node that claimed it is gone
    assert await notifications.deliverer.deliver_due() == 0
    clock.move(LEASE.total_seconds() + 1)
    tried = await asyncio.gather(*(notifications.deliverer.deliver_due() for _ in range(5)))
    assert sum(tried) == 1
    assert len(browser.got) == 1


@pytest.mark.gen_test
async def test_a_browser_belongs_to_who_signed_in_last_and_there_are_ten_at_most(
    api: Api, service: PushService, host: Person, guest: Person, store: Store
) -> None:
    shared = service.browser("shared")
    await subscribed(api, shared)
    await subscribed(api, shared, token=guest.token)
    assert await store.push_subscriptions.of(host.id) == []
    ids = [await subscribed(api, service.browser(f"b{number}")) for number in range(12)]
    assert {one.id for one in await store.push_subscriptions.of(host.id)} == set(ids[2:])
    assert (await api.delete(f"/notifications/push-subscriptions/{ids[5]}", token=guest.token)).status == 404
    assert (await api.delete(f"/notifications/push-subscriptions/{ids[5]}")).status == 204


HOSTILE: list[dict[str, Any]] = [
    {"endpoint": "http://push.example.com/1"},
    {"endpoint": "https://push.example.com:8443/1"},
    {"endpoint": "https://127.0.0.1/1"},
    {"endpoint": "https://[::1]/1"},
    {"endpoint": "https://localhost/1"},
    {"endpoint": "https://metadata.google.internal/1"},
    {"endpoint": "https://user@push.example.com/1"},
    {"endpoint": "https://push.example.com:99999/1"},
    {"endpoint": "https://[push/1"},
    {"endpoint": "file:///etc/passwd"},
    {"endpoint": "https://push.example.com/\r\nX: y"},
    {"endpoint": ""},
    {"endpoint": "https://push.example.com/" + "a" * 1000},
    {"keys": {"p256dh": "aaaa", "auth": KEYS["auth"]}},
    {"keys": {"p256dh": KEYS["p256dh"], "auth": "aaaa"}},
    {"keys": {"p256dh": KEYS["p256dh"]}},
    {"unknown": 1},
]


class TestOnTheOpenInternet:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> Settings:
        return Settings(data=tmp_path)

    @pytest.mark.gen_test
    async def test_what_is_no_public_push_service_is_refused(self, api: Api, host: Person, store: Store) -> None:
        good = {"endpoint": "https://push.example.com/1", "keys": {"p256dh": KEYS["p256dh"], "auth": KEYS["auth"]}}
        for change in HOSTILE:
            reply = await api.post("/notifications/push-subscriptions", {**good, **change})
            assert (reply.status, reply.body["code"]) == (400, "invalid"), change
        assert await store.push_subscriptions.of(host.id) == []
        assert (await api.post("/notifications/push-subscriptions", good)).status == 201

    @pytest.mark.gen_test
    async def test_a_name_that_leads_into_our_own_network_is_not_called(
        self, built: Services, notifications: NotificationServices, host: Person, store: Store, clock: MovableClock
    ) -> None:
        service = PushService()
        browser = service.browser("one")
        made = await built.notifications.subscriptions.add(
            await _user(store, host),
            endpoint="https://push.example.com/1",
            device="",
            **browser.subscription()["keys"],
        )
        made.endpoint = browser.endpoint  # as if the name led there: what counts is the address that is connected to
        await store.push_subscriptions.put(made)
        told = await built.notifier.tell(mentioned(host.id))
        assert told is not None
        await notifications.deliverer.deliver_due()
        found = await store.deliveries.by_id(f"{told.id}:push")
        assert found is not None
        assert (found.state, found.error, browser.headers) == ("pending", "NotPublic", [])
        assert found.next_at is not None
        assert to_ms(found.next_at) > clock.now_ms()
        await service.close()


async def _user(store: Store, person: Person) -> Any:
    return await store.users.by_id(person.id)
