"""Maintenance: staff work, everybody else is told when to come back."""

import pytest

from api.routes import ROUTES
from api.services.all import Services
from store.database import Store
from store.documents import SwitchChanges
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome

pytestmark = pytest.mark.integration


@pytest.fixture
def staff(welcome: Welcome, store: Store, io_loop: object) -> Person:
    person = welcome("stella")
    io_loop.run_sync(lambda: store.users.set_role(person.id, "staff"))  # type: ignore[attr-defined]
    return person


async def switch(built: Services, store: Store, staff: Person, *, on: bool) -> None:
    user = await store.users.by_id(staff.id)
    assert user is not None
    await built.switches.change(SwitchChanges(maintenance=on, maintenance_message="Back at noon."), user)


@pytest.mark.gen_test
async def test_everybody_but_staff_is_told_to_come_back(
    api: Api, host: Person, staff: Person, built: Services, store: Store
) -> None:
    party = (await api.post("/parties", {"title": "x"})).body["id"]
    await switch(built, store, staff, on=True)
    for method, path in (("GET", "/users/me"), ("GET", "/parties"), ("POST", f"/parties/{party}/start")):
        for token in (host.token, ""):
            reply = await api.call(method, path, token=token)
            assert (reply.status, reply.body["code"]) == (503, "maintenance"), (path, reply)
            assert reply.body["detail"] == "Back at noon."
            assert int(reply.headers["Retry-After"]) >= 1
        reply = await api.call(method, path, token=staff.token)
        assert (reply.status, "start" in path) in {(200, False), (403, True)}  # it is somebody else's party
    await switch(built, store, staff, on=False)
    assert (await api.get("/users/me")).status == 200


@pytest.mark.gen_test
async def test_health_goes_on(api: Api, staff: Person, built: Services, store: Store) -> None:
    await switch(built, store, staff, on=True)
    for path in ("/healthz", "/readyz", "/version", "/openapi.json"):
        assert (await api.get(path, token="")).status == 200


@pytest.mark.gen_test
async def test_only_staff_sign_in_and_nobody_loses_a_session(
    api: Api, host: Person, staff: Person, built: Services, store: Store
) -> None:
    await switch(built, store, staff, on=True)
    refused = await api.post("/auth/login", {"email": host.email, "password": host.password}, token="")
    assert (refused.status, refused.body["code"]) == (503, "maintenance")
    wrong = await api.post("/auth/login", {"email": host.email, "password": "not the one"}, token="")
    assert wrong.status == 401
    assert (await api.sign_in(staff.email)).id == staff.id
    renewed = await api.post("/auth/refresh", {"refresh_token": host.refresh_token}, token="")
    assert renewed.status == 200
    assert (await api.get("/users/me", token=renewed.body["access_token"])).status == 503
    assert (await api.post("/auth/logout", {"refresh_token": renewed.body["refresh_token"]}, token="")).status == 204


@pytest.mark.gen_test
async def test_an_expired_token_of_staff_is_told_to_be_refreshed(
    api: Api, staff: Person, built: Services, store: Store, clock: MovableClock
) -> None:
    await switch(built, store, staff, on=True)
    clock.move(15 * 60 + 31)
    reply = await api.get("/users/me", token=staff.token)
    assert (reply.status, reply.body["code"]) == (401, "token_expired")


def test_the_ways_in_are_few() -> None:
    assert {route.name for route in ROUTES if route.in_maintenance} == {
        f"POST /auth/{name}" for name in ("login", "refresh", "logout")
    }
