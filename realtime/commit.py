"""What waits in one party becomes one commit: decided in order, each command against what the ones before it caused."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct, field

from realtime.party import commands as do
from realtime.party.context import Actor, Context
from realtime.party.decide import decide
from realtime.party.events import AnyEvent, Entry
from realtime.party.fold import apply
from realtime.party.refused import Refused
from realtime.party.state import PartyState, Video
from realtime.records import to_record
from realtime.room import Room
from store.documents import PartyEvent
from store.ids import new_id

MAX_EVENTS = 64
"""Bound of one commit, which is one document: with the longest messages 64 x 8 KiB, far below MongoDB's 16 MiB."""

Answer = tuple[int, tuple[AnyEvent, ...]]
"""The party's seq after the command, and the events that it caused."""


class Pending:
    """A command that waits for its party, and whoever waits for its outcome."""

    def __init__(
        self, command: do.AnyCommand, *, actor: Actor, command_id: str | None, video: Video | None, arrived_ms: float
    ) -> None:
        self.command = command
        self.actor = actor
        self.command_id = command_id
        self.video = video
        self.arrived_ms = arrived_ms
        self.outcome: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def succeed(self, seq: int, events: tuple[AnyEvent, ...]) -> None:
        if not self.outcome.done():
            self.outcome.set_result((seq, events))

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


class Surroundings(Struct, frozen=True):
    """What holds for all commands of a batch."""

    now_ms: float
    lead_ms: int
    connected: frozenset[str]


class Batch(Struct):
    """The commands of one commit, with their outcomes and the events to store."""

    steps: list[tuple[PartyEvent, Entry]] = field(default_factory=list)
    outcomes: list[tuple[Pending, Answer | Refused]] = field(default_factory=list)

    @property
    def records(self) -> list[PartyEvent]:
        return [record for record, _ in self.steps]

    @property
    def taken(self) -> int:
        """How many of the waiting commands it holds."""
        return len(self.outcomes)


class _Tentative:
    """The party as it will be once the batch is stored."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.state: PartyState | None = room.known
        self.answers: dict[str, Answer] = {}

    @property
    def seq(self) -> int:
        return self.state.seq if self.state else 0


def decided(room: Room, waiting: Sequence[Pending], around: Surroundings) -> Batch:
    """Decide the first commands that wait, as many as one commit holds. Changes nothing but the batch it returns."""
    batch = Batch()
    tentative = _Tentative(room)
    for pending in waiting:
        outcome = _known(tentative, pending)
        if outcome is None:
            try:
                events = decide(tentative.state, pending.command, _context(pending, around))
            except Refused as refused:
                batch.outcomes.append((pending, refused))
                continue
            if len(batch.steps) + len(events) > MAX_EVENTS:
                return batch
            batch.steps += _stepped(tentative, pending, events, around)
            outcome = (tentative.seq, tuple(events))
            if pending.command_id is not None:
                tentative.answers[pending.command_id] = outcome
        batch.outcomes.append((pending, outcome))
    return batch


def _known(tentative: _Tentative, pending: Pending) -> Answer | None:
    """Find the answer that this command has had before, from the log or earlier in this batch."""
    if pending.command_id is None:
        return None
    seq = tentative.room.answer_of(pending.command_id)
    if seq is not None:
        return (seq, ())
    return tentative.answers.get(pending.command_id)


def _context(pending: Pending, around: Surroundings) -> Context:
    return Context(
        now_ms=round(around.now_ms),
        actor=pending.actor,
        fresh_id=new_id(around.now_ms),
        lead_ms=around.lead_ms,
        connected=around.connected,
        video=pending.video,
    )


def _stepped(
    tentative: _Tentative, pending: Pending, events: list[AnyEvent], around: Surroundings
) -> list[tuple[PartyEvent, Entry]]:
    steps = []
    for event in events:
        entry = Entry(seq=tentative.seq + 1, at_ms=round(around.now_ms), by=pending.actor.member_id, event=event)
        record = to_record(
            entry,
            event_id=new_id(around.now_ms),
            actor=pending.actor,
            command_id=pending.command_id,
            state=tentative.state,
        )
        tentative.state = apply(tentative.state, entry)
        steps.append((record, entry))
    return steps
