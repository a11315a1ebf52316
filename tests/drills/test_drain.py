"""SIGTERM drains: sockets are told to come back elsewhere, requests under way are answered."""

import asyncio
import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tornado.websocket import websocket_connect

from matinee.simulate.rest import Rest
from tests.running_system import RunningSystem

pytestmark = pytest.mark.drill

LOGINS = 12
GOING_AWAY = {1001, 1012}


async def stopped_under_load(system: RunningSystem) -> tuple[int, Counter[int]]:
    rest = Rest(system.url)
    person = {"email": "a@example.com", "username": "somebody", "password": "n0t-so-common-9"}
    await rest.call("POST", "/auth/register", {**person, "password_confirm": person["password"]})
    session = await rest.call("POST", "/auth/login", {"email": person["email"], "password": person["password"]})
    party = await rest.call("POST", "/parties", {"title": "Last one"}, token=session["access_token"])
    socket = await websocket_connect(f"ws{system.url[4:]}/ws/parties/{party['id']}")
    await socket.write_message(json.dumps({"t": "hello", "token": session["access_token"]}))
    assert json.loads(str(await socket.read_message()))["t"] == "welcome"
    logins = [asyncio.create_task(login(system.url, person)) for _ in range(LOGINS)]
    await asyncio.sleep(0.15)
    system.process.send_signal(signal.SIGTERM)
    while await socket.read_message() is not None:
        pass
    answers = Counter(await asyncio.gather(*logins))
    rest.close()
    socket.close()
    return int(socket.close_code or 0), answers


async def login(url: str, person: dict[str, Any]) -> int:
    """Sign in over a connection of its own; hashing keeps the request under way for a while."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps({"email": person["email"], "password": person["password"]})
    head = f"POST /api/v1/auth/login HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
    line = await reader.readline()
    writer.close()
    return int(line.split()[1]) if line else 0


def test_sockets_are_sent_elsewhere_and_requests_are_finished(tmp_path: Path) -> None:
    with RunningSystem(tmp_path / "data", "--no-pipeline") as system:
        code, answers = asyncio.run(stopped_under_load(system))
        assert system.process.wait(10) == 0
    print(f"close code {code}, answers to {LOGINS} requests under way: {dict(answers)}")
    assert code in GOING_AWAY
    assert answers == {200: LOGINS}
