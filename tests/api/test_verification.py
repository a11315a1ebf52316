"""The proof that an e-mail address is its owner's."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from api.application import MailServices
from api.services.mail.kinds import KINDS
from conf.clock import utc
from store.database import Store
from store.users import Standing
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.letters import Letterbox
from tests.fakes.smtp import link_in

pytestmark = pytest.mark.integration


async def verified(api: Api, person: Person) -> bool:
    return bool((await api.get("/users/me", token=person.token)).body["verified"])


@pytest.mark.gen_test
async def test_registration_sends_a_link_that_confirms_the_address(api: Api, letterbox: Letterbox) -> None:
    person = await api.person("ada")
    (message,) = await letterbox.fetch()
    assert message["To"] == "ada@example.com"
    text = message.get_body(("plain",))
    assert text is not None
    assert "http://127.0.0.1:8888/verify?token=" in text.get_content()
    token = text.get_content().partition("?token=")[2].split()[0]
    assert not await verified(api, person)
    assert (await api.post("/auth/verify-email", {"token": token}, token="")).status == 204
    assert await verified(api, person)
    again = await api.post("/auth/verify-email", {"token": token}, token="")
    assert (again.status, again.body["code"]) == (400, "bad_token")


@pytest.mark.gen_test
async def test_who_is_suspended_gets_no_link_and_gets_one_when_that_is_over(  # noqa: PLR0917 - fixtures
    api: Api, letterbox: Letterbox, host: Person, store: Store, mail: MailServices, clock: MovableClock
) -> None:
    until = utc(clock.now_ms()) + timedelta(hours=1)
    await store.users.set_standing(host.id, Standing(suspended=True, suspended_until=until))
    await mail.box.post("verify_email", host.email)
    assert await letterbox.fetch() == []
    clock.move(3_601)
    await mail.box.post("verify_email", host.email)
    (message,) = await letterbox.fetch()
    assert message["To"] == host.email
    token = link_in(message).partition("?token=")[2]
    assert (await api.post("/auth/verify-email", {"token": token}, token="")).status == 204


@pytest.mark.gen_test(timeout=60)
async def test_of_a_hundred_redemptions_at_once_one_wins(api: Api, letterbox: Letterbox, host: Person) -> None:
    await api.post("/auth/resend-verification")
    body = {"token": await letterbox.token()}
    replies = await asyncio.gather(*(api.post("/auth/verify-email", body, token="") for _ in range(100)))
    assert sorted(reply.status for reply in replies) == [204] + [400] * 99


@pytest.mark.gen_test
async def test_a_link_is_good_for_a_day(api: Api, letterbox: Letterbox, host: Person, clock: MovableClock) -> None:
    await api.post("/auth/resend-verification")
    token = await letterbox.token()
    clock.move(24 * 3600 + 1)
    late = await api.post("/auth/verify-email", {"token": token}, token="")
    assert (late.status, late.body["code"]) == (400, "bad_token")


@pytest.mark.gen_test
async def test_a_link_is_void_for_another_address_or_purpose(  # noqa: PLR0917 - fixtures
    api: Api,
    host: Person,
    mail: MailServices,
    store: Store,
    mongo_client: MongoClient[dict[str, Any]],
    database: str,
) -> None:
    user = await store.users.by_id(host.id)
    assert user is not None
    link = KINDS["verify_email"].link
    assert link is not None
    other = await mail.tokens.make(user, "reset_password", link.life)
    assert (await api.post("/auth/verify-email", {"token": other})).body["code"] == "bad_token"
    moved = await mail.tokens.make(user, "verify_email", link.life)
    changed = {"email": "new@example.com", "email_key": "new@example.com"}
    mongo_client[database].users.update_one({"_id": host.id}, {"$set": changed})
    assert (await api.post("/auth/verify-email", {"token": moved})).body["code"] == "bad_token"
    assert not await verified(api, host)


@pytest.mark.gen_test
async def test_confirming_once_voids_the_other_links(api: Api, letterbox: Letterbox, host: Person) -> None:
    tokens = []
    for _ in range(2):
        await api.post("/auth/resend-verification")
        tokens.append(await letterbox.token())
    assert (await api.post("/auth/verify-email", {"token": tokens[0]})).status == 204
    assert (await api.post("/auth/verify-email", {"token": tokens[1]})).status == 400


@pytest.mark.gen_test
async def test_asking_again_answers_alike_for_every_address(
    api: Api, letterbox: Letterbox, host: Person, store: Store
) -> None:
    known = await api.post("/auth/resend-verification", {"email": host.email.upper()}, token="")
    unknown = await api.post("/auth/resend-verification", {"email": "nobody@example.com"}, token="")
    assert (known.status, known.raw) == (unknown.status, unknown.raw) == (202, b"")
    assert len(await store.outbox.to("nobody@example.com")) == 1  # the same work, before anybody is looked up
    assert [message["To"].lower() for message in await letterbox.fetch()] == [host.email]


@pytest.mark.gen_test
async def test_a_confirmed_address_gets_no_further_link(
    api: Api, letterbox: Letterbox, host: Person, store: Store
) -> None:
    await store.users.set_verified(host.id)
    assert (await api.post("/auth/resend-verification")).status == 202
    assert await letterbox.fetch() == []


@pytest.mark.gen_test
async def test_a_stranger_must_say_which_address(api: Api) -> None:
    reply = await api.post("/auth/resend-verification")
    assert (reply.status, reply.body["errors"][0]["path"]) == (400, "$.email")


@pytest.mark.gen_test
async def test_an_address_gets_five_mails_in_a_quarter_of_an_hour(
    api: Api, host: Person, guest: Person, clock: MovableClock
) -> None:
    for _ in range(5):
        assert (await api.post("/auth/resend-verification")).status == 202
    refused = await api.post("/auth/resend-verification", {"email": host.email.upper()}, token="")
    assert (refused.status, refused.body["code"]) == (429, "rate_limited")
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert (await api.post("/auth/resend-verification", token=guest.token)).status == 202
    clock.move(901)
    assert (await api.post("/auth/resend-verification", {"email": host.email}, token="")).status == 202


@pytest.mark.gen_test
async def test_a_caller_gets_thirty_mails_in_a_quarter_of_an_hour(api: Api) -> None:
    asked = [await api.post("/auth/resend-verification", {"email": f"p{number}@example.com"}) for number in range(31)]
    assert [reply.status for reply in asked] == [202] * 30 + [429]


BAD_TOKENS: list[object] = ["", "x" * 201, "a b", {"$gt": ""}, None, 1]


@pytest.mark.gen_test
async def test_what_is_no_token_is_refused(api: Api) -> None:
    for token in BAD_TOKENS:
        assert (await api.post("/auth/verify-email", {"token": token})).body["code"] == "invalid"
    assert (await api.post("/auth/verify-email", {"token": "A" * 43})).body["code"] == "bad_token"
