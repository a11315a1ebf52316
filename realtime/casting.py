"""What many connections are given at once, sent by one kernel call where there is a ring (`realtime.ring`).

A channel has the wires of its listeners join the piece that all of them get, and lays it down here; at the end of a turn
that is done with what wires were given for themselves. Whoever lays down lets everything go before anything else happens in the
loop: so nothing can come in between on any of the sockets.
"""

from array import array
from collections.abc import Iterator

from conf import logs
from realtime.ring import Ring, address_of
from realtime.wire import Joining, Piece

FEWEST = 24
"""Below, single sends are cheaper than a call's 20 us of preparation."""

log = logs.get("realtime.casting")


class Cast:
    """What is laid down; one wire must not be in it twice."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._opened = False
        self._pieces: list[Piece] = []
        self._alone: list[tuple[Joining, int, bytes]] = []

    def lay(self, piece: Piece) -> None:
        """Take a piece that wires have joined."""
        if piece.wires:
            self._pieces.append(piece)

    def lay_alone(self, wire: Joining, descriptor: int, packed: bytes) -> None:
        """Take what a wire gets for itself."""
        self._alone.append((wire, descriptor, packed))

    def go(self) -> None:
        """Send what was laid down."""
        pieces, alone = self._pieces, self._alone
        self._pieces, self._alone = [], []
        many = len(alone) + sum(len(piece.wires) for piece in pieces) >= FEWEST
        ring = self._open() if many else None
        if ring is not None:
            self._send(ring, pieces, alone)
            return
        for wire, packed in _each(pieces, alone):
            wire.send_now(packed)

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    def _send(self, ring: Ring, pieces: list[Piece], alone: list[tuple[Joining, int, bytes]]) -> None:
        descriptors = array("i", [descriptor for _, descriptor, _ in alone])
        addresses = array("Q", [address_of(packed) for _, _, packed in alone])
        sizes = array("i", [len(packed) for _, _, packed in alone])
        for piece in pieces:
            first = len(descriptors)
            descriptors += piece.descriptors
            addresses += array("Q", [address_of(piece.packed)]) * len(piece.wires)
            sizes += array("i", [piece.size]) * len(piece.wires)
            for place, packed in piece.instead.items():
                addresses[first + place], sizes[first + place] = address_of(packed), len(packed)
        short = ring.send(descriptors, addresses, sizes)
        if ring.failed:
            self._ring = None
            log.warning("ring_failed")
        if short:
            sends = list(_each(pieces, alone))
            for number, result in short.items():
                wire, packed = sends[number]
                wire.sent(packed, result)

    def _open(self) -> Ring | None:
        if not self._opened:
            self._opened = True
            try:
                self._ring = Ring()
            except OSError as error:
                log.info("sends_go_one_by_one", reason=str(error))
        return self._ring


def _each(pieces: list[Piece], alone: list[tuple[Joining, int, bytes]]) -> Iterator[tuple[Joining, bytes]]:
    """Go through the sends, in the order of the columns."""
    for wire, _, packed in alone:
        yield wire, packed
    for piece in pieces:
        for place, wire in enumerate(piece.wires):
            yield wire, piece.instead.get(place, piece.packed)
