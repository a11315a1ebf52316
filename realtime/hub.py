"""Who is connected here, and what they are sent: each frame encoded once and given to every connection of its party.

Theory. A channel is one party as this node's connections see it. It subscribes before anybody is told where the party
is, delivers numbered frames strictly in order, drops what it had, and on a gap has the engine read the log, which publishes
what was missing. A connection counts from the seq of its `welcome`; so between that and the first live frame nothing can fall.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from conf import logs
from conf.clock import Clock
from conf.metrics import Metrics
from realtime import errors, frames
from realtime.bus import Bus, Message
from realtime.channel import Channel, Listener
from realtime.draining import send_elsewhere
from realtime.engine import Engine, NoSuchParty
from realtime.families import EndedFamilies
from realtime.party.playback import position_at
from realtime.porch import HEEDED, Porch
from realtime.presence import Presence
from realtime.traffic import Traffic
from realtime.windows import Tally, Window
from realtime.wire import Outgoing
from store.errors import Unavailable

PRESENCE_SECONDS = 0.25
REACTIONS_SECONDS = 0.2
PUTTING_OUT = {"member.kicked": errors.KICKED, "member.banned": errors.MAY_NOT_ENTER, "member.left": errors.NORMAL}
TICK_SECONDS = 1.0
TOP_TICKS, AWAY_TICKS = 30, 5
"""How often the logs of all parties here are looked at, and while the bus is away."""
LAST_WORDS_SECONDS = 1.0
"""From the end of a party to its closes: whoever ended it is answered, and the viewers' last telemetry is acknowledged."""

log = logs.get("realtime.hub")


