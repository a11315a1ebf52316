"""The Autobahn cases, and a flood, against our socket: an echo on the protocol class that parties use."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, WebSocketProtocol13

from realtime.buffered import BufferedProtocol
from realtime.taken import TakenStream

pytestmark = pytest.mark.websocket
GROUPS = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*")
"""All but limits (9) and compression (12, 13), which is off."""
CASES = 247


class Echo(WebSocketHandler):
    max_message_size = 1 << 20

    def get_websocket_protocol(self) -> WebSocketProtocol13:
        protocol = super().get_websocket_protocol()
        assert isinstance(protocol, WebSocketProtocol13)
        return BufferedProtocol(self, mask_outgoing=False, params=protocol.params)

    def initialize(self, take: bool) -> None:
        self._take = take

    def _detach_stream(self) -> IOStream:
        stream = super()._detach_stream()
        return cast("IOStream", TakenStream(stream)) if self._take else stream

    def on_message(self, message: str | bytes) -> None:
        self.write_message(message, binary=isinstance(message, bytes))


@pytest.mark.parametrize("take", [True, False], ids=["taken over", "Tornado's"])
@pytest.mark.gen_test(timeout=120)
async def test_every_case_passes(tmp_path: Path, *, take: bool) -> None:
    listener, port = bind_unused_port()
    server = HTTPServer(Application([("/", Echo, {"take": take})]))
    server.add_socket(listener)
    command = [Path(sys.executable).parent / "kosoku", "-o", tmp_path, *(f"-i{group}" for group in GROUPS)]
    run = await asyncio.create_subprocess_exec(
        *command, f"ws://127.0.0.1:{port}/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    told, _ = await run.communicate()
    server.stop()
    await server.close_all_connections()
    assert f"{CASES} cases passed" in told.decode(), told.decode()[-3000:]
    assert outcomes(tmp_path) <= {"OK", "NON-STRICT", "INFORMATIONAL"}


def outcomes(folder: Path) -> set[str]:
    """Read how the cases ended, and how they closed, from the reports."""
    index = json.loads((folder / "index.json").read_text())
    cases = [case for agent in index.values() for case in agent.values()]
    assert len(cases) == CASES
    return {case[kind] for case in cases for kind in ("behavior", "behaviorClose")}


class Counted(Echo):
    heard = 0

    def on_message(self, _message: str | bytes) -> None:
        Counted.heard += 1


@pytest.mark.parametrize("take", [True, False], ids=["taken over", "Tornado's"])
@pytest.mark.gen_test(timeout=60)
async def test_who_floods_leaves_others_their_turns(*, take: bool) -> None:
    listener, port = bind_unused_port()
    server = HTTPServer(Application([("/", Counted, {"take": take})]))
    server.add_socket(listener)
    frames = 1_000_000
    # Written by another process, so that what the kernel holds is always more than one read.
    flood = (
        "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
        "s.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'"
        "b'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\\r\\nSec-WebSocket-Version: 13\\r\\n\\r\\n'); s.recv(1000);"
        f"s.sendall(b'\\x81\\x81\\0\\0\\0\\0x' * {frames}); s.recv(1)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", flood, str(port))
    longest = heard = Counted.heard = 0
    while heard < frames:
        await asyncio.sleep(0)
        longest, heard = max(longest, Counted.heard - heard), Counted.heard
    process.kill()
    await process.wait()
    server.stop()
    await server.close_all_connections()
    assert longest < 5_000, "so many frames of one connection without a turn for anybody else"
