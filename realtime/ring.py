"""Many sends in one kernel call: io_uring, as far as sending without waiting goes (Linux 5.17; io_uring(7), liburing's io_uring.h).

Theory. A `send` from Python costs its way through the interpreter and into the kernel and back, each time. A ring is memory
shared with the kernel: the descriptors, addresses and sizes of a thousand sends are laid down in columns, three copies in all,
and one call has the kernel carry them out, one after the other. None of them waits (`MSG_DONTWAIT`), so each is over when the call
returns. What went out whole, as nearly all does, leaves no word; what became of the others the kernel lays down in the ring.
Where there is no io_uring (another system, an older kernel, or one that forbids it, as containers often do) there is no ring, and
everybody sends one by one.
"""

import ctypes
import errno
import mmap
import os
import socket
import sys
from array import array
from collections.abc import Iterator
from typing import Any, TypeAlias

ENTRIES = 1024
SETUP, ENTER = 425, 426
"""System calls, by the same numbers on all architectures that came after 2019's unification, x86-64 and ARM among them."""
SEND = 26
RINGS_AT, ENTRIES_AT = 0, 0x1000_0000
ONE_MAPPING, SILENCE = 1 << 0, 1 << 11
"""Features: both rings lie in one mapping (Linux 5.4), and success may go without a word (5.17)."""
SILENT = 1 << 6
"""Flag of an entry that asks for the latter. What goes out in part is a failure then, by `MSG_WAITALL`."""
HOW = socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL | socket.MSG_WAITALL
UNSENT = -errno.EAGAIN
MORE_THAN_LEAST = 64 * 1024
"""Bytes that a socket with the smallest buffer does not take at once."""

Column: TypeAlias = "array[int]"

_PARAMS = 30
"""32-bit words of `struct io_uring_params`: 10 of its own, then 10 offsets of the submission ring and 10 of the completion ring."""


class Ring:
    """Sends bytes on many sockets at once. Raises `OSError` where the kernel gives none; belongs to one thread."""

    def __init__(self, entries: int = ENTRIES) -> None:
        if sys.platform != "linux" or sys.byteorder != "little":
            raise OSError(errno.ENOSYS, "io_uring is Linux's")
        self._call = ctypes.CDLL(None, use_errno=True).syscall
        params = (ctypes.c_uint32 * _PARAMS)()
        self._fd: int = self._checked(self._call(SETUP, entries, ctypes.byref(params)))
        if ~params[5] & (ONE_MAPPING | SILENCE):
            os.close(self._fd)
            raise OSError(errno.ENOSYS, "this io_uring is too old")
        entries, completions = params[0], params[1]
        submission, completion = params[10:20], params[20:30]
        size = max(submission[6] + 4 * entries, completion[5] + 16 * completions)
        rings = memoryview(mmap.mmap(self._fd, size, offset=RINGS_AT))
        sends = memoryview(mmap.mmap(self._fd, 64 * entries, offset=ENTRIES_AT))
        self._entries, self._completions = entries, completions
        # Heads and tails count on and on, modulo 2^32.
        self._tail = _word(rings, submission[1])
        self._seen, self._done = (_word(rings, completion[place]) for place in (0, 1))
        self._order = rings[submission[6] : submission[6] + 4 * entries].cast("I")
        self._results = rings[completion[5] : completion[5] + 16 * completions].cast("i")
        self._numbers = memoryview(array("I", range(entries)))
        words, longs = sends.cast("i"), sends.cast("Q")
        # struct io_uring_sqe, 64 bytes: opcode at 0, flags at 1, fd at 4, address at 16, length at 24, how to send at 28, user data at 32.
        words[0::16] = array("i", [SILENT << 8 | SEND]) * entries
        words[7::16] = array("i", [HOW]) * entries
        longs[4::8] = array("Q", range(entries))
        self._descriptors, self._addresses, self._sizes = words[1::16], longs[2::8], words[6::16]
        self._prove()

    def send(self, descriptors: Column, addresses: Column, sizes: Column) -> dict[int, int]:
        """Send `sizes[i]` bytes from `addresses[i]` on the socket `descriptors[i]`; no socket may stand in it twice.

        Returns, by `i`, of what the kernel did not take whole how many bytes it took, or -errno. A ring that has failed sends
        nothing more: all is `UNSENT`.
        """
        found: dict[int, int] = {}
        for start in range(0, len(descriptors), self._entries):
            ends = start + self._entries
            found |= self._sent(start, descriptors[start:ends], addresses[start:ends], sizes[start:ends])
        return found

    @property
    def failed(self) -> bool:
        """Whether the kernel has given it up, or it was closed."""
        return self._fd < 0

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _sent(self, start: int, descriptors: Column, addresses: Column, sizes: Column) -> dict[int, int]:
        n = len(descriptors)
        self._descriptors[:n], self._addresses[:n], self._sizes[:n] = descriptors, addresses, sizes
        place = self._tail[0] % self._entries
        first = min(n, self._entries - place)
        self._order[place : place + first] = self._numbers[:first]
        self._order[: n - first] = self._numbers[first:n]
        self._tail[0] = (self._tail[0] + n) % 2**32
        done = self._submit(n)
        if done == n and self._seen[0] == self._done[0]:  # as good as always
            return {}
        return {start + i: UNSENT for i in range(done, n)} | {start + i: result for i, result in self._told()}

    def _submit(self, n: int) -> int:
        """Have the kernel carry out what was laid down, and return how much it did. It may stop after some; then it goes on."""
        done = 0
        while done < n and not self.failed:
            taken = self._call(ENTER, self._fd, n - done, 0, 0, None, 0)
            if taken > 0:
                done += taken
            elif taken == 0 or ctypes.get_errno() != errno.EINTR:
                self.close()  # what lies in it still must never be sent
        return done

    def _told(self) -> Iterator[tuple[int, int]]:
        """Take out of the ring what became of those sends of which it says something, each by its number."""
        while self._seen[0] != self._done[0]:
            # struct io_uring_cqe, 16 bytes: user data at 0, result at 8.
            place = 4 * (self._seen[0] % self._completions)
            yield self._results[place], self._results[place + 2]
            self._seen[0] = (self._seen[0] + 1) % 2**32

    def _prove(self) -> None:
        """See that the kernel says what it took where that was not all: it is the one thing that must be true of it."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 0)  # the least there is
            data = bytes(MORE_THAN_LEAST)
            column = array("i", [ours.fileno()]), array("Q", [address_of(data)]), array("i", [len(data)])
            taken = self.send(*column).get(0, len(data))
            told_full = self.send(*column) == {0: UNSENT}
            told_part = 0 < taken < len(data) and len(theirs.recv(len(data), socket.MSG_DONTWAIT)) == taken
        if not told_part or not told_full:
            self.close()
            raise OSError(errno.ENOSYS, "this io_uring does not tell what it left")

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def address_of(data: bytes) -> int:
    """Tell where the bytes lie; they stay there for as long as somebody holds them."""
    return id(data) + _HEAD


def _head_of(sample: bytes) -> int:
    """Measure what CPython keeps of an object of bytes before them: asking `ctypes` for each takes twelve times as long."""
    return (ctypes.cast(ctypes.c_char_p(sample), ctypes.c_void_p).value or 0) - id(sample)


def _word(memory: memoryview, offset: int) -> Any:
    return memory[offset : offset + 4].cast("I")


_HEAD = _head_of(b"sample")
