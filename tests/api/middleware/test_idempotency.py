"""Idempotency-Key: whatever happens to the reply, the request has effect once."""

import asyncio

import pytest

from api.middleware.idempotency import KEPT
from api.routes import ROUTES
from api.services.parties import Parties
from store.database import Store
from store.errors import Unavailable
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs

pytestmark = pytest.mark.integration

KEY = {"Idempotency-Key": "one-and-only"}


async def parties_of(api: Api, person: Person) -> int:
    return len((await api.get("/parties", query={"filter": "mine"}, token=person.token)).body["items"])


@pytest.mark.gen_test
async def test_the_same_request_again_gets_the_same_reply_and_has_no_effect(api: Api, host: Person) -> None:
    first = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    again = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    assert (first.status, again.status) == (201, 201)
    assert again.raw == first.raw
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers.get("ETag") == first.headers.get("ETag")
    assert await parties_of(api, host) == 1


@pytest.mark.gen_test
async def test_without_a_key_it_is_another_request(api: Api, host: Person) -> None:
    for _ in range(2):
        assert (await api.post("/parties", {"title": "Friday"})).status == 201
    assert await parties_of(api, host) == 2


@pytest.mark.gen_test
async def test_another_body_or_path_under_the_same_key_is_a_mistake(api: Api, host: Person) -> None:
    made = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    other = await api.post("/parties", {"title": "Saturday"}, headers=KEY)
    assert (other.status, other.body["code"]) == (422, "idempotency_mismatch")
    second = (await api.post("/parties", {"title": "Saturday"})).body["id"]
    for party, status in ((made.body["id"], 200), (second, 422)):
        assert (await api.post(f"/parties/{party}/start", headers=KEY)).status == status


@pytest.mark.gen_test
async def test_keys_belong_to_a_person_and_a_route(api: Api, host: Person, guest: Person) -> None:
    mine = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    theirs = await api.post("/parties", {"title": "Friday"}, headers=KEY, token=guest.token)
    video = await api.post("/videos", {"title": "Friday", "source": "upload"}, headers=KEY)
    assert (mine.status, theirs.status, video.status) == (201, 201, 201)
    assert mine.body["id"] != theirs.body["id"]
    assert theirs.body["host_id"] == guest.id


@pytest.mark.gen_test
async def test_of_fifty_at_once_one_has_effect(api: Api, host: Person) -> None:
    replies = await asyncio.gather(*(api.post("/parties", {"title": "Friday"}, headers=KEY) for _ in range(50)))
    assert await parties_of(api, host) == 1
    others = [reply for reply in replies if reply.status != 201]
    assert {(reply.status, reply.body["code"]) for reply in others} <= {(409, "in_progress")}
    made = [reply for reply in replies if reply.status == 201]
    assert len({reply.body["id"] for reply in made}) == 1
    assert len([reply for reply in made if "Idempotency-Replayed" not in reply.headers]) == 1
    assert all(int(reply.headers["Retry-After"]) >= 1 for reply in others)
    assert (await api.post("/parties", {"title": "Friday"}, headers=KEY)).raw == made[0].raw


@pytest.mark.gen_test
async def test_what_was_refused_leaves_the_key_free(api: Api, host: Person) -> None:
    assert (await api.post("/parties", {"title": ""}, headers=KEY)).status == 400
    assert (await api.post("/parties", {"title": "Friday"}, headers=KEY)).status == 201


@pytest.mark.gen_test
async def test_a_fault_of_ours_leaves_the_key_free(
    api: Api, host: Person, logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_given: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, logs.expect("request failed"):
        patch.setattr(Parties, "create", broken)
        assert (await api.post("/parties", {"title": "Friday"}, headers=KEY)).status == 500
    assert (await api.post("/parties", {"title": "Friday"}, headers=KEY)).status == 201


@pytest.mark.gen_test
async def test_a_reply_that_could_not_be_kept_is_given_all_the_same(
    api: Api, host: Person, store: Store, logs: ExpectedLogs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_given: object, **_named: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patch, logs.expect("a reply could not be kept"):
        patch.setattr(store.idempotency, "finish", away)
        assert (await api.post("/parties", {"title": "Friday"}, headers=KEY)).status == 201
    again = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    assert (again.status, again.body["code"]) == (409, "in_progress")


@pytest.mark.gen_test
async def test_a_key_is_forgotten_after_a_day(api: Api, host: Person, clock: MovableClock) -> None:
    first = await api.post("/parties", {"title": "Friday"}, headers=KEY)
    clock.move(KEPT.total_seconds() + 1)
    token = (await api.sign_in(host.email)).token
    second = await api.post("/parties", {"title": "Saturday"}, headers=KEY, token=token)
    assert (second.status, second.body["id"] != first.body["id"]) == (201, True)


@pytest.mark.gen_test
async def test_bad_keys_are_refused(api: Api, host: Person) -> None:
    for bad in ("x" * 129, "é"):
        reply = await api.post("/parties", {"title": "Friday"}, headers={"Idempotency-Key": bad})
        assert (reply.status, reply.body["code"]) == (400, "invalid"), bad


@pytest.mark.gen_test
async def test_replies_with_credentials_are_never_kept(api: Api, host: Person, store: Store) -> None:
    party = (await api.post("/parties", {"title": "x"})).body["id"]
    for path in ("/auth/ticket", f"/parties/{party}/invites"):
        first, second = await api.post(path, {}, headers=KEY), await api.post(path, {}, headers=KEY)
        assert (first.status, second.status) == (201, 201)
        assert first.body != second.body
    assert await store._collection("idempotency").count({}) == 0


def test_posts_that_keep_their_reply_are_all_but_those_with_credentials_or_a_way_of_their_own() -> None:
    left_out = {route.name for route in ROUTES if route.method == "POST" and not route.keeps_reply}
    assert {name for name in left_out if "/auth/" not in name} == {
        "POST /parties/{party_id}/control",
        "POST /parties/{party_id}/invites",
    }
