"""Which people have sockets here, and what they hear.

Theory. The bus brings a notification at once, or not at all; so every half minute what is stored is looked through for
what was missed. A connection knows the ids that it has been given, and gives none of them twice.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol

from conf.clock import Clock
from conf.metrics import Metrics
from realtime import errors, frames
from realtime.bus import Bus, Message
from realtime.casting import Cast
from realtime.draining import send_elsewhere
from realtime.families import EndedFamilies
from realtime.personal.inbox import Inbox
from realtime.personal.topic import NOTIFICATION, Heard, topic
from realtime.windows import Window
from realtime.wire import Outgoing
from store.errors import Unavailable
from store.ids import new_id

TICK_SECONDS = 1.0
HEAL_TICKS = 30
UNREAD_SECONDS = 0.25
"""Window in which many new or read notifications become one count."""


class Listener(Protocol):
    """A personal connection, as the hub sees it."""

    user_id: str
    family: str | None

    def hear(self, notification_id: str, outgoing: Outgoing) -> None:
        """Give it a notification, unless it has had it."""
        ...

    def deliver(self, outgoing: Outgoing) -> None: ...

    def tick(self, now_ms: float) -> None: ...

    def close(self, code: int) -> None: ...

    def closed(self) -> None: ...


class Channel:
    """One person's connections here, and the newest notification that they have heard of."""

    def __init__(self, newest: str) -> None:
        self.newest = newest
        self.listeners: set[Listener] = set()


class PersonalHub:
    def __init__(self, *, inbox: Inbox, bus: Bus, clock: Clock, metrics: Metrics) -> None:
        self._inbox = inbox
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._channels: dict[str, Channel] = {}
        self._waiting: set[Listener] = set()
        self._ended = EndedFamilies()
        self._unread_window = Window(clock, UNREAD_SECONDS, self._count)
        self._tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        self.cast = Cast()

    def start(self) -> None:
        """Begin the ticks; call in the running loop."""
        self._go(self._tick_on())

    def greet(self, listener: Listener) -> None:
        """Take up a connection that has not said hello."""
        self._waiting.add(listener)
        self._metrics.count("ws.opened")
        self._metrics.gauge("ws.personal", self.connections())

    def attach(self, listener: Listener) -> None:
        """Listen on behalf of a connection whose person is known; from now on nothing is lost to it."""
        name = topic(listener.user_id)
        channel = self._channels.get(name)
        if channel is None:
            channel = self._channels[name] = Channel(new_id(self._clock.now_ms()))
            self._bus.subscribe(name, self._receive)
        self._waiting.discard(listener)
        channel.listeners.add(listener)
        if (code := self._ended.code_of(listener.family)) is not None:
            listener.close(code)

    def detach(self, listener: Listener) -> None:
        """Let a connection go."""
        self._waiting.discard(listener)
        name = topic(listener.user_id)
        channel = self._channels.get(name)
        if channel is not None:
            channel.listeners.discard(listener)
            if not channel.listeners:
                del self._channels[name]
                self._bus.unsubscribe(name, self._receive)
        self._metrics.count("ws.closed")
        self._metrics.gauge("ws.personal", self.connections())

    def connections(self) -> int:
        return len(self._waiting) + sum(len(channel.listeners) for channel in self._channels.values())

    def announce(self, fields: dict[str, Any]) -> int:
        """Send every connection of this node something that is not kept; return how many there are."""
        outgoing = Outgoing(frames.encode(fields))
        told = [each for channel in self._channels.values() for each in channel.listeners]
        for listener in told:
            listener.deliver(outgoing)
        return len(told)

    def close_family(self, family: str, code: int = errors.BAD_CREDENTIAL) -> None:
        """Close the connections of a login that was revoked, or that goes on under another name; those under way too."""
        self._ended.note(family, code)
        for listener in self._everybody():
            if listener.family == family:
                listener.close(code)

    async def drain(self) -> None:
        """Send everybody elsewhere, in batches, so that they do not come back all at once."""
        self.draining = True
        await send_elsewhere(self._everybody(), self._clock)

    def abandon(self) -> None:
        """Count as gone who has not answered the close."""
        for listener in self._everybody():
            listener.closed()

    async def close(self) -> None:
        """Stop the ticks and windows. Connections are `drain`'s business."""
        await self._unread_window.close()
        self.cast.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _everybody(self) -> list[Listener]:
        return [*self._waiting, *(each for channel in self._channels.values() for each in channel.listeners)]

    # What the bus brings

    def _receive(self, message: Message) -> None:
        channel = self._channels.get(message.party_id)
        if channel is None:
            return
        if message.kind == NOTIFICATION and message.about_id is not None:
            self._hear(channel, message.about_id, Outgoing(message.frame))
        self._unread_window.touch(message.party_id)

    def _hear(self, channel: Channel, notification_id: str, outgoing: Outgoing) -> None:
        channel.newest = max(channel.newest, notification_id)
        for listener in tuple(channel.listeners):
            listener.hear(notification_id, outgoing)
        self._metrics.count("ws.frames_out", len(channel.listeners))

    # What time brings

    async def _tick_on(self) -> None:
        ticks = 0
        while True:
            await self._clock.sleep(TICK_SECONDS)
            ticks += 1
            now_ms = self._clock.now_ms()
            for listener in self._everybody():
                listener.tick(now_ms)
            if ticks % HEAL_TICKS == 0:
                self._go(self._heal())

    async def _heal(self) -> None:
        """Look for what the bus did not bring, person by person: there is no hurry."""
        for name, channel in tuple(self._channels.items()):
            listener = next(iter(channel.listeners), None)
            if listener is None:
                continue
            try:
                missed = await self._inbox.since(listener.user_id, channel.newest)
            except Unavailable:
                return  # the next turn finds it
            if any(heard.id > channel.newest for heard in missed):
                self._unread_window.touch(name)
            for heard in missed:
                self._hear(channel, heard.id, encoded(heard))

    def _count(self, name: str) -> None:
        if name in self._channels:
            self._go(self._tell_unread(self._channels[name]))

    async def _tell_unread(self, channel: Channel) -> None:
        listener = next(iter(channel.listeners), None)
        if listener is None:
            return
        try:
            count = await self._inbox.unread(listener.user_id)
        except Unavailable:
            return  # a count is worth nothing a moment later
        outgoing = Outgoing(frames.encode({"t": "unread", "count": count}))
        for each in tuple(channel.listeners):
            each.deliver(outgoing)

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def encoded(heard: Heard) -> Outgoing:
    """Write a notification as the frame that goes out."""
    return Outgoing(frames.encode(heard.fields))
