"""One party in the memory of one node: its state, its newest frames, and the commands that it has seen."""

from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence

from msgspec import Struct

from realtime import frames
from realtime.blocks import Blocks, hide_frame
from realtime.bus import Message
from realtime.party.events import Entry
from realtime.party.fold import BrokenLog, apply
from realtime.party.state import PartyState
from realtime.records import from_record
from store.documents import PartyEvent

FRAMES_KEPT = 500
"""What a client may have missed and still resume; beyond it the snapshot is smaller than the gap."""
COMMANDS_KEPT = 10_000
"""Command ids remembered: at 10 commands a second from each of 20 members, well over the 45 s after which a dead
connection is dropped and its client has sent its pending commands again."""


class Encoded(Struct, frozen=True, gc=False):
    """One entry as it goes out."""

    seq: int
    kind: str
    member_id: str | None
    frame: bytes
    author_id: str | None = None

    def message(self, party_id: str, record: bytes = b"") -> Message:
        """Put it on the bus; with the `record` other nodes follow by it."""
        return Message(
            party_id=party_id,
            frame=self.frame,
            seq=self.seq,
            kind=self.kind,
            member_id=self.member_id,
            author_id=self.author_id,
            record=record,
        )

    @classmethod
    def of(cls, message: Message) -> "Encoded":
        """Take what another node wrote off the bus."""
        return cls(message.seq or 0, message.kind, message.member_id, message.frame, message.author_id)

    def shown_to(self, blocks: Blocks) -> bytes:
        """Give the frame, without its words for somebody who blocks their author."""
        return hide_frame(self.frame) if self.author_id in blocks.blocked else self.frame


class Room:
    """Follows the log of one party. `state` is None until the first event."""

    def __init__(self, party_id: str) -> None:
        self.party_id = party_id
        self.epoch = ""
        """Which incarnation of the log this follows; the opener says it, or the first event."""
        self.behind = False
        """Something was written that is not folded here yet: read the tail before the next use."""
        self.unsure = False
        """Nobody knows whether the last commit of this node landed: where it did, the others have not been told."""
        self.used_ms = 0.0
        self.seq, self.event_id = 0, ""
        """Of the last event."""
        self._state: PartyState | None = None
        self._tail: deque[Encoded] = deque(maxlen=FRAMES_KEPT)
        self._commands: OrderedDict[str, int] = OrderedDict()

    @property
    def state(self) -> PartyState:
        if self._state is None:
            raise BrokenLog(f"party {self.party_id} has no event yet")
        return self._state

    @property
    def known(self) -> PartyState | None:
        """The state, or None before the first event."""
        return self._state

    def follow(
        self,
        record: PartyEvent,
        entry: Entry | None = None,
        after: PartyState | None = None,
        encoded: Encoded | None = None,
    ) -> Encoded:
        """Fold one durable event.

        `entry` spares reading it from its record again, `after` (the state then) the fold, `encoded` writing its frame.
        """
        entry = entry or from_record(record)
        self._state = after or apply(self._state, entry)
        self.seq, self.event_id = entry.seq, record.event_id
        if entry.seq == 1 and not self.epoch:
            self.epoch = record.event_id
        if record.command_id is not None:
            self.remember(record.command_id, entry.seq)
        encoded = encoded or encode(entry)
        self._tail.append(encoded)
        return encoded

    def restore(self, state: PartyState, commands: Iterable[tuple[str, int]], records: Sequence[PartyEvent]) -> None:
        """Be the party of a snapshot, instead of folding what came before it.

        `records` are the last events up to it, for those who come back from before it.
        """
        self._state, self.seq = state, state.seq
        self._commands = OrderedDict(commands)
        self._tail.extend(encode(from_record(record)) for record in records)
        self.event_id = records[-1].event_id

    def commands(self) -> tuple[tuple[str, int], ...]:
        """List the command ids that are remembered, the oldest first, with the seqs of their answers."""
        return tuple(self._commands.items())

    def remember(self, command_id: str, seq: int) -> None:
        """Keep the answer of a command, so that its retry gets the same one."""
        self._commands[command_id] = seq
        self._commands.move_to_end(command_id)
        if len(self._commands) > COMMANDS_KEPT:
            self._commands.popitem(last=False)

    def answer_of(self, command_id: str | None) -> int | None:
        """Return the seq that a command was acknowledged with, where it has had its effect already."""
        return self._commands.get(command_id) if command_id is not None else None

    def after(self, seq: int) -> list[Encoded] | None:
        """List all that came after `seq`; None where that is no longer (or never was) here."""
        missing = self.seq - seq
        if missing < 0 or missing > len(self._tail):
            return None
        return list(self._tail)[len(self._tail) - missing :]


def encode(entry: Entry) -> Encoded:
    """Write an entry as the frame that goes to everybody: once, however many they are."""
    fields = frames.frame(entry)
    member, message = fields.get("member"), fields.get("message")
    return Encoded(
        entry.seq,
        fields["t"],
        member["id"] if member else None,
        frames.encode(fields),
        message.member_id if message else None,
    )
