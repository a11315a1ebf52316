"""What waits in one party becomes one commit: decided in order, each command against what the ones before it caused."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from msgspec import Struct, field

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
        self, command: do.AnyCommand, *, actor: Actor, command_id: str | None, arrived_ms: float, answer: Answer
    ) -> None:
        self.command = command
        self.actor = actor
        self.command_id = command_id
        self.arrived_ms = arrived_ms
        self.answer = answer
        self.video: Video | None = None
        self.informed = not isinstance(command, NAMING_A_VIDEO)
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

    now_ms: float
    lead_ms: int
    connected: AbstractSet[str]


def surroundings(party_id: str, audience: Audience, clock: Clock) -> Surroundings:
    """Look around a party, as it is now."""
    return Surroundings(
        now_ms=clock.now_ms(),
        lead_ms=lead_ms(audience.highest_rtt_ms(party_id)),
        connected=audience.connected(party_id),
    )


class Batch(Struct):
    """The commands of one commit, with their outcomes and the events to store."""

    steps: list[tuple[PartyEvent, Entry, PartyState]] = field(default_factory=list)
    """Each event as it is stored, as it happened, and the party after it."""
    outcomes: list[tuple[Pending, Accepted | Refused]] = field(default_factory=list)

    @property
    def records(self) -> list[PartyEvent]:
        return [record for record, _, _ in self.steps]

    @property
    def taken(self) -> int:
        """How many of the waiting commands it holds."""
        return len(self.outcomes)


class _Tentative:
    """The party as it will be once the batch is stored."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.state: PartyState | None = room.known
        self.answers: dict[str, Accepted] = {}

    @property
    def seq(self) -> int:
        return self.state.seq if self.state else 0


def decided(room: Room, waiting: Sequence[Pending], around: Surroundings) -> Batch:
    """Decide the first commands that wait, as many as one commit holds. Changes nothing but the batch it returns."""
    batch = Batch()
    tentative = _Tentative(room)
    for pending in waiting:
        if not pending.informed:
            break
        outcome = _known(tentative, pending)
        if outcome is None:
            try:
                events = decide(tentative.state, pending.command, _context(pending, around))
            except Refused as refused:
                batch.outcomes.append((pending, refused))
                continue
            if len(batch.steps) + len(events) > MAX_EVENTS:
                break
            batch.steps += _stepped(tentative, pending, events, around)
            outcome = Accepted(tentative.seq, tuple(events))
            if pending.command_id is not None:
                tentative.answers[pending.command_id] = outcome
        batch.outcomes.append((pending, outcome))
    return batch


def _known(tentative: _Tentative, pending: Pending) -> Accepted | None:
    """Find the answer that this command has had before, from the log or earlier in this batch."""
    if pending.command_id is None:
        return None
    seq = tentative.room.answer_of(pending.command_id)
    if seq is not None:
        return Accepted(seq)
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
) -> list[tuple[PartyEvent, Entry, PartyState]]:
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
        steps.append((record, entry, tentative.state))
    return steps
