"""What is done for an open connection: its commands, its telemetry, its reactions. Every errand comes back with the reply."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct

from conf.clock import Clock
from realtime import errors
from realtime import session as ask
from realtime.engine import Accepted, Engine, NoSuchParty
from realtime.hub import Hub
from realtime.party import commands as do
from realtime.party.context import Actor, Context
from realtime.party.emotes import refuse_reaction
from realtime.party.refused import Refused
from realtime.party.rules.chat import refuse_unheard
from realtime.protocol import ClientInfo
from realtime.telemetry import Events, Recorder, Viewer, viewer_event
from store.errors import Unavailable
from store.ids import new_id

RETRY_AFTER_MS = 500

Fields = dict[str, Any]
Answered = Callable[[do.Command, Accepted | Exception], None]


class Errands(Struct, frozen=True, kw_only=True):
    """Shared by all connections of a node; what belongs to one is given with each call."""

    engine: Engine
    hub: Hub
    events: Events
    recorder: Recorder
    clock: Clock

    def command(self, party_id: str, actor: Actor, command: do.Command, answered: Answered) -> None:
        """Submit a command, known by its session and id; `answered` is told what came of it."""
        key = f"{actor.session_id}:{command.command_id}" if command.command_id is not None else None
        self.engine.take(party_id, command, actor=actor, command_id=key, answer=partial(answered, command))

    async def record(self, party_id: str, actor: Actor, client: ClientInfo, asked: ask.Record) -> Fields:
        """Make a batch of viewer events durable."""
        now_ms = self.clock.now_ms()
        viewer = Viewer(party_id=party_id, actor=actor, client=client)
        try:
            state = await self.engine.state(party_id)
            events = [
                viewer_event(sent, viewer, state, offset_ms=asked.offset_ms, now_ms=now_ms) for sent in asked.events
            ]
            recorded = await self.events.record(events)
        except (Unavailable, NoSuchParty):
            return reply(refusal(_unavailable()), asked.command_id)
        answer = {"t": "ok", "accepted": recorded.accepted, "duplicate": recorded.duplicates}
        return reply(answer, asked.command_id)

    async def show(self, party_id: str, actor: Actor, client: ClientInfo, asked: ask.Show) -> Fields | None:
        """Show the others a reaction, or that somebody types; an acceptance is answered only where the frame has an id."""
        try:
            state = await self.engine.state(party_id)
            if asked.emoji is not None:
                refuse_reaction(state, actor, asked.emoji)
            else:
                refuse_unheard(state, Context(now_ms=round(self.clock.now_ms()), actor=actor))
        except Refused as refused:
            return reply(refusal(refused), asked.command_id)
        except (Unavailable, NoSuchParty):
            return reply(refusal(_unavailable()), asked.command_id)
        if asked.emoji is None:
            self.hub.tell(party_id, {"t": "typing", "member_id": actor.member_id}, author_id=actor.member_id)
        else:
            self.hub.react(party_id, asked.emoji)
            self.note("reaction.sent", party_id, actor, client, {"emoji": asked.emoji})
        return self.noted(party_id, asked.command_id)

    def noted(self, party_id: str, command_id: str | None) -> Fields | None:
        """Answer what leaves no trace in the log, where its sender asks for an answer by giving it an id."""
        state = self.engine.peek(party_id)
        if command_id is None or state is None:
            return None
        return reply({"t": "ok", "seq": state.seq}, command_id)

    def note(self, kind: str, party_id: str, actor: Actor, client: ClientInfo, fields: Fields) -> None:
        """Have an event recorded that nobody waits for."""
        now_ms = self.clock.now_ms()
        state = self.engine.peek(party_id)
        event = Viewer(party_id=party_id, actor=actor, client=client).event(
            event_id=new_id(now_ms),
            type=kind,
            at_ms=now_ms,
            received_ms=now_ms,
            video_id=state.playback.video_id if state else None,
            fields=fields,
        )
        self.recorder.record(event)


def outcome(command: do.Command, came: Accepted | Exception) -> Fields | None:
    """Make the frame that answers a command; None where a fault of ours is all that came."""
    if isinstance(came, Accepted):
        return reply({"t": "ok", "seq": came.seq}, command.command_id)
    if isinstance(came, Refused):
        return reply(refusal(came), command.command_id)
    if isinstance(came, Unavailable | NoSuchParty):
        return reply(refusal(_unavailable()), command.command_id)
    return None


def reply(fields: Fields, command_id: str | None) -> Fields:
    """Repeat the id of the frame that is answered."""
    return fields if command_id is None else {**fields, "id": command_id}


def refusal(refused: Refused) -> Fields:
    """Make the `error` frame of a refused command."""
    fields: Fields = {"t": "error", "code": refused.code, "message": refused.message}
    if refused.path is not None:
        fields["path"] = refused.path
    if refused.retry_after_ms is not None:
        fields["retry_after_ms"] = refused.retry_after_ms
    return fields


def _unavailable() -> Refused:
    return Refused("unavailable", errors.ERRORS["unavailable"].meaning, retry_after_ms=RETRY_AFTER_MS)
