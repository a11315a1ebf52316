"""What changes parties: a queue per party → decide → append to the log → apply → project → publish.

Theory. Commands of one party wait in its queue; a runner takes all that wait, decides them one after the other against
the state as it would become, and appends all their events as one atomic commit. Three things can come of it:

* stored: the events are applied, published and acknowledged. Nothing is seen or answered before that.
* `SeqTaken`: another node wrote first. The tail is read and the same commands are decided again.
* `Unavailable`: nobody knows. The commands are refused with `unavailable`, and the room reads its tail before anything
  else. A client that retries with the same command id is answered from the log where its command did land; where it is
  still on its way, both ask for the same seq and the unique index lets one through.

A runner takes one party after the other that has something to do. While one may have to wait for storage the next is there
already; so no party waits for another, and what needs no waiting needs no task of its own.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context

from msgspec import UNSET

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from realtime.commit import Accepted, Audience, Batch, Pending, decided, surroundings
from realtime.credentials import Doors
from realtime.facts import Facts
from realtime.party import commands as do
from realtime.party.refused import Refused
from realtime.party.state import PartyState
from realtime.projection import Projector
from realtime.room import Room, encode
from realtime.rooms import NoSuchParty, PartyLog, Rooms
from store.documents import PartyEvent
from store.errors import SeqTaken, Unavailable

CONFLICTS_BORNE = 50
"""Lost races after which a batch gives up: each one means that another node made progress."""

log = logs.get("realtime.runners")


class Runners:
    def __init__(
        self,
        *,
        party_log: PartyLog,
        rooms: Rooms,
        projector: Projector,
        facts: Facts,
        doors: Doors,
        audience: Audience,
        clock: Clock,
        metrics: Metrics,
        committed: Callable[[str, Sequence[PartyEvent]], None],
    ) -> None:
        self._log = party_log
        self._rooms = rooms
        self._projector = projector
        self._facts = facts
        self._doors = doors
        self._audience = audience
        self._clock = clock
        self._metrics = metrics
        self._queues: dict[str, list[Pending]] = {}
        self._due: deque[str] = deque()
        """Parties with a queue that no runner has taken."""
        self._runners: set[asyncio.Task[None]] = set()
        self._beginning = False
        """Whether a runner is there that has not begun."""
        self._context = Context()
        """Of all runners: they belong to nobody who asked."""
        self._committed = committed

    def take(self, party_id: str, pending: Pending) -> None:
        """Put a command behind those that wait in its party."""
        queue = self._queues.get(party_id)
        if queue is None:
            queue = self._queues[party_id] = []
            self._due.append(party_id)
            self._call_runner()
        queue.append(pending)

    def busy(self, party_id: str) -> bool:
        """Say whether anything is under way in a party."""
        return party_id in self._queues

    async def finish(self) -> None:
        """Wait until nothing is under way."""
        while self._runners:
            await asyncio.gather(*self._runners, return_exceptions=True)

    def _call_runner(self) -> None:
        """See that a runner begins soon."""
        if self._beginning:
            return
        self._beginning = True
        runner = asyncio.get_running_loop().create_task(self._take_turns(), context=self._context)
        self._runners.add(runner)
        runner.add_done_callback(self._runners.discard)

    async def _take_turns(self) -> None:
        self._beginning = False
        while self._due:
            party_id = self._due.popleft()
            if self._due:  # those must not wait for this one's storage
                self._call_runner()
            await self._run(party_id)

    async def _run(self, party_id: str) -> None:
        queue = self._queues[party_id]
        try:
            while queue:
                if queue[0].informed:
                    await self._commit(party_id, queue)
                else:
                    await self._inform(queue)
        except Exception as error:
            log.exception("runner_failed", party_id=party_id)
            self._rooms.mark_behind(party_id, unsure=True)
            _fail(queue, len(queue), Unavailable(f"the party cannot be written: {type(error).__name__}"))
        finally:
            del self._queues[party_id]

    async def _commit(self, party_id: str, queue: list[Pending]) -> None:
        """Decide and store what waits, as much of it as one commit holds."""
        for _ in range(CONFLICTS_BORNE):
            taken = len(queue)
            try:
                ready = self._rooms.ready(party_id)
                room = ready or await self._rooms.fresh(party_id)
                known = room.seq
                batch = decided(room, queue, surroundings(party_id, self._audience, self._clock))
                if ready and not batch.records and not self._rooms.alone:
                    # Nothing is appended, so no taken seq would show that the room is not what other nodes made of it.
                    self._rooms.mark_behind(party_id)
                    continue
                taken, before = batch.taken, room.state
                if batch.records:
                    await self._log.append(party_id, room.seq, batch.records)
            except SeqTaken:
                self._metrics.count("log.conflicts")
                if room.seq == known:  # else the other node has told us meanwhile
                    self._rooms.mark_behind(party_id)
            except Unavailable as error:
                self._rooms.mark_behind(party_id, unsure=True)
                _fail(queue, taken, error)
                return
            except NoSuchParty as error:
                _fail(queue, len(queue), error)
                return
            else:
                del queue[:taken]
                await self._settle(room, before, batch)
                return
        _fail(queue, len(queue), Unavailable("other nodes write to this party without a pause"))

    async def _settle(self, room: Room, before: PartyState, batch: Batch) -> None:
        """Let a stored batch take effect: state, members, lists, and only then the answers."""
        unmoved = room.known is before
        for record, entry, after in zip(batch.records, batch.entries, batch.states, strict=True):
            if record.seq > room.seq:
                self._rooms.publish(room, room.follow(record, entry, after if unmoved else None), record)
            else:  # a reader of the tail found our commit before we heard of it, and told nobody elsewhere
                self._rooms.publish_elsewhere(room, encode(entry), record)
        if batch.records:
            self._rooms.committed(room, before.seq)
            if self._projector.concerns(before, room.state):
                await self._projector.project(before, room.state, batch.entries)
            self._committed(room.party_id, batch.records)
        now_ms = self._clock.now_ms()
        for pending, outcome in batch.outcomes:
            if isinstance(outcome, Refused):
                self._metrics.count("party.refused")
                pending.answer(outcome)
                continue
            if pending.command_id is not None:
                room.remember(pending.command_id, outcome.seq)
            self._metrics.count("party.commands")
            self._metrics.timing("party.command_ms", now_ms - pending.arrived_ms)
            command = pending.command
            if isinstance(command, do.ChangeSettings) and command.password is not UNSET:
                pending.answer(await self._locked(room.party_id, command.password, outcome))
            else:
                pending.answer(outcome)

    async def _locked(self, party_id: str, password: str | None, outcome: Accepted) -> Accepted | Unavailable:
        """Let the doors know of a password that a command has changed, before it is answered."""
        try:
            await self._doors.lock(party_id, password)
        except Unavailable as error:
            return error
        return outcome

    async def _inform(self, queue: list[Pending]) -> None:
        """Look up the video that the first command names. Those behind it wait: a caller's commands keep their order."""
        try:
            await queue[0].inform(self._facts)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked, not to the party
            _fail(queue, 1, error)


def _fail(queue: list[Pending], n: int, error: Exception) -> None:
    """Refuse the first `n` that wait."""
    for pending in queue[:n]:
        pending.answer(error)
    del queue[:n]
