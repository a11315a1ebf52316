"""`matinee serve --demo`: accounts, clips and a live party, and the same ones at the second start."""

import asyncio
import json
import stat
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conf.clock import SystemClock
from matinee.demo import past
from matinee.demo.accounts import PEOPLE
from matinee.demo.party import TITLE
from realtime.client import connect
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill


@pytest.fixture(scope="module")
def data(data_folder: Callable[[str], Path]) -> Path:
    return data_folder("demo")


@pytest.fixture(scope="module")
def first(data: Path) -> dict[str, Any]:
    """Start the demo once, look at it, and stop it."""
    with RunningSystem(data, "--demo", "--no-pipeline") as system:
        past_written(data)
        seen = look(system)
        seen["moved"] = asyncio.run(watch(system, seen["party"]["id"], seen["token"]))
        seen["stopped"] = system.stop()
    return seen


def past_written(data: Path) -> None:
    """Wait for the month before, which is written while the party plays already."""
    kept, until = data / past.FILE, time.monotonic() + 120
    while not (kept.exists() and json.loads(kept.read_bytes())["done"]):
        assert time.monotonic() < until
        time.sleep(0.2)


def ask(system: RunningSystem, path: str, body: object = None, token: str = "") -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{system.url}/api/v1{path}", data=content, headers=headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)


def look(system: RunningSystem) -> dict[str, Any]:
    """Take the demo's own words for how to sign in, and see what a viewer sees."""
    (line,) = [line for line in system.lines if line.startswith("demo: ")]
    password = line.partition("password ")[2].split()[0]
    sessions = {
        person.email: ask(system, "/auth/login", {"email": person.email, "password": password}) for person in PEOPLE
    }
    token = sessions["viewer@example.com"]["access_token"]
    (party,) = [one for one in ask(system, "/parties?filter=public", token=token)["items"] if one["title"] == TITLE]
    return {
        "line": line,
        "password": password,
        "users": {email: session["user"] for email, session in sessions.items()},
        "videos": ask(system, "/videos", token=token)["items"],
        "party": party,
        "token": token,
    }


async def watch(system: RunningSystem, party_id: str, token: str) -> bool:
    """Enter the party as a viewer and see whether it plays."""
    client = await connect(system.url, party_id, clock=SystemClock(), token=token)
    await client.until(lambda party: not party.playback.paused, 60)
    before_ms = client.expected_position_ms()
    await asyncio.sleep(1.5)
    moved = client.expected_position_ms() != before_ms
    there = [member for member in client.party.members.values() if member["status"] != "offline"]
    await client.leave()
    await asyncio.sleep(0.3)  # the socket says goodbye
    return moved and len(there) >= 4


def test_the_three_accounts_are_there_and_verified(first: dict[str, Any]) -> None:
    assert {email: (user["verified"], user["role"]) for email, user in first["users"].items()} == {
        "staff@example.com": (True, "staff"),
        "host@example.com": (True, "user"),
        "viewer@example.com": (True, "user"),
    }


def test_the_password_is_kept_for_the_owner_alone(first: dict[str, Any], data: Path) -> None:
    file = data / "demo.txt"
    assert f"password: {first['password']}\n" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_clips_are_uploaded_and_can_be_played(first: dict[str, Any]) -> None:
    # Films of the month before are only told of: who is signed in owns one of them.
    uploads = [video for video in first["videos"] if video["source"] == "upload"]
    assert {video["title"]: video["status"] for video in uploads} == {
        "Harbour lights": "ready",
        "Northern sky": "ready",
        "Paper lanterns": "ready",
    }


def test_a_viewer_finds_a_party_that_plays_and_is_not_alone(first: dict[str, Any]) -> None:
    assert first["party"]["status"] in {"lobby", "live"}
    assert first["moved"]


def test_it_stops_in_time(first: dict[str, Any]) -> None:
    code, seconds = first["stopped"]
    print(f"serve --demo stopped with {code} after {seconds:.2f} s")
    assert code == 0
    assert seconds < 10


def test_the_second_start_adds_nothing(first: dict[str, Any], data: Path) -> None:
    started = time.monotonic()
    with RunningSystem(data, "--demo", "--no-pipeline") as system:
        print(f"second start of the demo: ready after {time.monotonic() - started:.1f} s")
        again = look(system)
    assert again["password"] == first["password"]
    assert again["party"]["id"] == first["party"]["id"]
    assert [video["id"] for video in again["videos"]] == [video["id"] for video in first["videos"]]
    assert {user["id"] for user in again["users"].values()} == {user["id"] for user in first["users"].values()}
