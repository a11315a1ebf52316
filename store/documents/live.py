"""What websocket nodes count of this moment, and of each day. Numbers only: nobody is in them."""

from datetime import datetime

import msgspec

from store.documents.base import Document


class LiveParty(msgspec.Struct, frozen=True, kw_only=True):
    """A live party as one node sees it."""

    party_id: str
    viewers: int
    """Sessions with a connection to the node."""
    chat: int
    """Of the last minute, as what follows."""
    reactions: int
    joins: int


class LiveBeat(Document, kw_only=True):
    """What a node sees of this moment; `id` is the node's, whose next beat replaces it."""

    at: datetime
    viewers: int
    """Sessions with a connection to the node, in parties that are live."""
    live_parties: int
    """Live parties with such a session."""
    chat: int
    """Of the last minute, in all parties, as what follows."""
    reactions: int
    joins: int
    drift: dict[str, int]
    """Counts by the buckets of `store.sketches`: |drift| in ms as each player that plays along told it last."""
    parties: list[LiveParty]
    """Of the live parties those with the most viewers."""
    expires_at: datetime


class LiveDay(Document, kw_only=True):
    """What a node has counted on a UTC day so far; `id` is made of both (`store.live.day_id`)."""

    day: str
    chat: int
    reactions: int
    joins: int
    whole: bool
    """Whether nothing can come to it any more: the day is over, or the node has ended in order. Where one was killed, what it
    counted in its last seconds is missing."""
    expires_at: datetime
