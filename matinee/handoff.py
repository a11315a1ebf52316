"""One party, one worker: a connection that lands at another worker of this machine is handed to the one that hosts its party.

Theory. A message costs each worker that hosts a member of its party nearly as much as the first one, so parties that are spread
over all workers leave little for a second worker to do better. Which worker a party belongs to follows from the address that is
asked for, by rendezvous hashing (Thaler and Ravishankar, 1998): the workers share no state, and while one is away its parties go
to others, each to one. The request is looked at and not read (MSG_PEEK), and the socket goes over a Unix socket (SCM_RIGHTS), so
that whoever gets it begins at its first byte. None of it is needed: who cannot be handed over is served where they landed, and
the bus joins those who are apart.
"""

import asyncio
import hashlib
import re
import socket
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import add_accept_handler

from conf import logs

PARTY = re.compile(rb"GET /ws/parties/([^/? ]{1,64})[? ]")
LOOK_BYTES = 128
"""More than the address of any party takes."""
SILENT_SECONDS = 1
"""The kernel keeps a connection that long for its first bytes; then it is served where it lands."""
AT_ONCE = 64
"""Connections taken over before others have their turn."""

log = logs.get("matinee.handoff")


class Place(Struct, frozen=True):
    """Which of several workers one is, and the folder where they find each other."""

    folder: Path
    number: int
    of: int

    def door(self, number: int) -> str:
        return str(self.folder / str(number))


def ranking(party: bytes, workers: int) -> list[int]:
    """List the workers, from 1, in the order in which a party belongs to them."""
    return sorted(
        range(1, workers + 1), key=lambda number: hashlib.blake2b(b"%d:%b" % (number, party), digest_size=8).digest()
    )


class HandOff:
    def __init__(self, place: Place, server: HTTPServer) -> None:
        self._place = place
        self._server = server
        self._doors: dict[int, socket.socket] = {}
        """Connected to the other workers, of which some may be gone by now."""
        self._closes: list[Callable[[], object]] = []

    def start(self, listener: socket.socket) -> None:
        """Serve on a listening socket, and what other workers hand over; call in the running loop."""
        if hasattr(socket, "TCP_DEFER_ACCEPT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        path = Path(self._place.door(self._place.number))
        try:
            path.unlink(missing_ok=True)  # of one with this number before us
            door.bind(str(path))
            door.listen()
            door.settimeout(0)
        except OSError as error:
            door.close()
            log.warning("other workers cannot hand over connections", reason=str(error))
        else:
            self._closes += [add_accept_handler(door, self._meet), door.close]
        self._closes += [add_accept_handler(listener, self._take), listener.close]

    def close(self) -> None:
        """Take nothing new."""
        for close in (*self._closes, *(door.close for door in self._doors.values())):
            close()
        self._closes.clear()
        self._doors.clear()

    def _take(self, connection: socket.socket, _address: object) -> None:
        """Find out where a connection belongs that the kernel gave to us."""
        try:
            found = PARTY.match(connection.recv(LOOK_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT))
        except OSError:  # it has said nothing yet, or has gone
            found = None
        if found:
            for number in ranking(found[1].upper(), self._place.of):  # codes are read in any case
                if number == self._place.number:
                    break
                if self._handed(connection, number):
                    connection.close()
                    return
        self._serve(connection)

    def _handed(self, connection: socket.socket, number: int) -> bool:
        """Give a connection to another worker; False where that is away or has its hands full."""
        for _ in range(2):  # it may have been started again since we met
            try:
                socket.send_fds(self._door(number), [b"\0"], [connection.fileno()], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                if (door := self._doors.pop(number, None)) is None:
                    return False
                door.close()
            else:
                return True
        return False

    def _door(self, number: int) -> socket.socket:
        if number not in self._doors:
            door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            try:
                door.settimeout(0)
                door.connect(self._place.door(number))
            except OSError:
                door.close()
                raise
            self._doors[number] = door
        return self._doors[number]

    def _meet(self, mate: socket.socket, _address: object) -> None:
        """Listen to another worker until it goes."""
        loop = asyncio.get_running_loop()
        mate.settimeout(0)

        def leave() -> None:
            loop.remove_reader(mate)
            mate.close()

        loop.add_reader(mate, self._take_over, mate, leave)
        self._closes.append(leave)

    def _take_over(self, mate: socket.socket, leave: Callable[[], None]) -> None:
        for _ in range(AT_ONCE):
            try:
                word, descriptors, _, _ = socket.recv_fds(mate, 1, 1, socket.MSG_CMSG_CLOEXEC)
            except BlockingIOError:
                return
            except OSError:
                word, descriptors = b"", []
            for descriptor in descriptors:
                self._serve(socket.socket(fileno=descriptor))
            if not word:
                self._closes.remove(leave)
                leave()
                return

    def _serve(self, connection: socket.socket) -> None:
        try:
            address = connection.getpeername()
        except OSError:  # it has gone already
            connection.close()
            return
        stream = IOStream(
            connection, max_buffer_size=self._server.max_buffer_size, read_chunk_size=self._server.read_chunk_size
        )
        self._server.handle_stream(stream, address)
