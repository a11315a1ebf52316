"""What one bot hears of its party: each event once, how late it came, and what was told afterwards.

Theory. A bot that enters at seq F has to hear F + 1, F + 2, … until it goes. An event comes as it happens; or after a cut, in
the `missed` of a `welcome`; or not at all, where a `welcome` says that the snapshot alone counts. So each seq of the log is
heard once, or lies in a stretch that a snapshot stood for; every other one was lost on the way.
"""

from collections.abc import Iterable
from typing import Any

import msgspec


class Hearing(msgspec.Struct):
    first: int = 0
    """The seq at which the bot entered."""
    seen: set[int] = msgspec.field(default_factory=set)
    twice: int = 0
    latencies_ms: list[float] = []
    """From the server's decision to the bot, by the bot's reading of the server's clock; MongoDB's journal lies between."""
    leaving_ms: list[float] = []
    """The same once the bot is leaving, which all do at once."""
    leaving: bool = False
    missed: int = 0
    """Events told after a cut."""
    snapshots: list[tuple[int, int]] = []
    """Stretches (after, up to) that a snapshot stood for."""
    _told_to: int = 0

    def enter(self, seq: int) -> None:
        """Begin with the event after `seq`."""
        self.first = self._told_to = seq

    def take(self, frame: dict[str, Any], server_now_ms: float) -> None:
        """Note one frame of the stream: a `welcome`, an event, or something fleeting, which does not count."""
        seq: int | None = frame.get("seq")
        if seq is None:
            return
        if frame["t"] == "welcome":
            if not frame["resumed"] and seq > self.top:
                self.snapshots.append((self.top, seq))
            self._told_to = seq
            return
        self.twice += seq in self.seen
        self.seen.add(seq)
        if seq <= self._told_to:
            self.missed += 1
        else:
            (self.leaving_ms if self.leaving else self.latencies_ms).append(server_now_ms - frame["at_ms"])

    @property
    def top(self) -> int:
        """The newest event that the bot knows of."""
        heard = max(self.seen, default=self.first)
        return max(heard, *(upto for _, upto in self.snapshots), heard)

    def unheard(self, seqs: Iterable[int]) -> int:
        """Count the seqs of the party's log that this bot should have heard, up to the last that it did."""
        top = self.top
        return sum(
            self.first < seq <= top
            and seq not in self.seen
            and not any(after < seq <= upto for after, upto in self.snapshots)
            for seq in seqs
        )
