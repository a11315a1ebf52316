"""Where somebody is signed in, and the end of it."""

import pytest

from api.application import AccessServices
from realtime.credentials import BadCredential
from realtime.protocol import Hello
from store.database import Store
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


@pytest.mark.gen_test
async def test_open_sessions_are_listed_the_last_used_first(api: Api, host: Person, clock: MovableClock) -> None:
    clock.move(60)
    login = {"email": host.email, "password": host.password}
    device = {"User-Agent": "Film club\t1.0 " + "x" * 300}
    await api.post("/auth/login", login, headers=device, token="")
    listed = await api.get("/auth/sessions")
    assert listed.body["next"] is None
    second, first = listed.body["items"]
    assert (first["current"], second["current"]) == (True, False)
    assert second["device"].startswith("Film club")
    assert len(second["device"]) == 200
    assert first["created_at"] < second["created_at"]
    clock.move(60)
    await api.post("/auth/refresh", {"refresh_token": host.refresh_token})
    renewed = (await api.get("/auth/sessions")).body["items"]
    assert [item["id"] for item in renewed] == [first["id"], second["id"]]
    assert (renewed[0]["created_at"], renewed[0]["expires_at"]) == (first["created_at"], first["expires_at"])
    assert renewed[0]["last_used_at"] > first["last_used_at"]


@pytest.mark.gen_test
async def test_a_session_is_ended_with_its_sockets(api: Api, host: Person, identity: AccessServices) -> None:
    other = await api.sign_in(host.email)
    told: list[str] = []
    identity.sessions.ended = told.append
    found = {item["current"]: item["id"] for item in (await api.get("/auth/sessions")).body["items"]}
    assert (await api.delete(f"/auth/sessions/{found[False]}")).status == 204
    assert told == [found[False]]
    assert (await api.get("/users/me", token=other.token)).status == 401
    assert (await api.post("/auth/refresh", {"refresh_token": other.refresh_token})).status == 401
    assert [item["id"] for item in (await api.get("/auth/sessions")).body["items"]] == [found[True]]
    assert (await api.delete(f"/auth/sessions/{found[False]}")).status == 404


@pytest.mark.gen_test
async def test_somebody_elses_session_is_not_there(api: Api, host: Person, guest: Person) -> None:
    (theirs,) = (await api.get("/auth/sessions", token=guest.token)).body["items"]
    reply = await api.delete(f"/auth/sessions/{theirs['id']}")
    absent = await api.delete("/auth/sessions/0198")
    for answer in (reply, absent):
        answer.body.pop("request_id")
    assert (reply.status, reply.body) == (404, absent.body)
    assert (await api.get("/users/me", token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_a_ticket_of_a_session_that_is_over_opens_nothing(
    api: Api, host: Person, identity: AccessServices
) -> None:
    ticket = (await api.post("/auth/ticket")).body["ticket"]
    (mine,) = (await api.get("/auth/sessions")).body["items"]
    assert (await api.delete(f"/auth/sessions/{mine['id']}")).status == 204
    with pytest.raises(BadCredential) as refused:
        await identity.credentials.identify(Hello(ticket=ticket))
    assert refused.value.close_code == 4501


@pytest.mark.gen_test
async def test_a_session_that_ends_in_the_middle_of_a_rotation_stays_ended(
    api: Api, host: Person, identity: AccessServices, store: Store
) -> None:
    """The end comes between the use of a token and the making of its successor."""
    add = store.refresh_tokens.add
    user = await store.users.by_id(host.id)
    assert user is not None

    async def late(token: object) -> None:
        assert await identity.sessions.end_all(user) == 1
        await add(token)  # type: ignore[arg-type]

    store.refresh_tokens.add = late  # type: ignore[method-assign]
    assert (await api.post("/auth/refresh", {"refresh_token": host.refresh_token})).status == 401
    assert await identity.sessions.of(user) == []
