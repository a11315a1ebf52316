"""What many connections are given at once, sent by one kernel call where there is a ring (`realtime.ring`).

Whoever goes through the listeners of a channel has their wires join the piece that all of them get, lays the piece down here,
and lets everything go before anything else happens in the loop: so nothing can come in between on any of the sockets.
"""

from array import array

from conf import logs
from realtime.ring import Ring, address_of
from realtime.wire import Piece

FEWEST = 24
"""Below, single sends are cheaper than a call's 20 us of preparation."""

log = logs.get("realtime.casting")


class Cast:
    """The pieces that are laid down."""

    def __init__(self) -> None:
        self._ring: Ring | None = None
        self._opened = False
        self._pieces: list[Piece] = []

    def lay(self, piece: Piece) -> None:
        """Take a piece that wires have joined; one wire must not be in two."""
        if piece.wires:
            self._pieces.append(piece)

    def go(self) -> None:
        """Send what was laid down."""
        pieces, self._pieces = self._pieces, []
        many = sum(len(piece.wires) for piece in pieces) >= FEWEST
        ring = self._open() if many else None
        if ring is None:
            for piece in pieces:
                for wire in piece.wires:
                    wire.send_now(piece.packed)
        else:
            self._send(ring, pieces)

    def close(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None

    def _send(self, ring: Ring, pieces: list[Piece]) -> None:
        descriptors, addresses, sizes = array("i"), array("Q"), array("i")
        for piece in pieces:
            descriptors += piece.descriptors
            addresses += array("Q", [address_of(piece.packed)]) * len(piece.wires)
            sizes += array("i", [piece.size]) * len(piece.wires)
        short = ring.send(descriptors, addresses, sizes)
        if ring.failed:
            self._ring = None
            log.warning("ring_failed")
        if short:
            wires = [(wire, piece.packed) for piece in pieces for wire in piece.wires]
            for number, result in short.items():
                wire, packed = wires[number]
                wire.sent(packed, result)

    def _open(self) -> Ring | None:
        if not self._opened:
            self._opened = True
            try:
                self._ring = Ring()
            except OSError as error:
                log.info("sends_go_one_by_one", reason=str(error))
        return self._ring
