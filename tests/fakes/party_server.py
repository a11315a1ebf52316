"""A websocket server that speaks `matinee.v1` by a test's script: it says what it is told, and remembers what it heard."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from conf.clock import Clock
from realtime.client import PartyClient, connect
from tests.fakes.clock import ManualClock, settle

Frame = dict[str, Any]
PATIENCE_SECONDS = 4.0
STEP_SECONDS = 0.05


class ScriptedServer:
    """Holds one party. By default it lets everybody in, answers the clock and acknowledges every command, once per id."""

    def __init__(self, clock: Clock, *, offset_ms: float = 0.0) -> None:
        self.clock = clock
        self.offset_ms = offset_ms
        self.session = "session-1"
        self.epoch = "epoch-1"
        self.log: list[Frame] = []
        self.answers = True
        self.answers_clock = True
        self.resumes = True
        self.mute = False
        self.turns_away: tuple[int, str] | None = None
        self.refuses: dict[str, Frame] = {}
        self.playback: Frame = playback()
        self.video: Frame | None = {"id": "v1", "title": "Film", "source": "upload", "duration_ms": 600_000}
        self.heard: list[Frame] = []
        self.durable: dict[str, int] = {}
        """Command id → the seq at which it had its effect."""
        self.events: dict[str, Frame] = {}
        """Viewer events by id."""
        self.sockets: list[_Socket] = []
        socket, port = bind_unused_port()
        self.url = f"http://127.0.0.1:{port}"
        self._http = HTTPServer(Application([(r"/ws/parties/(.*)", _Socket, {"server": self})]))
        self._http.add_socket(socket)

    @property
    def seq(self) -> int:
        return len(self.log)

    def now_ms(self) -> float:
        return self.clock.now_ms() + self.offset_ms

    def frames(self, t: str) -> list[Frame]:
        """List what was heard of one type."""
        return [frame for frame in self.heard if frame["t"] == t]

    def append(self, t: str, *, tell: bool = True, **fields: Any) -> Frame:
        """Let something happen in the party; `tell=False` loses the frame on its way."""
        frame = {"t": t, "seq": self.seq + 1, "at_ms": self.now_ms(), "by": "m1", **fields}
        self.log.append(frame)
        if t == "playback":
            self.playback = fields["playback"]
        if tell:
            self.say(frame)
        return frame

    def say(self, frame: Frame) -> None:
        """Tell everybody who is connected."""
        for socket in self.sockets:
            socket.say(frame)

    def close_all(self, code: int, reason: str = "") -> None:
        for socket in self.sockets[:]:
            socket.close(code, reason)

    def cut_all(self) -> None:
        """Break every line without a word."""
        for socket in self.sockets[:]:
            assert socket.ws_connection is not None
            socket.ws_connection.stream.close()

    async def settled(self) -> None:
        """Wait until all frames under way have arrived, in both directions, and what they cause is under way no more."""
        for _ in range(2):
            for socket in self.sockets:
                socket.barrier()
            await until(lambda: not any(socket.barriers for socket in self.sockets))
            await settle()

    async def stop(self) -> None:
        self._http.stop()
        self.cut_all()
        await self._http.close_all_connections()
        await until(lambda: not self.sockets)

    def welcome(self, hello: Frame) -> Frame:
        after = hello.get("resume", {}).get("seq", hello.get("seq"))
        resumed = self.resumes and after is not None
        return {
            "t": "welcome",
            "you": {"member_id": "m1", "user_id": "u1", "name": "Ada", "role": "host", "session": self.session},
            "party": self.snapshot(),
            "epoch": self.epoch,
            "seq": self.seq,
            "now_ms": self.now_ms(),
            "heartbeat_ms": 15_000,
            "resumed": resumed,
            "missed": self.log[after:] if resumed else [],
        }

    def snapshot(self) -> Frame:
        chat = [frame["message"] for frame in self.log if frame["t"] == "chat"]
        return {
            "id": "p1",
            "code": "ABCD2345",
            "title": "Night",
            "status": "live",
            "visibility": "public",
            "settings": {},
            "host_id": "m1",
            "playback": self.playback,
            "video": self.video,
            "queue": [],
            "members": [{"id": "m1", "user_id": "u1", "name": "Ada", "role": "host", "status": "idle"}],
            "chat": chat,
            "poll": None,
            "waiting": None,
        }

    def answer(self, frame: Frame) -> Frame:
        """Make a command durable, once per id, and say so."""
        refusal = self.refuses.get(frame["t"])
        if refusal is not None:
            return {"t": "error", "id": frame["id"], **refusal}
        if frame["t"] == "telemetry":
            before = len(self.events)
            self.events |= {event["event_id"]: event for event in frame["events"]}
            accepted = len(self.events) - before
            return {"t": "ok", "id": frame["id"], "accepted": accepted, "duplicate": len(frame["events"]) - accepted}
        if frame["id"] not in self.durable:
            event = self.append("chat", message=message(frame.get("body", frame["t"])))
            self.durable[frame["id"]] = event["seq"]
        return {"t": "ok", "id": frame["id"], "seq": self.durable[frame["id"]]}


class _Socket(WebSocketHandler):
    def initialize(self, server: ScriptedServer) -> None:
        self.server = server
        self.barriers = 0

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return subprotocols[0] if subprotocols else None

    def open(self, _party: str) -> None:
        self.server.sockets.append(self)

    def on_close(self) -> None:
        if self in self.server.sockets:
            self.server.sockets.remove(self)

    def on_message(self, text: str | bytes) -> None:
        frame = msgspec.json.decode(text)
        server = self.server
        if frame["t"] == "pong" and self.barriers:
            self.barriers -= 1
            return
        server.heard.append(frame)
        if server.mute:
            return
        if frame["t"] == "hello" and server.turns_away:
            self.close(*server.turns_away)
        elif frame["t"] in {"hello", "resync"}:
            self.say(server.welcome(frame))
        elif frame["t"] == "clock" and server.answers_clock:
            self.say({"t": "clock", "t0": frame["t0"], "t1": server.now_ms(), "t2": server.now_ms()})
        elif "id" in frame and server.answers:
            self.say(server.answer(frame))

    def barrier(self) -> None:
        """Ask for a sign of life: frames keep their order, so with it all that was said before has been heard."""
        self.barriers += 1
        self.say({"t": "ping"})

    def say(self, frame: Frame) -> None:
        try:
            self.write_message(msgspec.json.encode(frame))
        except WebSocketClosedError:
            return


def playback(**fields: Any) -> Frame:
    """Make a playback, paused at the beginning unless told otherwise."""
    whole = {"video_id": "v1", "paused": True, "position_ms": 0.0, "rate": 1.0, "at_ms": 0.0, "revision": 1}
    return {**whole, **fields}


def message(body: str) -> Frame:
    return {"id": f"c-{body}", "member_id": "m1", "name": "Ada", "body": body, "at_ms": 0, "position_ms": 0.0}


async def until(holds: Callable[[], bool], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Let sockets do their work until something holds; the clock of the test stands still meanwhile."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience_seconds
    while not holds():
        assert loop.time() < end, "it never came to hold"
        await asyncio.sleep(0.001)


async def quiet(seconds: float = 0.05) -> None:
    """Give the sockets time to say what they should not say."""
    await asyncio.sleep(seconds)


async def asleep(clock: ManualClock, seconds: float) -> None:
    """Wait until somebody sleeps for so long from now."""
    await until(lambda: any(abs(wake_ms - clock.now_ms() - seconds * 1000) < 0.01 for wake_ms in clock.wakes_ms()))


async def passing(clock: ManualClock, holds: Callable[[], bool], most_seconds: float = 60) -> None:
    """Let time go by, sockets and all, until something holds."""
    end_ms = clock.now_ms() + most_seconds * 1000
    while not holds():
        assert clock.now_ms() < end_ms, f"it never came to hold within {most_seconds} s"
        await clock.advance(STEP_SECONDS)
        await quiet(0.002)


async def going(server: ScriptedServer, clock: ManualClock, seconds: float) -> None:
    """Let so much time go by; at each step all that is said reaches the other end before time goes on."""
    end_ms = clock.now_ms() + seconds * 1000
    await server.settled()
    while clock.now_ms() < end_ms:
        await clock.advance(min(STEP_SECONDS, (end_ms - clock.now_ms()) / 1000))
        await server.settled()


async def enter(server: ScriptedServer, **how: Any) -> PartyClient:
    """Take a seat; unless told otherwise by token, and with half of each back-off."""
    how = {"token": "good", "chance": lambda: 0.5, **how}
    return await connect(server.url, "ABCD2345", clock=server.clock, **how)
