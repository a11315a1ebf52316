"""A wire in memory that joins pieces, as one on a socket does."""

import abc
from collections.abc import Callable, Iterator

from realtime.wire import Outgoing, Piece

NO_SOCKET = -1


class JoiningWire(abc.ABC):
    """Satisfies `realtime.wire.Wire` but for when it lags; what comes is kept by `keep`."""

    closed: object = None

    def __init__(self) -> None:
        self.apart: Callable[[], None] | None = None

    @property
    def lagging(self) -> bool:
        return False

    @abc.abstractmethod
    def keep(self, payload: bytes) -> None:
        """Take one frame's payload."""

    def send(self, outgoing: Outgoing) -> None:
        self.step_apart()
        if self.closed is None:
            self.keep(outgoing.payload)

    def put(self, piece: Piece) -> bool:
        if self.lagging:
            self.send_now(piece.packed)
        elif self.closed is None:
            piece.wires.append(self)
            piece.descriptors.append(NO_SOCKET)
        return self.lagging

    def send_now(self, piece: bytes) -> None:
        for payload in payloads(piece):
            if self.closed is None:
                self.keep(payload)

    def sent(self, piece: bytes, result: int) -> None:
        assert result < 0, "the kernel has sent to no socket"
        self.send_now(piece)

    def step_apart(self) -> None:
        if self.apart is not None:
            self.apart()


def payloads(packed: bytes) -> Iterator[bytes]:
    """Take text frames of a server apart (RFC 6455, section 5.2)."""
    at = 0
    while at < len(packed):
        length, at = packed[at + 1], at + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, at = int.from_bytes(packed[at : at + size]), at + size
        yield packed[at : at + length]
        at += length
