"""The door of a party whose newcomers wait, for tests without a socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from realtime.porch import KNOCKS_SECONDS
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import Node, Seat
from tests.fakes.seats import Frame, a_node, ask, seated

TOLD = KNOCKS_SECONDS + 0.01
"""Seconds after which a change of who waits has been told."""


@asynccontextmanager
async def guarded(clock: ManualClock, **settings: Any) -> AsyncIterator[tuple[Node, Seat]]:
    """A node, and ann, the host of its party, in which newcomers wait."""
    async with a_node(clock) as node:
        ann, _ = await seated(node, "ann")
        assert (await ask(ann, t="settings", **{"approval": "everyone"} | settings))["t"] == "ok"
        yield node, ann


async def knock(node: Node, name: str, **hello: Any) -> Seat:
    """Come to the door as `seated` does, and say hello."""
    seat = Seat(node)
    who = {"guest": name} if name[0].isupper() else {"token": f"token-{name}"}
    seat.send(t="hello", **who, **hello)
    await settle(40)
    return seat


async def outside(node: Node, name: str, **hello: Any) -> tuple[Seat, Frame]:
    seat = await knock(node, name, **hello)
    (told,) = seat.take("outside")
    return seat, told


async def list_of(clock: ManualClock, seat: Seat) -> list[str]:
    """Give the names on the newest list that a moderator was sent."""
    await settle()
    await clock.advance(TOLD)
    await settle(40)
    return [person["name"] for person in seat.take("knocks")[-1]["knocking"]]
