"""Seats at a node: how tests without a socket come in and ask."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import CODE, PARTY, Node, Seat, Shelf

Frame = dict[str, Any]


ASKED = itertools.count()


@asynccontextmanager
async def a_node(clock: ManualClock | None = None, shelf: Shelf | None = None) -> AsyncIterator[Node]:
    node = Node(clock or ManualClock(), shelf)
    node.start()
    if PARTY not in node.shelf.parties.rows:
        await node.create()
    try:
        yield node
    finally:
        await node.close()


async def seated(node: Node, name: str, reference: str = CODE, **hello: Any) -> tuple[Seat, Frame]:
    """Come in as the user `name`, or as a guest where the name begins with a capital."""
    seat = Seat(node, reference)
    who = {"guest": name} if name[0].isupper() else {"token": f"token-{name}"}
    seat.send(t="hello", **who, **hello)
    await settle(40)
    welcomes = seat.take("welcome")
    assert welcomes, (seat.wire.closed, seat.wire.came)
    return seat, welcomes[0]


async def ask(seat: Seat, **frame: Any) -> Frame:
    """Send a command and return its reply."""
    command_id = f"ask-{next(ASKED)}"
    seat.send(id=command_id, **frame)
    await settle(40)
    (reply,) = seat.take("ok", "error")
    assert reply["id"] == command_id
    return reply
