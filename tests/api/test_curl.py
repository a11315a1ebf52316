"""The calls that the document shows for a shell are made, as they stand there."""

import asyncio
import json
import os
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from api.routes import ROUTES
from tests.api.authorisation.world import World
from tests.api.client import Api, Reply
from tests.api.letters import Letterbox

pytestmark = pytest.mark.integration

MISTAKES = {"bad_json", "invalid", "unsupported_media_type", "method_not_allowed", "unauthenticated", "internal"}
"""What a call that is written wrongly would be told. `not_found` and others are about what the examples name."""
MEANT = {
    "POST /auth/change-password": "invalid",
}
"""Calls that are right and whose made-up present password is not."""


def sample(document: dict[str, Any], name: str) -> str:
    method, _, path = name.partition(" ")
    (shown,) = document["paths"][f"/api/v1{path}"][method.lower()]["x-codeSamples"]
    return str(shown["source"])


async def sent(api: Api, line: str, variables: dict[str, str], film: bytes) -> Reply:
    """Read a call as a shell and curl would, and make it."""
    for name, value in variables.items():
        line = line.replace(f"${name}", value)
    words = iter(shlex.split(line.replace("\\\n", " ")))
    assert next(words) == "curl"
    method, url, headers, data = "GET", "", {}, None
    for word in words:
        match word:
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-d":
                data = next(words).encode()
            case "--data-binary":
                assert next(words) == "@film.mp4"
                data = film
            case "-o":
                next(words)
            case _:
                url = word
    assert "$" not in url, f"{url} names what the world does not make"
    path, _, query = url.removeprefix(api.base_url).partition("?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
    return await api.call(method, path, raw=data, headers=headers, query=pairs, token="")


@pytest.mark.parametrize("name", [route.name for route in ROUTES])
@pytest.mark.gen_test(timeout=60)
async def test_each_call_is_understood(api: Api, world: World, name: str) -> None:
    await world.begin()
    route = next(route for route in ROUTES if route.name == name)
    made = await world.make({*route.parameters, *(["empty_video"] if route.sink else [])}, "private")
    staff = route.access is not None and route.access.name.startswith("staff")
    variables = {parameter.upper(): str(made[parameter]) for parameter in route.parameters}
    variables |= {"MATINEE": api.base_url, "TOKEN": world.credential("staff" if staff else "owner")}
    reply = await sent(api, sample(api.openapi.document, name), variables, world.clip)
    code = (reply.body or {}).get("code", "") if reply.status >= 400 else ""
    assert code not in MISTAKES - {MEANT.get(name)}, reply


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here; the calls were made without it")
@pytest.mark.gen_test(timeout=60)
async def test_an_account_a_party_and_its_play_by_curl_itself(api: Api, letterbox: Letterbox, tmp_path: Path) -> None:
    variables = {"MATINEE": api.base_url}

    async def run(name: str, **instead: str) -> Any:
        line = sample(api.openapi.document, name)
        for old, new in instead.items():
            line = line.replace(old, new)
        shell = await asyncio.create_subprocess_exec(
            "sh", "-c", f"{line} -sS --fail-with-body", env={**os.environ, **variables}, cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await shell.communicate()
        assert shell.returncode == 0, (line, output)
        return json.loads(output) if output else None

    made = await run("POST /auth/register")
    assert made["username"] == "ada"
    token = await letterbox.token()
    shown = json.loads(shlex.split(sample(api.openapi.document, "POST /auth/verify-email").replace("\\\n", " "))[-1])
    await run("POST /auth/verify-email", **{shown["token"]: token})
    variables["TOKEN"] = (await run("POST /auth/login"))["access_token"]
    assert (await run("GET /users/me"))["verified"]
    party = await run("POST /parties")
    variables["PARTY_ID"] = party["id"]
    await run("POST /parties/{party_id}/join")
    assert (await run("POST /parties/{party_id}/control"))["seq"] > party["seq"]
    assert (await run("GET /parties/{party_id}"))["status"] == "live"
