"""One member for little: a raw socket that holds the server to its numbering, comes back by itself and resumes.

The Python client keeps a clock and a player for each seat; a thousand of those would take the core that the server needs. This
one knows only what the drills ask about: that each event came once and in its turn, and what became of each command.
"""

import asyncio
import random
import socket
from collections import Counter
from typing import Any, Protocol

import msgspec

from tests.fakes.raw_socket import handshake

FIRST_BACK_OFF, MOST_BACK_OFF = 0.5, 20.0
KEPT = frozenset({"unavailable", "rate_limited", "not_ready"})
"""Errors after which the same command is sent again."""
CLOSE, TEXT = 8, 1
BROKEN = 1006


class You(msgspec.Struct):
    session: str
    member_id: str


class Said(msgspec.Struct):
    body: str


class Seen(msgspec.Struct):
    id: str
    status: str = ""


class Snapshot(msgspec.Struct):
    members: list[Seen] = []


class Frame(msgspec.Struct):
    t: str
    seq: int | None = None
    id: str | None = None
    code: str = ""
    retry_after_ms: float | None = None
    epoch: str = ""
    resumed: bool = False
    you: You | None = None
    message: msgspec.Raw = msgspec.Raw()
    members: list[Seen] = []
    party: "Snapshot | None" = None
    missed: list["Frame"] = []


_FRAME = msgspec.json.Decoder(Frame)
_SAID = msgspec.json.Decoder(Said)


class Company(Protocol):
    """Who a member belongs to."""

    address: tuple[str, int]

    def go(self, work: Any) -> None: ...
    def said(self, body: str) -> None: ...
    def chatted(self, body: str) -> None: ...
    def heard(self, light: "Light", frame: Frame) -> None: ...
    def moved(self) -> None: ...


