"""Fan-out between the nodes that host members of one party: the port, and the version for one process.

The bus is only a hint. It may lose, double or reorder what it carries: numbered frames are checked against the log, and
the others are worth nothing a second later.
"""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One encoded frame on its way to the members of a party, or to one person."""

    party_id: str
    """The topic: a party's id, or that of a person (`realtime.personal.topic`)."""
    frame: bytes
    seq: int | None = None
    """Number of a party event; None for what is not kept."""
    kind: str = ""
    """The frame's type."""
    member_id: str | None = None
    """The member whom a `member.*` event is about."""
    author_id: str | None = None
    """The member whose words it shows: those who block them are not shown these."""
    record: bytes = b""
    """The event as it is stored, by which other nodes follow the party without reading its log."""
    about_id: str | None = None
    """The notification that a frame to one person shows."""


Receive = Callable[[Message], None]


class Bus(Protocol):
    @property
    def alone(self) -> bool:
        """Whether there can be no other node: then nobody needs to be told what only nodes tell each other."""
        ...

    @property
    def connected(self) -> bool:
        """Whether other nodes are heard just now."""
        ...

    returned: Callable[[], None]
    """Called when the bus was away and is back: what was published meanwhile is lost to it."""

    def publish(self, message: Message) -> None:
        """Send to everybody who listens to the party, here and elsewhere. Never blocks, never raises."""
        ...

    def echo(self, message: Message) -> None:
        """Call those who listen here, and nobody elsewhere."""
        ...

    def subscribe(self, party_id: str, receive: Receive) -> None:
        """Call `receive` with each message of the party from now on."""
        ...

    def unsubscribe(self, party_id: str, receive: Receive) -> None:
        """Stop calling `receive`."""
        ...

    async def settled(self) -> None:
        """Wait until what was subscribed before is heard from other nodes too, or for a bounded time."""
        ...

    async def close(self) -> None:
        """Deliver what is under way and let go."""
        ...
