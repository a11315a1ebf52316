"""The Python client of `matinee.v1`: `async with await connect(url, party, token=…, clock=…) as client`."""

from realtime.client.asking import Accepted
from realtime.client.connecting import connect
from realtime.client.errors import CommandRefused, CommandUnanswered, ConnectionEnded
from realtime.client.party import PartyClient
from realtime.client.player import Player, VirtualPlayer
from realtime.outgoing import typed

__all__ = [
    "Accepted",
    "CommandRefused",
    "CommandUnanswered",
    "ConnectionEnded",
    "PartyClient",
    "Player",
    "VirtualPlayer",
    "connect",
    "typed",
]
