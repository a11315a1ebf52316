"""What must not get in: operators, fields, paths, and what was never meant to be there."""

import base64
import json
from typing import Any

import msgspec
import pytest

from api.ask import Nothing
from api.route import Route
from api.routes import ROUTES
from api.schemas.fields import Body
from store.database import Store
from store.documents import User
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration

OPERATORS: tuple[Any, ...] = (
    {"$gt": ""},
    {"$ne": None},
    {"$in": ["a"]},
    {"$where": "sleep(1000)"},
    {"$regex": ".*"},
    ["a"],
)


@pytest.mark.gen_test(timeout=60)
async def test_no_operator_of_mongodb_passes_a_field(api: Api, host: Person) -> None:
    for operator in OPERATORS:
        for field in ("email", "password"):
            body = {"email": host.email, "password": host.password} | {field: operator}
            assert (await api.post("/auth/login", body, token="")).status == 400
        assert (await api.post("/auth/refresh", {"refresh_token": operator}, token="")).status == 400
        assert (await api.post("/parties", {"title": "x", "video_id": operator})).status == 400
    for name in ("limit[$gt]", "cursor[$ne]", "$where"):
        assert (await api.get("/videos", query={name: "1"})).status == 400


EXTRA = {
    "role": "staff",
    "verified": True,
    "suspended": False,
    "id": "x",
    "uploader_id": "x",
    "host_id": "x",
    "status": "ready",
}
BODIES = [route for route in ROUTES if route.sink is None and route.body is not Nothing]


def test_every_body_refuses_what_it_does_not_name() -> None:
    for route in BODIES:
        kinds = getattr(route.body, "__args__", (route.body,))
        for kind in kinds:
            assert kind.__struct_config__.forbid_unknown_fields, route.name
            assert issubclass(kind, Body | msgspec.Struct), route.name


@pytest.mark.gen_test(timeout=60)
async def test_no_field_is_set_that_the_action_does_not_name(api: Api, host: Person, store: Store) -> None:
    account = {"email": "m@example.com", "username": "mallory", "password": "a seat in the first row"}
    account["password_confirm"] = account["password"]
    for name, value in EXTRA.items():
        extra = {name: value}
        assert (await api.post("/auth/register", account | extra, token="")).status == 400
        assert (await api.patch("/users/me", {"display_name": "Hanna"} | extra)).status == 400
        assert (await api.post("/parties", {"title": "Friday"} | extra)).status == 400
    found = await store.users.by_id(host.id)
    assert found is not None
    assert (found.role, found.verified) == ("user", False)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.method == "GET"], ids=lambda route: route.name)
def test_nothing_is_changed_by_reading(route: Route) -> None:
    """A GET takes no body, and of what staff read only what takes data away is written down."""
    assert route.body is Nothing
    assert route.audit is None or route.path.endswith("/export") or "log" in route.audit or "list" in route.audit, (
        route.name
    )


CREDENTIALS = {"token", "access_token", "refresh_token", "password", "ticket", "secret", "code", "api_key", "session"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_route_takes_a_credential_in_its_query(route: Route) -> None:
    """Players cannot send a header line: the signature of a stream is good for six hours and for one video."""
    fields = set(getattr(route.query, "__struct_fields__", ()))
    assert not fields & CREDENTIALS
    assert "signature" not in fields or (
        route.access is not None and route.access.name in {"video:playable", "video:visible"}
    )


@pytest.mark.gen_test(timeout=60)
async def test_no_page_sends_people_elsewhere(serve: Any) -> None:
    served = await serve()
    for path in ("//evil.example.com", "/signin?next=https://evil.example.com", "/\\evil.example.com", "/signin/"):
        reply = await served.get(path)
        assert reply.code not in {301, 302, 303, 307, 308}, path
        assert "Location" not in reply.headers


@pytest.mark.gen_test(timeout=60)
async def test_no_name_of_a_client_becomes_a_path(api: Api, host: Person, clip: bytes, store: Store) -> None:
    made = (await api.post("/videos", {"title": "../../etc/passwd", "source": "upload"})).body
    lines = {"Content-Disposition": 'attachment; filename="../../evil.html"', "Content-Type": "text/html"}
    assert (await api.put(f"/videos/{made['id']}/content", clip, headers=lines)).status == 200
    kept = await store.videos.by_id(made["id"])
    assert kept is not None
    assert kept.file_name is not None
    assert kept.file_name.isalnum()
    played = await api.get(f"/videos/{made['id']}/stream")
    assert played.headers["Content-Type"] == "video/mp4"
    assert "evil" not in played.headers["Content-Disposition"]


@pytest.mark.gen_test(timeout=60)
async def test_a_new_installation_has_no_accounts(api: Api, store: Store) -> None:
    assert await store.users.staff() == []
    for name in ("admin", "root", "sa", "matinee", "test"):
        assert await store.users.by_username(name) is None
        reply = await api.post("/auth/login", {"email": f"{name}@localhost", "password": name}, token="")
        assert reply.status == 401


def test_an_account_has_no_hint_or_secret_question() -> None:
    assert not [name for name in User.__struct_fields__ if "hint" in name or "question" in name or "answer" in name]


@pytest.mark.gen_test(timeout=60)
async def test_a_password_is_good_for_years(api: Api, host: Person, clock: MovableClock) -> None:
    clock.move(3 * 365 * 86_400)
    assert (await api.sign_in(host.email, host.password)).id == host.id


@pytest.mark.gen_test(timeout=60)
async def test_reference_tokens_have_256_bits(api: Api, host: Person) -> None:
    tickets = {(await api.post("/auth/ticket")).body["ticket"] for _ in range(50)}
    assert len(tickets) == 50
    refresh = {(await api.sign_in(host.email, host.password)).refresh_token for _ in range(3)}
    for token in tickets | refresh | {host.refresh_token}:
        assert len(base64.urlsafe_b64decode(token + "=")) >= 32
    rotated = (await api.post("/auth/refresh", {"refresh_token": host.refresh_token}, token="")).body["refresh_token"]
    assert len(bytes.fromhex(rotated)) == 32


@pytest.mark.gen_test(timeout=60)
async def test_showing_the_password_again_replaces_the_tokens(api: Api, host: Person) -> None:
    again = await api.post("/auth/reauthenticate", {"password": host.password})
    assert again.status == 200
    assert again.body["access_token"] != host.token
    assert (await api.get("/users/me", token=again.body["access_token"])).status == 200
    old = await api.post("/auth/refresh", {"refresh_token": host.refresh_token}, token="")
    assert old.status == 401
    assert json.dumps(again.body).count(host.refresh_token) == 0
