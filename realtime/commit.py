"""What waits in one party becomes one commit: decided in order, each command against what the ones before it caused."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from msgspec import Struct

from conf.clock import Clock
from realtime.facts import Facts
from realtime.party import commands as do
from realtime.party.context import Actor, Context
from realtime.party.decide import decide
from realtime.party.events import AnyEvent, Entry
from realtime.party.fold import apply
from realtime.party.playback import lead_ms
from realtime.party.refused import Refused
from realtime.party.state import PartyState, Video
from realtime.records import to_record
from realtime.room import Room
from store.documents import PartyEvent
from store.ids import new_id

MAX_EVENTS = 64
"""Bound of one commit, which is one document: with the longest messages 64 x 8 KiB, far below MongoDB's 16 MiB."""

NAMING_A_VIDEO = (do.AddToQueue, do.ChangeVideo)


class Accepted(Struct, frozen=True, gc=False):
    """A command that had its effect: the party's seq then, and the events it caused (none where nothing was to do)."""

    seq: int
    events: tuple[AnyEvent, ...] = ()


Answer = Callable[[Accepted | Exception], None]
"""Told once what came of a command."""


class Pending:
    """A command that waits for its party, and whom to tell what came of it."""

    __slots__ = ("actor", "answer", "arrived_ms", "command", "command_id", "informed", "video")

    def __init__(
        self, command: do.AnyCommand, actor: Actor, command_id: str | None, arrived_ms: float, answer: Answer
    ) -> None:
        self.command = command
        self.actor = actor
        self.command_id = command_id
        self.arrived_ms = arrived_ms
        self.answer = answer
        self.video: Video | None = None
        self.informed = type(command) not in NAMING_A_VIDEO
        """Whether all is known that the decision needs: a video that the command names is looked up first."""

    async def inform(self, facts: Facts) -> None:
        """Look up the video that the command names. Raises `store.errors.Unavailable`."""
        if isinstance(self.command, NAMING_A_VIDEO):
            self.video = await facts.video(self.command.video_id, self.actor.user_id)
        self.informed = True


class Audience(Protocol):
    """Who is connected, as far as decisions depend on it; `realtime.presence.Presence` in the running system."""

    def connected(self, party_id: str) -> AbstractSet[str]:
        """List the ids of the members with a connection."""
        ...

    def highest_rtt_ms(self, party_id: str) -> float:
        """Return the round trip of the slowest member."""
        ...


class Surroundings(Struct, frozen=True, gc=False):
    """What holds for all commands of a batch."""

    now_ms: int
    lead_ms: int
    connected: AbstractSet[str]


def surroundings(party_id: str, audience: Audience, clock: Clock) -> Surroundings:
    """Look around a party, as it is now."""
    return Surroundings(round(clock.now_ms()), lead_ms(audience.highest_rtt_ms(party_id)), audience.connected(party_id))


class Batch:
    """The commands of one commit with their outcomes, and column by column what they caused.

    Of each event: the record that is stored, the entry that happened, the party after it.
    """

    __slots__ = ("entries", "outcomes", "records", "states")

    def __init__(self) -> None:
        self.records: list[PartyEvent] = []
        self.entries: list[Entry] = []
        self.states: list[PartyState] = []
        self.outcomes: list[tuple[Pending, Accepted | Refused]] = []

    @property
    def taken(self) -> int:
        """How many of the waiting commands it holds."""
        return len(self.outcomes)

    def step(self, state: PartyState | None, pending: Pending, event: AnyEvent, now_ms: int) -> PartyState:
        """Add what a command causes in `state`, and return the party after it."""
        entry = Entry(seq=state.seq + 1 if state else 1, at_ms=now_ms, by=pending.actor.member_id, event=event)
        record = to_record(
            entry, event_id=new_id(now_ms), actor=pending.actor, command_id=pending.command_id, state=state
        )
        after = apply(state, entry)
        self.records.append(record)
        self.entries.append(entry)
        self.states.append(after)
        return after


def decided(room: Room, waiting: Sequence[Pending], around: Surroundings) -> Batch:
    """Decide the first commands that wait, as many as one commit holds. Changes nothing but the batch it returns."""
    batch = Batch()
    state = room.known
    answers: dict[str, Accepted] = {}
    for pending in waiting:
        if not pending.informed:
            break
        outcome = _known(pending.command_id, room, answers)
        if outcome is None:
            try:
                events = decide(state, pending.command, _context(pending, around))
            except Refused as refused:
                batch.outcomes.append((pending, refused))
                continue
            if len(batch.records) + len(events) > MAX_EVENTS:
                break
            for event in events:
                state = batch.step(state, pending, event, around.now_ms)
            outcome = Accepted(state.seq if state else 0, tuple(events))
            if pending.command_id is not None:
                answers[pending.command_id] = outcome
        batch.outcomes.append((pending, outcome))
    return batch


def _known(command_id: str | None, room: Room, answers: Mapping[str, Accepted]) -> Accepted | None:
    """Find the answer that this command has had before, from the log or earlier in this batch."""
    if command_id is None:
        return None
    seq = room.answer_of(command_id)
    return answers.get(command_id) if seq is None else Accepted(seq)


def _context(pending: Pending, around: Surroundings) -> Context:
    return Context(
        now_ms=around.now_ms,
        actor=pending.actor,
        fresh_id=new_id(around.now_ms),
        lead_ms=around.lead_ms,
        connected=around.connected,
        video=pending.video,
    )
