"""Invites to parties: who may make them, whom they let in, and how often."""

import asyncio
import logging

import pytest

from conf.clock import utc
from realtime.engine import Engine
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome
from tests.api.invites import a_private_party, accept, invited, recorded, token_of
from tests.api.letters import Letterbox
from tests.fakes.smtp import link_in

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_an_invite_lets_somebody_into_a_private_party_once(
    api: Api, host: Person, guest: Person, welcome: Welcome, store: Store
) -> None:
    party = await a_private_party(api)
    invite = await invited(api, party)
    assert invite["url"].startswith(f"http://127.0.0.1:8888/p/{party['code']}#invite=")
    assert (await api.get(f"/parties/{party['id']}", token=guest.token)).status == 404
    entered = await accept(api, token_of(invite), guest)
    assert (entered.status, entered.body["party"]["id"]) == (200, party["id"])
    assert (await api.get(f"/parties/{party['id']}/members", token=guest.token)).status == 200
    again = await accept(api, token_of(invite), guest)
    assert (again.status, again.body["seq"]) == (200, entered.body["seq"])
    (listed,) = (await api.get(f"/parties/{party['id']}/invites")).body["items"]
    assert (listed["uses"], listed["max_uses"], "url" in listed) == (1, 1, False)
    assert len(await recorded(store, party["id"], "party.invited")) == 1
    assert [row["user_id"] for row in await recorded(store, party["id"], "party.invite_accepted")] == [guest.id]


@pytest.fixture
def crowd(welcome: Welcome) -> list[Person]:
    return [welcome(f"person{number}") for number in range(100)]


@pytest.mark.gen_test(timeout=60)
async def test_of_a_hundred_people_with_one_link_exactly_one_comes_in(
    api: Api, host: Person, crowd: list[Person], engine: Engine
) -> None:
    party = await a_private_party(api)
    token = token_of(await invited(api, party))
    replies = await asyncio.gather(*(accept(api, token, person) for person in crowd))
    assert sorted(reply.status for reply in replies) == [200] + [404] * 99
    members = (await engine.state(party["id"])).members
    assert sum(member.present for member in members.values()) == 1


@pytest.mark.gen_test(timeout=60)
async def test_a_link_for_seven_lets_seven_in_and_one_person_counts_once(
    api: Api, host: Person, crowd: list[Person]
) -> None:
    party = await a_private_party(api)
    token = token_of(await invited(api, party, max_uses=7))
    many = [person for person in crowd[:30] for _ in range(3)]
    replies = await asyncio.gather(*(accept(api, token, person) for person in many))
    inside = {person.id for person, reply in zip(many, replies, strict=True) if reply.status == 200}
    assert len(inside) == 7
    assert sum(reply.status == 200 for reply in replies) == 21
    assert (await api.get(f"/parties/{party['id']}/invites")).body["items"][0]["uses"] == 7


@pytest.mark.gen_test
async def test_who_is_in_already_spends_nothing(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api)
    token = token_of(await invited(api, party))
    assert (await accept(api, token, host)).status == 200
    assert (await api.get(f"/parties/{party['id']}/invites")).body["items"][0]["uses"] == 0
    assert (await accept(api, token, guest)).status == 200


@pytest.mark.gen_test
async def test_an_invite_opens_a_party_with_a_password(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api, visibility="unlisted", password="open sesame")
    assert (await api.post(f"/parties/{party['id']}/join", {}, token=guest.token)).status == 403
    assert (await accept(api, token_of(await invited(api, party)), guest)).status == 200


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.mark.gen_test
async def test_an_invite_by_name_is_for_that_person_who_is_told_and_needs_no_token(
    api: Api, host: Person, guest: Person, other: Person, store: Store
) -> None:
    party = await a_private_party(api)
    invite = await invited(api, party, username="gustav")
    assert (await accept(api, token_of(invite), other)).status == 404
    assert (await accept(api, invite["id"], other)).status == 404
    told = await store.notifications.by_key(guest.id, f"invited:{invite['id']}")
    assert told is not None
    assert (told.kind, told.by, told.fields["invite"]) == ("invited", host.id, invite["id"])
    assert token_of(invite) not in str(told)
    assert (await accept(api, told.fields["invite"], guest)).status == 200


