"""The order of a party's events: each applied once, in its turn; a gap is healed by the server, never guessed."""

from typing import Literal

from realtime.client.link import Frame

Verdict = Literal["apply", "drop", "gap"]

UNNUMBERED = frozenset({"welcome", "ok", "error", "top", "clock", "ping", "pong"})
"""Frames that may mention a seq without being the event of that seq."""


class Order:
    """Where this client is in the party's log."""

    def __init__(self) -> None:
        self.session = ""
        self.epoch = ""
        self.seq = 0
        self.healing = False
        """A `resync` is under way: further gaps are the same gap."""

    def resume(self) -> Frame | None:
        """Say where we were, for the next `hello`."""
        if not self.session:
            return None
        return {"session": self.session, "epoch": self.epoch, "seq": self.seq}

    def welcome(self, frame: Frame) -> list[Frame]:
        """Take a `welcome` and give the events that were missed and are told now, each once and in order."""
        missed = [event for event in frame.get("missed", ()) if event["seq"] > self.seq] if frame["resumed"] else []
        self.session = frame["you"]["session"]
        self.epoch = frame["epoch"]
        self.seq = frame["seq"]
        self.healing = False
        return missed

    def take(self, seq: int) -> Verdict:
        """Judge a numbered event by its seq."""
        if seq <= self.seq:
            return "drop"
        if seq > self.seq + 1:
            return "gap"
        self.seq = seq
        return "apply"
