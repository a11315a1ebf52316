"""A party as this node's connections see it, and what the hub knows of each of them."""

from typing import Protocol

from realtime.blocks import Blocks
from realtime.wire import Outgoing


class Listener(Protocol):
    """A connection, as the hub sees it."""

    member_id: str
    session_id: str
    family: str | None
    position: int | None
    """Seq of the newest event it was given; None before its welcome."""
    leaving: bool
    blocks: Blocks

    def deliver(self, outgoing: Outgoing) -> None: ...

    def tick(self, now_ms: float, top_seq: int | None) -> None: ...

    def close(self, code: int) -> None: ...

    def closed(self) -> None: ...

    async def renew_blocks(self) -> None:
        """Find out again what it is not shown, and whether its member may still be here."""
        ...


class Channel:
    def __init__(self, party_id: str) -> None:
        self.party_id = party_id
        self.position: int | None = None
        self.listeners: set[Listener] = set()
