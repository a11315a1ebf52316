"""Many sends in one kernel call: io_uring, as far as sending without waiting goes (Linux 5.6; io_uring(7), liburing's io_uring.h).

Theory. A `send` from Python costs its way through the interpreter and into the kernel and back, each time. A ring is memory
shared with the kernel: the descriptors, addresses and sizes of a thousand sends are laid down in columns, three copies in all,
and one call has the kernel carry them out, one after the other. None of them waits (`MSG_DONTWAIT`), so each is over when the call
returns, and what became of it stands in the ring. Where there is no io_uring (another system, an older kernel, or one that
forbids it, as containers often do) there is no ring, and everybody sends one by one.
"""

import ctypes
import errno
import mmap
import os
import socket
import sys
from array import array
from typing import Any, TypeAlias

ENTRIES = 1024
SETUP, ENTER = 425, 426
"""System calls, by the same numbers on all architectures that came after 2019's unification, x86-64 and ARM among them."""
SEND = 26
RINGS_AT, ENTRIES_AT = 0, 0x1000_0000
ONE_MAPPING = 1
"""The feature of Linux 5.4 that both rings lie in one mapping."""
UNSENT = -errno.EAGAIN

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
        if not params[5] & ONE_MAPPING:
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
        # struct io_uring_sqe, 64 bytes: opcode at 0, fd at 4, address at 16, length at 24, flags of send at 28, user data at 32.
        words[0::16] = array("i", [SEND]) * entries
        words[7::16] = array("i", [socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL]) * entries
        longs[4::8] = array("Q", range(entries))
        self._descriptors, self._addresses, self._sizes = words[1::16], longs[2::8], words[6::16]

    def send(self, descriptors: Column, addresses: Column, sizes: Column) -> list[int]:
        """Send `sizes[i]` bytes from `addresses[i]` on the socket `descriptors[i]`; no socket may stand in it twice.

        Returns for each how many bytes the kernel took, or -errno. A ring that has failed sends nothing more: all is `UNSENT`.
        """
        found: list[int] = []
        for start in range(0, len(descriptors), self._entries):
            ends = start + self._entries
            found += self._sent(descriptors[start:ends], addresses[start:ends], sizes[start:ends])
        return found

    @property
    def failed(self) -> bool:
        """Whether the kernel has given it up, or it was closed."""
        return self._fd < 0

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _sent(self, descriptors: Column, addresses: Column, sizes: Column) -> list[int]:
        n = len(descriptors)
        if self.failed:
            return [UNSENT] * n
        self._descriptors[:n], self._addresses[:n], self._sizes[:n] = descriptors, addresses, sizes
        start = self._tail[0] % self._entries
        first = min(n, self._entries - start)
        self._order[start : start + first] = self._numbers[:first]
        self._order[: n - first] = self._numbers[first:n]
        self._tail[0] = (self._tail[0] + n) % 2**32
        self._submit(n)
        return self._taken(n)

    def _submit(self, n: int) -> None:
        """Have the kernel carry out what was laid down. It may stop after some; then it goes on with the rest."""
        while n:
            done = self._call(ENTER, self._fd, n, 0, 0, None, 0)
            if done < 0 and ctypes.get_errno() == errno.EINTR:
                continue
            if done <= 0:
                self.close()  # what lies in it still must never be sent
                return
            n -= done

    def _taken(self, n: int) -> list[int]:
        """Take the results out of the ring, by the number of the send."""
        came = (self._done[0] - self._seen[0]) % 2**32
        start = self._seen[0] % self._completions
        first = min(came, self._completions - start)
        # struct io_uring_cqe, 16 bytes: user data at 0, result at 8.
        numbers = self._column(0, start, first, came)
        results = self._column(2, start, first, came)
        self._seen[0] = self._done[0]
        if numbers == self._numbers[:n].tolist():  # as good as always
            return results
        found = [UNSENT] * n
        for number, result in zip(numbers, results, strict=True):
            found[number] = result
        return found

    def _column(self, word: int, start: int, first: int, came: int) -> list[int]:
        column = self._results[word::4]
        return column[start : start + first].tolist() + column[: came - first].tolist()

    @staticmethod
    def _checked(result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return result


def address_of(data: bytes) -> int:
    """Tell where the bytes lie; they stay there for as long as somebody holds them."""
    return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0


def _word(memory: memoryview, offset: int) -> Any:
    return memory[offset : offset + 4].cast("I")
