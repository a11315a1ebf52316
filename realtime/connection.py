"""One connection at work: what the session asks for is done here, against the engine, the hub and the wire."""

import asyncio
from collections.abc import Awaitable, Coroutine
from functools import partial
from typing import Any

from conf import logs
from realtime import errors, frames
from realtime import session as ask
from realtime.admission import Admitted, Entrant, TurnedAway
from realtime.again import Again
from realtime.blocks import NONE, barred
from realtime.engine import Accepted, NoSuchParty
from realtime.errands import outcome, reply
from realtime.party import commands as do
from realtime.party.rules.doors import MustKnock
from realtime.protocol import ClientInfo, Hello
from realtime.room import FRAMES_KEPT, Room
from realtime.services import Services
from realtime.welcome import outside, welcome
from realtime.wire import Outgoing, Wire
from store.errors import Unavailable

COMMANDS_WAITING = 64
"""Commands of one connection that may wait for storage; what is beyond is answered `rate_limited`."""
OUR_FAULT = 1011

log = logs.get("realtime.connection")


class Connection:
    """Satisfies `realtime.hub.Listener`."""

    def __init__(self, *, services: Services, wire: Wire, reference: str, connection_id: str) -> None:
        self.member_id = ""
        self.session_id = ""
        self.family: str | None = None
        self.position: int | None = None
        self.leaving = False
        self.blocks = NONE
        self._blocks_asked = self._blocks_known = 0
        self._services = services
        self._wire = wire
        self.put = wire.put
        self._told_position: int | None = None
        self._reference = reference
        # Of two sockets of one session, the join of the new one may come before the leave of the old one.
        self._named = {"connection_id": connection_id}
        self._session = ask.Session(services.clock.now_ms(), services.frames_per_second)
        self._entrant: Entrant | None = None
        self._client = ClientInfo()
        self._waiting = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._again: Again | None = None
        self._present = False
        self._gone = False
        self._spoke = False
        services.hub.greet(self)

    def receive(self, data: str | bytes) -> None:
        """Take one frame off the wire."""
        self._services.hub.traffic.frames_in += 1
        self._perform(self._session.receive(data, self._services.clock.now_ms()))

    def heard(self) -> None:
        """Note that the peer is alive."""
        self._session.heard(self._services.clock.now_ms())

    def deliver(self, outgoing: Outgoing) -> None:
        self._spoke = True
        self._wire.send(outgoing)
        if self._wire.lagging:
            self.look_behind()

    def look_behind(self) -> None:
        if self._wire.behind(self._services.clock.now_ms()):
            self._close_slow()

    def tick(self, now_ms: float, top_seq: int | None) -> None:
        # Noted once a tick: a heartbeat is a matter of seconds, a delivery one of microseconds.
        if self._spoke or self.position != self._told_position:
            self._spoke, self._told_position = False, self.position
            self._session.spoke(now_ms)
        expires_ms = self._entrant.identity.expires_ms if self._entrant else None
        if self._wire.behind(now_ms):
            self._close_slow()
        elif expires_ms is not None and now_ms >= expires_ms:
            self.close(errors.CREDENTIAL_EXPIRED)
        else:
            self._perform(self._session.tick(now_ms, top_seq))

    def close(self, code: int) -> None:
        self._perform(self._session.close(code))

    async def renew_blocks(self) -> None:
        entrant = self._entrant
        if entrant is None or entrant.actor.user_id is None:
            return
        turn = self._blocks_asked = self._blocks_asked + 1
        try:
            blocks = await self._services.blocking.of(entrant.actor.user_id)
        except Unavailable:
            self.close(errors.STORAGE_UNAVAILABLE)  # whoever comes back is looked at again
            return
        if turn < self._blocks_known:
            return  # an answer that was asked for later has come before
        self.blocks, self._blocks_known = blocks, turn
        self._services.hub.stand_apart(entrant.party_id, self)
        state = self._services.engine.peek(entrant.party_id)
        if state is not None and barred(self.blocks, entrant.actor.user_id, state):
            self.close(errors.MAY_NOT_ENTER)

    def closed(self) -> None:
        """Note, once, that the socket is gone. Commands that were taken on are carried out, with nobody to tell."""
        if self._gone:
            return
        self._gone = True
        self._session.state = "closed"
        entrant, self._entrant = self._entrant, None
        self._services.hub.detach(entrant.party_id if entrant else None, self)
        if entrant is not None:
            self._services.presence.knocks.leave(entrant.party_id, self.member_id, self)
        if entrant is not None and self._present:
            self._services.presence.leave(entrant.party_id, self.member_id, self)
            self._services.errands.note("party.left", entrant.party_id, entrant.actor, self._client, self._named)

    def _perform(self, actions: list[ask.Action]) -> None:
        for action in actions:
            match action:
                case ask.Do(command=command) if self._entrant is not None:
                    self._take(command, self._entrant)
                case ask.Send(fields=fields):
                    if fields["t"] == "error":
                        self._services.metrics.count("ws.bad_frames")
                    self._send(fields)
                case ask.Close(code=code, reason=reason):
                    self._wire.close(code, reason)
                    if code in errors.DEAF:
                        self.closed()
                case ask.Enter(hello=hello):
                    self._go(self._enter(hello))
                case _ if self._entrant is not None:
                    self._perform_inside(action, self._entrant)

    def _perform_inside(self, action: ask.Action, entrant: Entrant) -> None:
        errands, party_id, actor = self._services.errands, entrant.party_id, entrant.actor
        match action:
            case ask.Resync():
                self._go(self._resync(entrant, action))
            case ask.Report(status=status):
                now_ms = self._services.clock.now_ms()
                state = self._services.engine.peek(party_id)
                video_id = state.playback.video_id if state else None
                self._services.presence.report(party_id, self.member_id, self, status, now_ms, video_id=video_id)
                if (answer := errands.noted(party_id, status.command_id)) is not None:
                    self._send(answer)
            case ask.Record():
                self._go(self._answer(errands.record(party_id, actor, self._client, action)))
            case ask.Show():
                self._go(self._answer(errands.show(party_id, actor, self._client, action)))

    async def _enter(self, hello: Hello) -> None:
        self._client = hello.client or self._client
        await self._come_in(hello, self._services.admission.admit(self._reference, hello, self._attach))

    async def _come_in(self, hello: Hello, admission: Awaitable[Admitted]) -> None:
        services = self._services
        try:
            admitted = await admission
            entrant = admitted.entrant
            room = await services.engine.room(entrant.party_id, hello.resume.seq if hello.resume else 0)
        except MustKnock:
            self._wait_outside(hello)
            return
        except TurnedAway as away:
            self._perform(self._session.close(away.code, away.reason))
            return
        except (Unavailable, NoSuchParty):
            self.close(errors.STORAGE_UNAVAILABLE)
            return
        if self._session.state not in {"entering", "outside"}:
            return
        if not self._blocks_known:  # else they are newer than what the doors saw
            self.blocks = admitted.blocks
        services.presence.knocks.leave(entrant.party_id, self.member_id, self)
        services.presence.enter(entrant.party_id, self.member_id, self, services.clock.now_ms())
        self._present = True
        goes_on = hello.resume is not None and entrant.resumed and hello.resume.epoch == room.epoch
        self._welcome(entrant, room, hello.resume.seq if goes_on and hello.resume else None, hello.command_id)
        self._session.entered(services.clock.now_ms())
        services.errands.note("party.joined", entrant.party_id, entrant.actor, self._client, self._named)

    def _wait_outside(self, hello: Hello) -> None:
        services, entrant = self._services, self._entrant
        if entrant is None or self._session.state != "entering":  # gone meanwhile, or outside already
            return
        now_ms = services.clock.now_ms()
        if not services.presence.knocks.enter(entrant.party_id, entrant.actor, self, now_ms):
            self._perform(self._session.close(errors.TRY_LATER, "Too many wait to be let in."))
            return
        self._session.waits()
        self._again = Again(partial(self._ask_again, entrant, hello))
        self._send(reply(outside(entrant, sessions=services.sessions, now_ms=now_ms), hello.command_id))
        self.reconsider()  # an answer may have come while they were on their way

    def reconsider(self) -> None:
        if self._again is not None:
            self._go(self._again.ask())

    async def _ask_again(self, entrant: Entrant, hello: Hello) -> None:
        if self._session.state == "outside":
            await self._come_in(hello, self._services.admission.admit_again(entrant, hello))

    def _attach(self, entrant: Entrant) -> None:
        if self._session.state != "entering":
            raise TurnedAway(errors.NORMAL, "Gone before the door was open.")
        self._entrant = entrant
        self.member_id = entrant.actor.member_id or ""
        self.session_id = entrant.session.session_id
        self.family = entrant.identity.family
        self._services.hub.attach(entrant.party_id, self)

    def _welcome(self, entrant: Entrant, room: Room, after: int | None, command_id: str | None) -> None:
        """Tell where the party is and what was missed, and go on from there: all of it without waiting."""
        services = self._services
        missed = room.after(after) if after is not None and room.seq - after <= FRAMES_KEPT else None
        fields = welcome(
            entrant,
            room,
            missed=missed,
            blocks=self.blocks,
            presence=services.presence,
            sessions=services.sessions,
            now_ms=services.clock.now_ms(),
        )
        self._send(reply(fields, command_id))
        if missed is not None:
            services.metrics.count("ws.resumed")
        services.hub.welcome(entrant.party_id, self, room.seq)

    async def _resync(self, entrant: Entrant, asked: ask.Resync) -> None:
        try:
            await self._services.engine.heal(entrant.party_id)
            room = await self._services.engine.room(entrant.party_id)
        except (Unavailable, NoSuchParty):
            self.close(errors.STORAGE_UNAVAILABLE)
            return
        if self._session.state == "open":
            self._welcome(entrant, room, asked.seq, asked.command_id)

    def _take(self, command: do.Command, entrant: Entrant) -> None:
        """Give a command to the engine, behind the earlier ones of this connection."""
        if self._waiting >= COMMANDS_WAITING:
            refused = ask.error("rate_limited", "Too many commands wait.", command.command_id, retry_after_ms=1000)
            self._perform([refused])
            return
        self._waiting += 1
        self.leaving = self.leaving or isinstance(command, do.Leave)
        self._services.errands.command(entrant.party_id, entrant.actor, command, self._answered)

    def _answered(self, command: do.Command, came: Accepted | Exception) -> None:
        self._waiting -= 1
        answer = outcome(command, came)
        if answer is None:
            self._failed(came)
            return
        self._send(answer)
        if isinstance(command, do.Leave):
            self.leaving = False
            if isinstance(came, Accepted):
                self.close(errors.NORMAL)

    async def _answer(self, errand: Coroutine[Any, Any, dict[str, Any] | None]) -> None:
        if (answer := await errand) is not None:
            self._send(answer)

    def _send(self, fields: dict[str, Any]) -> None:
        party_id = self._entrant.party_id if self._entrant else None
        self._services.hub.answer(party_id, self, Outgoing(frames.encode(fields)))

    def _close_slow(self) -> None:
        if self._session.state != "closed":
            self._services.metrics.count("ws.slow_closed")
            self.close(errors.TOO_FAST_OR_SLOW)

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)

    def _failed(self, error: object) -> None:
        log.error("connection_failed", exc_info=error, **self._named)
        self._perform([ask.Close(OUR_FAULT, "Our fault.")])
