"""What must be true of the log, whatever happened to nodes, lines and bus: the fold of it, kept beside the nodes."""

from typing import Any

import msgspec

from realtime import frames
from realtime.party import events as ev
from realtime.party.fold import apply
from realtime.party.rules.waiting import FIRST_LOAD_MS, LONGEST_MS
from realtime.party.state import PartyState
from realtime.records import from_record
from realtime.snapshots import Content, packed, unpacked
from store.documents import PartyEvent
from tests.fakes.node import PARTY
from tests.simulation.surroundings import ChancyLog

KEPT_EVERY = 97


class Model:
    """Follows the log by itself, event by event."""

    def __init__(self, log: ChancyLog) -> None:
        self._log = log
        self.state: PartyState | None = None
        self.frames: dict[int, dict[str, Any]] = {}
        self.commands: dict[str, list[int]] = {}
        """Seqs by command id; of one command they follow each other."""
        self.kept: PartyState | None = None
        self.waited_ms = 0.0
        """For how long the party has waited, while there was a node to end it."""
        self._first_load = False

    @property
    def seq(self) -> int:
        return self.state.seq if self.state else 0

    def follow(self) -> None:
        """Take in what is new in the log, and look whether it may be there."""
        for record in self._log.after(PARTY, self.seq):
            self._fold(record)

    def pass_time(self, ms: float) -> None:
        """Note that time has passed in which somebody could have ended a wait."""
        if self.state is not None and self.state.waiting is not None:
            self.waited_ms += ms

    def bound_ms(self) -> float:
        """Tell how long this wait may take."""
        return FIRST_LOAD_MS if self._first_load else LONGEST_MS

    def _fold(self, record: PartyEvent) -> None:
        assert record.seq == self.seq + 1, f"a gap before {record.seq}"
        entry = from_record(record)
        before = self.state
        self.state = apply(before, entry)
        self.frames[record.seq] = msgspec.json.decode(frames.encode(frames.frame(entry)))
        if record.command_id is not None:
            seqs = self.commands.setdefault(record.command_id, [])
            assert not seqs or seqs[-1] == record.seq - 1, f"{record.command_id} had its effect twice"
            seqs.append(record.seq)
        hosts = [member.id for member in self.state.members.values() if member.role == "host"]
        assert hosts == [self.state.host_id], "there is one host"
        if isinstance(entry.event, ev.Waited) and (before is None or before.waiting is None):
            self.waited_ms = 0.0
            self._first_load = entry.event.waiting.until_ms - entry.at_ms > LONGEST_MS
        self._keep()

    def _keep(self) -> None:
        """Old snapshot and the events since give the new state."""
        assert self.state is not None
        if self.seq % KEPT_EVERY:
            return
        if self.kept is not None:
            again: PartyState | None = self.kept
            for record in self._log.after(PARTY, self.kept.seq)[: self.seq - self.kept.seq]:
                again = apply(again, from_record(record))
            assert again == self.state
        read = unpacked(packed(Content(self.state, ())))
        assert read is not None
        self.kept = read.state
