"""One's own profile: there from the first moment, changed by its owner, and names that nobody is misled by."""

import asyncio
from typing import Any

import pytest
from pymongo import MongoClient

from api.services.names import skeleton
from tests.api.client import Api, Person

pytestmark = pytest.mark.integration

PASSWORD = "correct horse battery"


def registration(username: str, **changes: Any) -> dict[str, Any]:
    body = {"email": f"{username}@example.com", "username": username}
    return {**body, "password": PASSWORD, "password_confirm": PASSWORD, **changes}


@pytest.mark.gen_test
async def test_registration_returns_the_profile_that_it_made(
    api: Api, mongo_client: MongoClient[dict[str, Any]], database: str
) -> None:
    made = await api.post("/auth/register", registration("ada", display_name="Ada L."))
    assert made.status == 201
    assert made.body["profile"] == {
        "display_name": "Ada L.",
        "bio": "",
        "time_zone": "UTC",
        "privacy": "public",
        "locale": None,
        "avatar_url": None,
    }
    kept = mongo_client[database].users.find_one({"_id": made.body["id"]})
    assert kept is not None
    assert kept["profile"]["privacy"] == "public"  # in the account's own document: there is never one without the other


@pytest.mark.gen_test
async def test_a_profile_is_changed_field_by_field(api: Api, host: Person) -> None:
    first = await api.patch("/users/me", {"bio": "Films\r\nand dogs", "time_zone": "Europe/Berlin", "locale": "pt-BR"})
    second = await api.patch("/users/me", {"display_name": "  Hanna H.  ", "privacy": "followers"})
    assert first.status == second.status == 200, (first, second)
    assert second.body["display_name"] == second.body["profile"]["display_name"] == "Hanna H."
    assert second.body["profile"] | {"display_name": ""} == {
        "display_name": "",
        "bio": "Films\nand dogs",
        "time_zone": "Europe/Berlin",
        "privacy": "followers",
        "locale": "pt-BR",
        "avatar_url": None,
    }
    assert (await api.get("/users/me")).body == second.body
    assert (await api.patch("/users/me", {})).body == second.body
    assert (await api.patch("/users/me", {"locale": None})).body["profile"]["locale"] is None


@pytest.mark.gen_test
@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"time_zone": "Mars/Olympus"}, "$.time_zone"),
        ({"time_zone": "../../etc/passwd"}, "$.time_zone"),
        ({"time_zone": "Europe"}, "$.time_zone"),
        ({"time_zone": "Europe/Ber\x00lin"}, "$.time_zone"),
        ({"time_zone": "/Europe/Berlin"}, "$.time_zone"),
        ({"privacy": "friends"}, "$.privacy"),
        ({"locale": "no locale"}, "$.locale"),
        ({"bio": "x" * 1001}, "$.bio"),
        ({"bio": "a\x07b"}, "$.bio"),
        ({"bio": None}, "$.bio"),
        ({"display_name": "Ann\u200bA"}, "$.display_name"),
        ({"display_name": "Ann\u200dA"}, "$.display_name"),
        ({"display_name": "\u3164"}, "$.display_name"),
        ({"display_name": "\u202eevil"}, "$.display_name"),
        ({"avatar": "film"}, "$.avatar"),
        ({"role": "staff"}, "$.role"),
    ],
)
async def test_what_will_not_do_is_named(api: Api, host: Person, body: dict[str, Any], path: str) -> None:
    refused = await api.patch("/users/me", body)
    assert refused.status == 400, refused
    assert [fault["path"] for fault in refused.body["errors"]] == [path]


@pytest.mark.gen_test
async def test_names_are_composed(api: Api, host: Person) -> None:
    changed = await api.patch("/users/me", {"display_name": "Zoe\u0301"})
    assert changed.body["display_name"] == "Zo\u00e9"


@pytest.mark.parametrize(
    ("name", "other"),
    [("Ada", "aDA"), ("bill", "bi11"), ("modern", "modem"), ("vvim", "wim"), ("jo.b", "jo_b"), ("J0hn", "john")],
)
def test_names_that_look_alike_have_one_skeleton(name: str, other: str) -> None:
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(("name", "other"), [("ada", "adam"), ("bot-1", "bot-2"), ("annb", "ann.b"), ("u5", "us")])
def test_names_that_can_be_told_apart_have_two(name: str, other: str) -> None:
    assert skeleton(name) != skeleton(other)


@pytest.mark.gen_test(timeout=60)
async def test_a_username_that_looks_like_another_is_taken(api: Api) -> None:
    assert (await api.post("/auth/register", registration("paulina"))).status == 201
    refused = await api.post("/auth/register", registration("PauIina", email="other@example.com"))
    assert refused.status == 409
    assert [fault["path"] for fault in refused.body["errors"]] == ["$.username"]
    names = ["rn.one", "m-one", "rn_one", "m.0ne"]
    bodies = [registration(name, email=f"n{n}@example.com") for n, name in enumerate(names)]
    replies = await asyncio.gather(*(api.post("/auth/register", body) for body in bodies))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409]