class Light(asyncio.Protocol):
    """One member. `position` is the last event that it applied."""

    def __init__(self, crowd: Company, party_id: str, name: str, receive_bytes: int | None = None) -> None:
        self.crowd, self.party_id, self.name = crowd, party_id, name
        self.receive_bytes = receive_bytes
        """Size of the kernel's buffer for what was not read yet."""
        self.member_id = ""
        self.welcomed_with: dict[str, str] = {}
        """Status of each member, as the last welcome showed it."""
        self.position = 0
        self.twice = self.resumes = self.snapshots = self.missed = self.refusals = 0
        self.closes: Counter[int] = Counter()
        self.staying = True
        self.in_at = self.out_at = 0.0
        self.transport: asyncio.Transport | None = None
        self._session = self._epoch = ""
        self._buffer = bytearray()
        self._shaken = self._inside = self._healing = False
        self._code: int | None = None
        self._attempt = 0
        self._waiting: dict[str, tuple[bytes, asyncio.Future[int]]] = {}
        self._asked = 0

    @property
    def inside(self) -> bool:
        return self._inside

    async def say(self, body: str) -> int:
        """Send a message as often as it takes; return the seq of its acknowledgement."""
        self._asked += 1
        command_id = str(self._asked)
        payload = msgspec.json.encode({"t": "chat.send", "id": command_id, "body": body})
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = payload, answer
        self.crowd.said(body)
        if self._inside:
            self.send(payload)
        return await answer

    def send(self, payload: bytes) -> None:
        if self.transport is not None:
            self.transport.write(framed(payload))

    def cut(self) -> None:
        """Break the line without a word."""
        if self.transport is not None:
            self.transport.abort()

    async def come(self) -> None:
        """Open a line, and again after a while where there is none to be had."""
        loop = asyncio.get_running_loop()
        while self.staying and self.transport is None:
            if self._attempt:
                most = min(MOST_BACK_OFF, FIRST_BACK_OFF * 2 ** (self._attempt - 1))
                await asyncio.sleep(random.random() * most)
            self._attempt += 1
            sock = socket.socket()
            if self.receive_bytes is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_bytes)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, self.crowd.address)
                await loop.create_connection(lambda: self, sock=sock)
            except OSError:
                sock.close()
                self.refusals += 1

    # What the socket brings

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self._code = transport, None
        self._buffer.clear()
        self._shaken = self._inside = False
        transport.write(handshake(self.party_id, self.crowd.address[1]))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.transport = None
        if self.staying:
            self.closes[self._code or BROKEN] += 1
        if self._inside:
            self._inside, self._attempt, self.out_at = False, 0, asyncio.get_running_loop().time()
        if self.staying:
            self.crowd.go(self.come())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._shaken and not self._shake():
            return
        at, buffer = 0, self._buffer
        while (cut := _next(buffer, at)) is not None:
            opcode, begin, at = cut
            if opcode == TEXT:
                self._hear(_FRAME.decode(buffer[begin:at]))
            elif opcode == CLOSE:
                self._code = int.from_bytes(buffer[begin : begin + 2], "big")
                if self.transport is not None:
                    self.transport.close()
        del buffer[:at]

    def _shake(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self.transport is None:
            return False
        if b" 101 " not in self._buffer[:16]:
            self.refusals += 1
            self.transport.abort()
            return False
        del self._buffer[: end + 4]
        self._shaken = True
        seat = {"session": self._session, "epoch": self._epoch, "seq": self.position}
        hello: dict[str, Any] = {"t": "hello", "guest": self.name, **({"resume": seat} if self._session else {})}
        self.send(msgspec.json.encode(hello))
        return True

    def _hear(self, frame: Frame) -> None:
        self.crowd.heard(self, frame)
        match frame.t:
            case "welcome":
                self._welcomed(frame)
            case "ok" | "error":
                self._answered(frame)
            case "ping":
                self.send(b'{"t":"pong"}')
            case "top" if frame.seq is not None and frame.seq > self.position:
                self._resync()
            case "top":
                pass
            case _ if frame.seq is not None:
                self._apply(frame)

    def _welcomed(self, frame: Frame) -> None:
        assert frame.you is not None
        assert frame.seq is not None
        assert frame.party is not None
        self.welcomed_with = {seen.id: seen.status for seen in frame.party.members}
        if frame.resumed:
            for event in frame.missed:
                self._apply(event)
            self.resumes += not self._inside
            self.missed += len(frame.missed)
        elif self._session:
            self.snapshots += 1
        self._session, self._epoch, self.member_id = frame.you.session, frame.epoch, frame.you.member_id
        self.position, self._healing = max(self.position, frame.seq), False
        if not self._inside:
            self._inside, self._attempt, self.in_at = True, 0, asyncio.get_running_loop().time()
            for payload, _ in self._waiting.values():
                self.send(payload)
        self.crowd.moved()

    def _apply(self, event: Frame) -> None:
        assert event.seq is not None
        if event.seq <= self.position:
            self.twice += 1
        elif event.seq > self.position + 1:
            self._resync()
        else:
            self.position = event.seq
            if event.t == "chat":
                self.crowd.chatted(_SAID.decode(event.message).body)

    def _resync(self) -> None:
        if not self._healing:
            self._healing = True
            self.send(msgspec.json.encode({"t": "resync", "seq": self.position}))

    def _answered(self, frame: Frame) -> None:
        payload, answer = self._waiting.get(frame.id or "", (b"", None))
        if answer is None:
            return
        if frame.t == "error" and frame.code in KEPT:
            asyncio.get_running_loop().call_later((frame.retry_after_ms or 0) / 1000 + 0.02, self.send, payload)
            return
        del self._waiting[frame.id or ""]
        if not answer.done():
            if frame.t == "ok" and frame.seq is not None:
                answer.set_result(frame.seq)
            else:
                answer.set_exception(AssertionError(f"refused: {frame.code}"))


def framed(payload: bytes, opcode: int = TEXT) -> bytes:
    """Write a client frame with the mask 0 (RFC 6455, section 5.3: any mask will do)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + payload


def _next(buffer: bytearray, at: int) -> tuple[int, int, int] | None:
    """Find the next whole frame: its opcode, where its payload begins, and where it ends."""
    if len(buffer) - at < 2:
        return None
    size, begin = buffer[at + 1] & 0x7F, at + 2
    if size >= 126:
        wide = 2 if size == 126 else 8
        if len(buffer) - begin < wide:
            return None
        size, begin = int.from_bytes(buffer[begin : begin + wide], "big"), begin + wide
    return (buffer[at] & 0x0F, begin, begin + size) if len(buffer) - begin >= size else None
