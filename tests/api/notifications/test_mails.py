"""Notifications that go out as mails: each once, when its person wants them, to a real SMTP server."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.application import MailServices
from api.services.all import Services
from api.services.notifications.all import NotificationServices, notification_services
from api.services.notifications.deliverer import LEASE
from api.services.notifications.notifier import Note
from conf.clock import to_ms, utc
from conf.metrics import NullMetrics
from conf.secrets import Secrets
from conf.settings import Settings
from realtime.bus.memory import MemoryBus
from store.database import Store
from store.documents import Delivery
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.notifications.conftest import Invite, Raw
from tests.fakes.smtp import SmtpServer

pytestmark = pytest.mark.integration


async def sent(notifications: NotificationServices, mail: MailServices) -> None:
    await notifications.deliverer.deliver_due()
    await mail.sender.send_due()


async def delivery(store: Store, user_id: str, way: str = "email") -> Delivery:
    (found,) = [one for one in await store.deliveries.of_user(user_id) if one.way == way and one.notification_id]
    return found


def set_clock(clock: MovableClock, moment: datetime) -> None:
    clock.ahead_ms += to_ms(moment) - clock.now_ms()


@pytest.mark.gen_test
async def test_what_is_told_a_hundred_times_at_once_is_one_row_and_one_mail(  # noqa: PLR0917 - fixtures
    built: Services,
    notifications: NotificationServices,
    mail: MailServices,
    smtp: SmtpServer,
    raw: Raw,
    invited: Invite,
) -> None:
    told = await asyncio.gather(*(built.notifier.tell(invited("invited:1")) for _ in range(100)))
    assert sum(one is not None for one in told) == 1
    await sent(notifications, mail)
    await sent(notifications, mail)
    assert raw.notifications.count_documents({}) == 1
    assert [row["state"] for row in raw.deliveries.find()] == ["sent"]
    (message,) = smtp.mails
    assert message["Subject"] == "You are invited to a watch party · Matinee"
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert "gustav invites you to a watch party." in part.get_content()
        assert "/p/ABCD2345" in part.get_content()
        assert "Film night" not in part.get_content()  # a title may be an advertisement


@pytest.mark.gen_test
async def test_of_several_nodes_one_sends(  # noqa: PLR0917 - fixtures
    built: Services,
    store: Store,
    mail: MailServices,
    smtp: SmtpServer,
    clock: MovableClock,
    settings: Settings,
    secrets: Secrets,
    invited: Invite,
) -> None:
    for number in range(10):
        await built.notifier.tell(invited(f"invited:{number}"))
    nodes = [
        notification_services(
            store=store,
            mailbox=mail.box,
            bus=MemoryBus(),
            clock=clock,
            metrics=NullMetrics(),
            settings=settings,
            secrets=secrets,
        )
        for _ in range(4)
    ]
    tried = await asyncio.gather(*(node.deliverer.deliver_due() for node in nodes))
    assert sum(tried) == 10
    await mail.sender.send_due()
    assert len(smtp.mails) == len({str(message["Message-ID"]) for message in smtp.mails}) == 10


@pytest.mark.gen_test
@pytest.mark.parametrize("died", ["before it was posted", "after it was posted"])
async def test_a_node_that_dies_over_a_delivery_leaves_exactly_one_more_try(  # noqa: PLR0917 - fixtures
    built: Services,
    notifications: NotificationServices,
    store: Store,
    mail: MailServices,
    smtp: SmtpServer,
    clock: MovableClock,
    invited: Invite,
    hanna: Person,
    died: str,
) -> None:
    await built.notifier.tell(invited("invited:1"))
    claimed = await store.deliveries.claim(utc(clock.now_ms()), LEASE)
    assert claimed is not None
    if died == "after it was posted":
        await notifications.deliverer._try(claimed)
    assert await notifications.deliverer.deliver_due() == 0
    clock.move(LEASE.total_seconds() + 1)
    assert await notifications.deliverer.deliver_due() == 1
    await mail.sender.send_due()
    found = await delivery(store, hanna.id)
    assert (found.state, found.attempts, len(smtp.mails)) == ("sent", 2, 1)
    assert not await store.deliveries.end(claimed, "failed", utc(clock.now_ms()))


@pytest.mark.gen_test
async def test_a_notification_whose_teller_died_is_planned_by_the_next_node(  # noqa: PLR0917 - fixtures
    built: Services,
    notifications: NotificationServices,
    mail: MailServices,
    smtp: SmtpServer,
    clock: MovableClock,
    invited: Invite,
    raw: Raw,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(*_given: Any) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(built.notifier._planner, "plan", dies)
        with pytest.raises(asyncio.CancelledError):
            await built.notifier.tell(invited("invited:1"))
    await sent(notifications, mail)
    assert smtp.mails == []
    clock.move(31)
    await sent(notifications, mail)
    assert len(smtp.mails) == 1
    assert [row["planned"] for row in raw.notifications.find()] == [True]


@pytest.mark.gen_test
async def test_what_was_read_before_it_went_does_not_go(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    store: Store,
    hanna: Person,
    invited: Invite,
) -> None:
    told = await built.notifier.tell(invited("invited:1"))
    assert told is not None
    assert (await api.post(f"/notifications/{told.id}/read")).status == 200
    await notifications.deliverer.deliver_due()
    assert (await delivery(store, hanna.id)).state == "read"
    assert await store.outbox.to(hanna.email) == []


@pytest.mark.gen_test
async def test_an_address_that_nobody_confirmed_gets_security_notices_only(
    built: Services, notifications: NotificationServices, store: Store, guest: Person
) -> None:
    await built.notifier.tell(Note(user_id=guest.id, kind="invited", key="i"))
    await built.notifier.tell(Note(user_id=guest.id, kind="security", key="s", fields={"event": "password_changed"}))
    await notifications.deliverer.deliver_due()
    assert [row.kind for row in await store.outbox.to(guest.email)] == ["password_changed"]


@pytest.mark.gen_test
async def test_a_kind_that_is_switched_off_goes_by_no_way(  # noqa: PLR0917 - fixtures
    api: Api, built: Services, notifications: NotificationServices, store: Store, hanna: Person, invited: Invite
) -> None:
    off = {"in_app": False, "email": False, "push": False}
    assert (await api.call("PUT", "/notifications/preferences", {"kinds": {"invited": off}})).status == 200
    await built.notifier.tell(invited("invited:1"))
    await notifications.deliverer.deliver_due()
    listed = (await api.get("/notifications")).body
    assert (listed["items"], listed["unread_count"]) == ([], 0)
    assert await store.deliveries.of_user(hanna.id) == []
    assert await built.notifier.tell(invited("invited:1")) is None  # it counts as told all the same


@pytest.mark.gen_test
async def test_quiet_hours_put_mails_off_but_not_security(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    store: Store,
    clock: MovableClock,
    hanna: Person,
    invited: Invite,
) -> None:
    set_clock(clock, datetime(2050, 11, 26, 23, 30, tzinfo=UTC))
    hanna.token = (await api.sign_in(hanna.email)).token
    quiet = {"quiet_hours": {"from": "22:00", "to": "07:00"}}
    assert (await api.call("PUT", "/notifications/preferences", quiet, token=hanna.token)).status == 200
    await built.notifier.tell(invited("invited:1"))
    await built.notifier.tell(Note(user_id=hanna.id, kind="security", key="s", fields={"event": "session_stolen"}))
    await notifications.deliverer.deliver_due()
    assert "invited" not in [row.kind for row in await store.outbox.to(hanna.email)]
    assert "session_stolen" in [row.kind for row in await store.outbox.to(hanna.email)]
    set_clock(clock, datetime(2050, 11, 27, 6, 59, 50, tzinfo=UTC))
    assert await notifications.deliverer.deliver_due() == 0
    set_clock(clock, datetime(2050, 11, 27, 7, 0, 1, tzinfo=UTC))
    assert await notifications.deliverer.deliver_due() == 1
    assert "invited" in [row.kind for row in await store.outbox.to(hanna.email)]


@pytest.mark.gen_test
async def test_two_nodes_that_come_to_a_digest_send_it_once(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    mail: MailServices,
    smtp: SmtpServer,
    store: Store,
    clock: MovableClock,
    hanna: Person,
    invited: Invite,
) -> None:
    set_clock(clock, datetime(2050, 11, 26, 12, tzinfo=UTC))
    token = (await api.sign_in(hanna.email)).token
    await api.call("PUT", "/notifications/preferences", {"email_mode": "daily"}, token=token)
    await sent(notifications, mail)
    smtp.mails.clear()  # of the sign-in
    for number in range(3):
        await built.notifier.tell(invited(f"invited:{number}"))
    read = await built.notifier.tell(invited("read"))
    assert read is not None
    await api.post(f"/notifications/{read.id}/read", token=token)
    await sent(notifications, mail)
    assert smtp.mails == []
    set_clock(clock, datetime(2050, 11, 27, 8, 0, 1, tzinfo=UTC))
    first = await store.deliveries.claim(utc(clock.now_ms()), LEASE)
    assert first is not None
    clock.move(LEASE.total_seconds() + 1)  # the first node is slow: its claim runs out, and another one comes
    second = await store.deliveries.claim(utc(clock.now_ms()), LEASE)
    assert second is not None
    assert first.id == second.id == f"digest:{hanna.id}:daily:2050-11-27"
    outcomes = await asyncio.gather(*(notifications.deliverer._try(claim) for claim in (first, second)))
    for claim, outcome in zip((first, second), outcomes, strict=True):
        await notifications.deliverer._settle(claim, outcome)
    await mail.sender.send_due()
    (message,) = smtp.mails
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().count("gustav invites you") == 3
    states = sorted(one.state for one in await store.deliveries.of_user(hanna.id) if one.digest)
    assert states == ["read", "sent", "sent", "sent"]
    clock.move(timedelta(days=2).total_seconds())
    await sent(notifications, mail)
    assert len(smtp.mails) == 1


@pytest.mark.gen_test
async def test_what_comes_while_a_digest_goes_waits_for_the_next_one(  # noqa: PLR0917 - fixtures
    api: Api,
    built: Services,
    notifications: NotificationServices,
    store: Store,
    clock: MovableClock,
    hanna: Person,
    invited: Invite,
) -> None:
    set_clock(clock, datetime(2050, 11, 26, 12, tzinfo=UTC))
    token = (await api.sign_in(hanna.email)).token
    await api.call("PUT", "/notifications/preferences", {"email_mode": "daily"}, token=token)
    await notifications.deliverer.deliver_due()
    await built.notifier.tell(invited("in time"))
    set_clock(clock, datetime(2050, 11, 27, 8, 0, 1, tzinfo=UTC))
    claimed = await store.deliveries.claim(utc(clock.now_ms()), LEASE)
    assert claimed is not None
    outcome = await notifications.deliverer._try(claimed)
    late = await built.notifier.tell(invited("late"))
    assert late is not None
    await store.deliveries.move(f"{late.id}:email", claimed.id)  # as if planned a moment before the digest was read
    await notifications.deliverer._settle(claimed, outcome)
    found = await store.deliveries.by_id(f"{late.id}:email")
    assert found is not None
    assert (found.state, found.digest) == ("pending", f"digest:{hanna.id}:daily:2050-11-28")
