"""When what a channel holds goes out, and how many frames come and go.

Frames go out at the end of the loop's next turn, one call for all channels: by then the loop has listened once more, and what
it heard goes out with them. Figures are told once a tick: a packet to statsd for each frame would cost more than the frame.
"""

import asyncio
from collections.abc import Iterable

from conf.clock import Clock
from conf.metrics import Metrics
from realtime.bus import Message
from realtime.casting import Cast
from realtime.channel import Channel
from realtime.windows import Window

COMINGS = frozenset({"member.joined", "member.left"})
CROWD = 50
COMINGS_SECONDS = 0.05
"""Among so many, comings and goings wait at least so long for each other."""
COMINGS_SECONDS_EACH, COMINGS_SECONDS_AT_MOST = 0.00025, 0.5
"""And so long for each who is inside: a round of sends takes 7 us for each, so that telling of joins costs a thirtieth of the
processor, however large the room is that fills up."""


class Traffic:
    def __init__(self, clock: Clock, metrics: Metrics) -> None:
        self.frames_in = 0
        self._frames_out = 0
        self._metrics = metrics
        self._due: list[Channel] = []
        self.cast = Cast()
        self._crowds: dict[str, Channel] = {}
        self._window = Window(clock, COMINGS_SECONDS, lambda party_id: self.flush(self._crowds.pop(party_id)))

    def take(self, channel: Channel, message: Message) -> None:
        """Take the next numbered frame: it goes out at the end of the next turn, in a crowd who came and went a little later."""
        channel.hold(message)
        if message.kind in COMINGS and len(channel.listeners) >= CROWD:
            self._crowds[channel.party_id] = channel
            seconds = max(COMINGS_SECONDS, COMINGS_SECONDS_EACH * len(channel.listeners))
            self._window.touch(channel.party_id, min(seconds, COMINGS_SECONDS_AT_MOST))
        elif not channel.due:
            channel.due = True
            if not self._due:
                asyncio.get_running_loop().call_soon(self._listen_once_more)
            self._due.append(channel)

    def tell(self, channel: Channel, message: Message) -> None:
        """Give everybody a frame that is not kept, behind what is held."""
        self.flush(channel)
        channel.tell(message, self.cast.lay)
        self.cast.go()
        self._frames_out += len(channel.listeners)

    def flush(self, channel: Channel) -> None:
        self._flush([channel])

    def count(self) -> None:
        """Tell how many frames came and went since this was called last."""
        if self.frames_in:
            self._metrics.count("ws.frames_in", self.frames_in)
        if self._frames_out:
            self._metrics.count("ws.frames_out", self._frames_out)
        self.frames_in = self._frames_out = 0

    async def close(self) -> None:
        await self._window.close()
        self.cast.close()
        self.count()

    def _listen_once_more(self) -> None:
        # A turn of the loop costs less than a few sends, and where several people talk at once the next words are often there already.
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        due, self._due = self._due, []
        self._flush(due)

    def _flush(self, channels: Iterable[Channel]) -> None:
        """Give the listeners of channels what these hold, all of it at once."""
        for channel in channels:
            self._frames_out += channel.flush(self.cast.lay)
        self.cast.go()
