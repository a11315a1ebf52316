"""Who stands level: the connections of a party that have had all that went out and are owed nothing of their own.

Theory. In a large room nearly everybody stands level nearly always. Looking at each of a thousand connections costs, by what
the processor has to fetch for it, a fifth of what sending to it does; so those who stand level are not looked at. Their
descriptors are a column that goes into the kernel's ring as it is, and one number is the position of all. Whoever is given
something alone, is behind with reading, or is gone steps apart at once, and is looked at with the next piece again.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from realtime.wire import Joining, Outgoing, Piece

T = TypeVar("T")


class Level(Generic[T]):
    """Columns of those who stand level; `left` is called with each who steps apart."""

    def __init__(self, left: Callable[[T], None]) -> None:
        self._left = left
        self._members: list[T] = []
        self._wires: list[Joining] = []
        self._descriptors = array("i")
        self._places: dict[T, int] = {}

    @property
    def members(self) -> list[T]:
        return self._members

    def __contains__(self, member: T) -> bool:
        return member in self._places

    def join(self, piece: Piece, answers: Mapping[T, Sequence[Outgoing]] | None = None) -> None:
        """Have all of them get a piece, and some of them, in the same send, what `answers` has for them."""
        first = len(piece.wires)
        piece.wires += self._wires
        piece.descriptors += self._descriptors
        for member, behind in (answers or {}).items():
            piece.add(first + self._places[member], behind)

    def add(self, member: T, wire: Joining, descriptor: int) -> None:
        """Take in somebody whose wire is idle: it must have joined a piece that all others get too."""
        self._places[member] = len(self._members)
        self._members.append(member)
        self._wires.append(wire)
        self._descriptors.append(descriptor)
        wire.apart = partial(self.leave, member)

    def leave(self, member: T) -> None:
        """Let somebody step apart, who may have done so before."""
        place = self._places.pop(member, None)
        if place is None:
            return
        self._wires[place].apart = None
        last, wire, descriptor = self._members.pop(), self._wires.pop(), self._descriptors.pop()
        if last is not member:
            self._members[place], self._wires[place], self._descriptors[place] = last, wire, descriptor
            self._places[last] = place
        self._left(member)