class Hub:
    def __init__(self, *, engine: Engine, presence: Presence, bus: Bus, clock: Clock, metrics: Metrics) -> None:
        self._engine = engine
        self._presence = presence
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._channels: dict[str, Channel] = {}
        self._waiting: set[Listener] = set()
        self._ended = EndedFamilies()
        self.opened: Callable[[str, str], None] = lambda _party_id, _session_id: None
        """Called with each session that comes to a party here, so that other nodes close it there."""
        self.gathered: Callable[[str, list[str]], None] = lambda _party_id, _member_ids: None
        """Called where some members of a party are not as they were."""
        self.reacted: Callable[[str, str], None] = lambda _party_id, _emoji: None
        """Called with each reaction, for what is kept of them."""
        self._presence_window = Window(clock, PRESENCE_SECONDS, self._tell_presence)
        self._reactions_window = Window(clock, REACTIONS_SECONDS, self._tell_reactions)
        self.traffic = Traffic(clock, metrics)
        self._reactions = Tally()
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        presence.changed = self._presence_window.touch
        self.porch = Porch(channels=self._channels, state=engine.state, presence=presence, clock=clock)

    def start(self) -> None:
        """Begin the ticks; call in the running loop."""
        self._go(self._tick_on())

    @property
    def draining(self) -> bool:
        return self._draining

    def greet(self, listener: Listener) -> None:
        """Take up a connection that has not said hello."""
        self._waiting.add(listener)
        self._metrics.count("ws.opened")
        self._metrics.gauge("ws.connections", self.connections())

    def attach(self, party_id: str, listener: Listener) -> None:
        """Listen to the party on behalf of a connection; from now on nothing is lost to it."""
        channel = self._channels.get(party_id)
        if channel is None:
            channel = self._channels[party_id] = Channel(party_id)
            self._bus.subscribe(party_id, self._receive)
        self.replace(party_id, listener.session_id)
        self.opened(party_id, listener.session_id)
        self._waiting.discard(listener)
        channel.add(listener)
        if (code := self._ended.code_of(listener.family)) is not None:
            listener.close(code)

    def replace(self, party_id: str, session_id: str) -> None:
        """Close a session that has come again, here or on another node."""
        if channel := self._channels.get(party_id):
            channel.replace(session_id)

    def welcome(self, party_id: str, listener: Listener, seq: int) -> None:
        """Begin to deliver what comes after `seq`; call in the same breath as the party is read and `welcome` sent."""
        channel = self._channels[party_id]
        channel.stand_apart(listener)
        listener.position = seq
        if channel.position is None:
            channel.position = seq
        elif channel.position < seq:
            self._heal(party_id)

    def detach(self, party_id: str | None, listener: Listener) -> None:
        """Let a connection go."""
        self._waiting.discard(listener)
        channel = self._channels.get(party_id or "")
        if channel is not None:
            channel.discard(listener)
            if not channel.listeners:
                del self._channels[channel.party_id]
                self._bus.unsubscribe(channel.party_id, self._receive)
        self._metrics.count("ws.closed")
        self._metrics.gauge("ws.connections", self.connections())

    def doubt(self) -> None:
        """Look at the log of every party that somebody here is in: the bus was away."""
        self._engine.doubt()
        for party_id in tuple(self._channels):
            self._heal(party_id)

    def answer(self, party_id: str | None, listener: Listener, outgoing: Outgoing) -> None:
        """Give a connection something for it alone, behind what others are about to get."""
        if channel := self._channels.get(party_id or ""):
            channel.answer(listener, outgoing)
        else:
            listener.deliver(outgoing)

    def stand_apart(self, party_id: str, listener: Listener) -> None:
        """Note that what a connection is shown has changed."""
        if channel := self._channels.get(party_id):
            channel.stand_apart(listener)

    def connections(self) -> int:
        return len(self._waiting) + sum(len(channel.listeners) for channel in self._channels.values())

    def sessions(self) -> dict[str, int]:
        """Count, by party, the sessions that are in; one that has come again and whose old connection still closes counts once."""
        return {
            channel.party_id: len({each.session_id for each in channel.listeners if each.position is not None})
            for channel in self._channels.values()
        }

    def tell(self, party_id: str, fields: dict[str, Any], *, author_id: str | None = None) -> None:
        """Send everybody something that is not kept; those who block its author do not get it."""
        frame = frames.encode(fields)
        self._bus.publish(Message(party_id=party_id, frame=frame, kind=str(fields["t"]), author_id=author_id))

    def announce(self, fields: dict[str, Any]) -> int:
        """Send every connection of this node something that is not kept; return how many there are."""
        outgoing = Outgoing(frames.encode(fields))
        told = [each for channel in self._channels.values() for each in channel.listeners if each.position is not None]
        for listener in told:
            listener.deliver(outgoing)
        return len(told)

    def react(self, party_id: str, emoji: str) -> None:
        """Count a reaction; the counts of 200 ms go out together."""
        self._reactions.add(party_id, emoji)
        self.reacted(party_id, emoji)
        self._reactions_window.touch(party_id)

    def close_family(self, family: str, code: int = errors.BAD_CREDENTIAL) -> None:
        """Close the connections of a login that was revoked, or that goes on under another name; those under way too."""
        self._ended.note(family, code)
        for channel in tuple(self._channels.values()):
            for listener in [listener for listener in channel.listeners if listener.family == family]:
                listener.close(code)

    async def blocks_changed(self, *user_ids: str) -> None:
        """Have the connections of these people look again at who blocks whom; who may not be here any more goes."""
        concerned = [listener for listener in self._everybody() if listener.member_id in user_ids]
        await asyncio.gather(*(listener.renew_blocks() for listener in concerned))

    async def drain(self) -> None:
        """Send everybody elsewhere, in batches, so that they do not come back all at once."""
        self._draining = True
        await send_elsewhere(self._everybody(), self._clock)

    def abandon(self) -> None:
        """Count as gone who has not answered the close: their leaving is recorded while there is somebody to record it."""
        for listener in self._everybody():
            listener.closed()

    def _everybody(self) -> list[Listener]:
        return [*self._waiting, *(each for channel in self._channels.values() for each in channel.listeners)]

    async def close(self) -> None:
        """Stop the ticks and windows. Connections are `drain`'s business."""
        await self._presence_window.close()
        await self.porch.close()
        await self._reactions_window.close()
        await self.traffic.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What the bus brings

    def _receive(self, message: Message) -> None:
        if (channel := self._channels.get(message.party_id)) is None:
            return
        if message.kind in HEEDED:
            self.porch.happened(channel, message.kind)
        if message.seq is None:
            self.traffic.tell(channel, message)
        elif channel.position is not None and message.seq > channel.position:
            if message.seq > channel.position + 1:
                self._heal(message.party_id)
                return
            self.traffic.take(channel, message)
            self._show_out(channel, message)

    def _show_out(self, channel: Channel, message: Message) -> None:
        """Close the connections of those whom an event puts out."""
        if message.kind == "party.ended":
            self._go(self._see_out(channel))
        elif message.kind == "host.changed":
            for listener in channel.listeners:
                if message.member_id in listener.blocks.blocked_by:
                    self._go(listener.renew_blocks())
        elif message.kind in PUTTING_OUT:
            self.traffic.flush(channel)  # they hear why before the door closes
            channel.put_out(message.member_id, PUTTING_OUT[message.kind])

    async def _see_out(self, channel: Channel) -> None:
        await self._clock.sleep(LAST_WORDS_SECONDS)
        for listener in tuple(channel.listeners):
            listener.close(errors.PARTY_ENDED)

    def _heal(self, party_id: str) -> None:
        self._go(self._healed(party_id))

    async def _healed(self, party_id: str) -> None:
        try:
            await self._engine.heal(party_id)
            room = await self._engine.room(party_id)
        except (Unavailable, NoSuchParty):
            return  # the next event or top check finds the gap again
        if (channel := self._channels.get(party_id)) is None:
            return
        self.porch.reconsider(channel)
        if channel.position is None or channel.position >= room.seq:
            return
        # What the engine knew before we asked was not published again: take it from its room.
        missed = room.after(channel.position)
        if missed is None:
            for listener in tuple(channel.listeners):
                listener.close(errors.POSITION_LOST)
            return
        for encoded in missed:
            self._receive(encoded.message(party_id))

    # What time brings

    async def _tick_on(self) -> None:
        ticks = 0
        while True:
            await self._clock.sleep(TICK_SECONDS)
            ticks += 1
            self._tick()
            self.traffic.count()
            if ticks % (TOP_TICKS if self._bus.connected else AWAY_TICKS) == 0:
                for party_id in tuple(self._channels):
                    self._heal(party_id)

    def _tick(self) -> None:
        now_ms = self._clock.now_ms()
        self.porch.expire(now_ms)
        for listener in tuple(self._waiting):
            listener.tick(now_ms, None)
        for channel in tuple(self._channels.values()):
            channel.mark()
            for listener in tuple(channel.listeners):
                listener.tick(now_ms, channel.position)

    def _tell_presence(self, party_id: str) -> None:
        if changes := self._presence.changes(party_id):
            self.tell(party_id, {"t": "presence", "members": changes})
            self.gathered(party_id, [change["id"] for change in changes])
        if news := self._presence.news(party_id):
            frame = frames.encode({"t": "presence", "members": news})
            self._bus.echo(Message(party_id=party_id, frame=frame, kind="presence"))

    def _tell_reactions(self, party_id: str) -> None:
        counts = self._reactions.take(party_id)
        state = self._engine.peek(party_id)
        if not counts or state is None:
            return
        position_ms = position_at(state.playback, self._clock.now_ms(), state.duration_ms)
        self.tell(party_id, {"t": "reactions", "counts": counts, "position_ms": position_ms})

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