@pytest.mark.gen_test
async def test_an_open_invite_is_not_had_by_its_id(api: Api, host: Person, guest: Person) -> None:
    invite = await invited(api, await a_private_party(api))
    assert (await accept(api, invite["id"], guest)).status == 404


@pytest.mark.gen_test
async def test_an_invite_by_mail_is_for_the_account_with_that_confirmed_address(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, other: Person, letterbox: Letterbox, store: Store
) -> None:
    party = await a_private_party(api, title="Buy cheap watches")
    invite = await invited(api, party, email="Gustav@Example.com")
    (message,) = await letterbox.fetch()
    assert message["To"] == "Gustav@Example.com"
    assert "cheap" not in message.as_string()
    plain, html = (message.get_body((form,)) for form in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "hanna invites you" in plain.get_content()
    assert "hanna invites you" in html.get_content()
    token = link_in(message).partition("#invite=")[2]
    assert token != token_of(invite)
    assert (await accept(api, token, guest)).status == 404  # not confirmed yet
    await store.users.set_verified(guest.id)
    await store.users.set_verified(other.id)
    assert (await accept(api, token, other)).status == 404
    assert (await accept(api, token, guest)).status == 200


@pytest.mark.gen_test
async def test_a_mail_reaches_an_address_without_an_account_and_not_after_the_invite_was_revoked(
    api: Api, host: Person, letterbox: Letterbox, store: Store
) -> None:
    party = await a_private_party(api)
    await invited(api, party, email="nobody@example.com")
    (message,) = await letterbox.fetch()
    assert "Hello there," in message.as_string()
    revoked = await invited(api, party, email="somebody@example.com")
    assert (await api.delete(f"/parties/{party['id']}/invites/{revoked['id']}")).status == 204
    assert await letterbox.fetch() == []
    assert [mail.state for mail in await store.outbox.to("somebody@example.com")] == ["dropped"]


@pytest.mark.gen_test
async def test_invites_by_mail_are_bounded(api: Api, host: Person) -> None:
    party = await a_private_party(api)
    asked = [await api.post(f"/parties/{party['id']}/invites", {"email": "a@example.com"}) for _ in range(6)]
    assert [reply.status for reply in asked] == [201] * 5 + [429]


@pytest.mark.gen_test
async def test_a_revoked_an_expired_and_an_ended_partys_invite_are_dead(
    api: Api, host: Person, guest: Person, clock: MovableClock, store: Store
) -> None:
    party = await a_private_party(api)
    revoked, expired = await invited(api, party), await invited(api, party, expires_in_s=60)
    path = f"/parties/{party['id']}/invites"
    assert (await api.delete(f"{path}/{revoked['id']}")).status == 204
    assert (await api.delete(f"{path}/{revoked['id']}")).status == 404
    assert (await accept(api, token_of(revoked), guest)).status == 404
    clock.move(61)
    assert (await accept(api, token_of(expired), guest)).status == 404
    assert (await api.get(path)).body["items"] == []
    late = await invited(api, party)
    await api.post(f"/parties/{party['id']}/end")
    assert (await accept(api, token_of(late), guest)).status == 404
    assert (await api.post(path, {})).body["code"] == "ended"
    assert await store.invites.count(party["id"], utc(clock.now_ms())) == 1


@pytest.mark.gen_test
async def test_all_dead_invites_answer_alike(api: Api, host: Person, guest: Person, other: Person) -> None:
    party = await a_private_party(api)
    used, named = await invited(api, party), await invited(api, party, username="olga")
    await accept(api, token_of(used), other)
    texts = []
    for token in (token_of(used), token_of(named), "x" * 43, "nonsense", "%24ne"):
        reply = await accept(api, token, guest)
        assert reply.status == 404
        texts.append(reply.body["detail"])
    assert len(set(texts)) == 1


@pytest.mark.gen_test
async def test_only_host_and_cohosts_invite(api: Api, host: Person, guest: Person, other: Person) -> None:
    party = await a_private_party(api, visibility="public")
    path = f"/parties/{party['id']}"
    for person in (guest, other):
        await api.post(f"{path}/join", {}, token=person.token)
    await api.post(f"{path}/control", {"command": "member.role", "member_id": other.id, "role": "cohost"})
    for method, tail in (("GET", ""), ("POST", ""), ("DELETE", "/x")):
        reply = await api.call(method, f"{path}/invites{tail}", token=guest.token)
        assert (reply.status, reply.body["code"]) == (403, "forbidden")
    assert (await api.post(f"{path}/invites", {}, token=other.token)).status == 201
    hidden = await a_private_party(api)
    assert (await api.post(f"/parties/{hidden['id']}/invites", {}, token=guest.token)).status == 404
    assert (await api.post(f"{path}/invites", {}, token="")).status == 401


@pytest.mark.gen_test
async def test_whoever_the_party_refuses_spends_nothing(
    api: Api, host: Person, guest: Person, other: Person, engine: Engine
) -> None:
    party = await a_private_party(api)
    path = f"/parties/{party['id']}"
    await accept(api, token_of(await invited(api, party)), guest)
    await api.post(f"{path}/control", {"command": "member.ban", "member_id": guest.id})
    invite = await invited(api, party)
    assert (await accept(api, token_of(invite), guest)).status == 403
    assert (await accept(api, token_of(invite), other)).status == 200


@pytest.mark.gen_test
async def test_a_block_between_two_people_ends_invites_between_them(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api)
    token = token_of(await invited(api, party))
    await api.post("/users/hanna/block", token=guest.token)
    reply = await api.post(f"/parties/{party['id']}/invites", {"username": "gustav"})
    assert (reply.status, reply.body["errors"][0]["path"]) == (400, "$.username")
    await api.delete("/users/hanna/block", token=guest.token)
    await api.post("/users/gustav/block")
    assert (await accept(api, token, guest)).status == 404
    await api.delete("/users/gustav/block")
    assert (await accept(api, token, guest)).status == 200


@pytest.mark.gen_test
async def test_what_cannot_be_is_refused(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api)
    path = f"/parties/{party['id']}/invites"
    for asked in (
        {"username": "nobody"},
        {"username": "hanna"},
        {"username": "gustav", "email": "a@example.com"},
        {"username": "gustav", "max_uses": 2},
        {"max_uses": 0},
        {"max_uses": 101},
        {"expires_in_s": 1},
        {"expires_in_s": 2**63},
        {"email": "no address"},
        {"party_id": "other"},
    ):
        assert (await api.post(path, asked)).status == 400, asked
    await accept(api, token_of(await invited(api, party, username="gustav")), guest)
    assert (await api.post(path, {"username": "gustav"})).body["code"] == "conflict"


@pytest.mark.gen_test
async def test_the_database_and_the_log_hold_no_token(
    api: Api, host: Person, guest: Person, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = f"/parties/{(await a_private_party(api))['id']}/invites"
    token = token_of((await api.post(path, {}, headers={"Idempotency-Key": "k"})).body)
    await accept(api, token, guest)
    for method, path in (("GET", f"/invites/{token}/accept"), ("POST", f"/invites/{token}/accept/x")):
        assert (await api.call(method, path)).status in {404, 405}
    for name in await store._database.list_collection_names():
        assert token not in str(await store._database[name].find({}).to_list(None)), name
    assert "/invites/…/accept" in caplog.text
    assert token not in caplog.text


@pytest.mark.gen_test
async def test_a_list_says_whom_an_invite_is_for(api: Api, host: Person, guest: Person) -> None:
    party = await a_private_party(api)
    await invited(api, party)
    await invited(api, party, username="gustav")
    named, link = (await api.get(f"/parties/{party['id']}/invites")).body["items"]
    assert (named["username"], named["user_id"]) == ("gustav", guest.id)
    assert not {"username", "user_id", "email"} & set(link)
