"""A client of the simulation: it does what the protocol asks of clients, over lines that break, and remembers all it was told."""

import uuid
from typing import Any, NamedTuple

import msgspec

from realtime.client.order import UNNUMBERED, Order
from realtime.connection import Connection
from realtime.room import FRAMES_KEPT
from tests.simulation.node import CODE, RawWire, SimulatedNode, encoded

Frame = dict[str, Any]
AGAIN = frozenset({"unavailable", "not_ready", "rate_limited"})
"""Answers after which the same command is sent again, under the same id."""


class Acked(NamedTuple):
    kind: str
    seq: int
    resent: bool


class SimulatedViewer:
    def __init__(self, name: str) -> None:
        self.name = name
        self.order = Order()
        self.node: SimulatedNode | None = None
        self._wire: RawWire | None = None
        self._connection: Connection | None = None
        self.welcomed = False
        self.stuck = False
        self.told: dict[int, Frame] = {}
        """Events by seq, as they came in their turn."""
        self.skipped: list[range] = []
        """Seqs that a snapshot stood for: before one came in, in a session that could not go on, or more than 500."""
        self.waiting: dict[str, Frame] = {}
        """Commands without an answer, by id."""
        self.acked: dict[str, Acked] = {}
        """What was acknowledged, by `<session>:<id>`."""
        self.refused: set[str] = set()
        """Commands that were refused at their only sending. A refusal of a later one says nothing of the first: that may be on
        its way yet, from a node that died, and land after it."""
        self.sent_in: dict[str, str] = {}
        self._sendings: dict[str, int] = {}
        self._asked = 0

    @property
    def member_id(self) -> str:
        """Of users it is their name; guests are nobody's ban here."""
        return self.name

    @property
    def connected(self) -> bool:
        return self._wire is not None and self._wire.closed is None

    def come(self, node: SimulatedNode) -> None:
        """Connect and say hello, with where we were."""
        self.drop()
        self.node, self._wire = node, RawWire()
        self._connection = Connection(
            services=node.services, wire=self._wire, reference=CODE, connection_id=uuid.uuid4().hex
        )
        who = {"guest": self.name} if self.name[0].isupper() else {"token": f"token-{self.name}"}
        resume = self.order.resume()
        self._say({"t": "hello", **who} | ({"resume": resume} if resume else {}))

    def drop(self) -> None:
        """Lose the line, and all that was on it."""
        if self._connection is not None:
            self._connection.closed()
        self.node = self._wire = self._connection = None
        self.welcomed = False

    def ask(self, frame: Frame) -> None:
        """Send a command; it is sent again until it is answered."""
        self._asked += 1
        command_id = f"{self.name}-{self._asked}"
        self.waiting[command_id] = {**frame, "id": command_id}
        self._send_waiting(command_id)

    def say(self, frame: Frame) -> None:
        """Send what needs no answer."""
        if self.welcomed:
            self._say(frame)

    def retry(self) -> None:
        """Send again what is not answered."""
        for command_id in list(self.waiting):
            self._send_waiting(command_id)

    def listen(self) -> None:
        """Take what has come over the line."""
        if self._wire is None:
            return
        for payload in self._wire.take():
            self._take(msgspec.json.decode(payload))
        if self._wire is not None and self._wire.closed is not None:
            self.drop()

    def _send_waiting(self, command_id: str) -> None:
        if self.welcomed:
            self.sent_in.setdefault(command_id, self.order.session.split(".")[0])
            self._sendings[command_id] = self._sendings.get(command_id, 0) + 1
            self._say(self.waiting[command_id])

    def _say(self, frame: Frame) -> None:
        if self._connection is not None and self.connected:
            self._connection.receive(encoded(frame))

    def _take(self, frame: Frame) -> None:
        kind = frame["t"]
        if kind == "welcome":
            self._welcome(frame)
        elif kind in {"ok", "error"}:
            self._answer(frame)
        elif kind == "ping":
            self._say({"t": "pong"})
        elif kind == "top":
            if frame["seq"] > self.order.seq:
                self._say({"t": "resync", "seq": self.order.seq})
        elif "seq" in frame and kind not in UNNUMBERED and self.welcomed:
            verdict = self.order.take(frame["seq"])
            if verdict == "apply":
                self.told[frame["seq"]] = frame
            elif verdict == "gap":
                self._say({"t": "resync", "seq": self.order.seq})

    def _welcome(self, frame: Frame) -> None:
        before, at = self.order.session.split(".")[0], self.order.seq
        for event in self.order.welcome(frame):
            assert event["seq"] not in self.told, "told twice"
            self.told[event["seq"]] = event
        self.welcomed = True
        session = self.order.session.split(".")[0]
        if not frame["resumed"]:
            assert session != before or frame["seq"] - at > FRAMES_KEPT, "a gap that could have been closed"
            self.skipped.append(range(at + 1, frame["seq"] + 1))
        if before and session != before:  # nothing makes a repetition safe in another session
            for command_id in [one for one in self.waiting if one in self.sent_in]:
                del self.waiting[command_id]
        self.retry()

    def _answer(self, frame: Frame) -> None:
        command_id = frame.get("id", "")
        if command_id not in self.waiting:
            return
        key = f"{self.sent_in[command_id]}:{command_id}"
        if frame["t"] == "ok":
            self.acked[key] = Acked(self.waiting[command_id]["t"], frame["seq"], self._sendings[command_id] > 1)
        elif frame["code"] in AGAIN:
            return
        elif self._sendings[command_id] == 1:
            self.refused.add(key)
        del self.waiting[command_id]
