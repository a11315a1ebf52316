"""Websocket messages out of whatever bytes came, many at a time, without input and output (RFC 6455, section 5).

Theory. Tornado awaits each frame in three or four reads, each of them a future and a turn of the loop. Here the caller
reads what the kernel has, and all whole frames in it are cut at once. A frame that is not whole waits in the buffer.
What breaks the RFC is found as early as its bytes allow, and ends the reading with the close code that the RFC names:
1002 for a broken frame, 1007 for text that is not UTF-8, 1009 for a message over the bound (told by its header, before
its bytes are taken in).
"""

import codecs
import struct
from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct
from tornado.util import _websocket_mask

PROTOCOL_ERROR = 1002
NOT_UTF8 = 1007
TOO_BIG = 1009

FIN, RESERVED, OPCODE, MASKED, LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F
LENGTH_16, LENGTH_64 = 126, 127
WHOLE_TEXT = 0x81
SHORTEST = 6
"""Bytes of a masked frame that holds nothing."""
UTF8 = codecs.getincrementaldecoder("utf-8")
CONTROL = 0x8
LONGEST_CONTROL = 125
CODE_BYTES = 2
CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})
"""Those that may stand in a close frame; 3000 to 4999 are the applications' own (section 7.4)."""
OWN_CODES = range(3000, 5000)


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


OPCODES = frozenset(Opcode)


class Violation(Exception):  # noqa: N818 - named for what the peer did
    """The peer broke the protocol; nothing that it sends is a message any more."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Frame(Struct, frozen=True):
    """A whole message, or a control frame. `data` is text for TEXT, bytes for the others."""

    opcode: Opcode
    data: str | bytes


class _Header(Struct, frozen=True):
    fin: bool
    opcode: Opcode
    start: int
    """Where the mask begins."""
    length: int

    @property
    def end(self) -> int:
        return self.start + 4 + self.length


class Reader:
    """Holds what came of one connection and is not yet a message."""

    __slots__ = ("_buffer", "_most_bytes", "_opcode", "_parts", "_size", "_utf8")

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._buffer = bytearray()
        self._opcode: Opcode | None = None
        """Kind of the message whose fragments are coming in."""
        self._parts: list[bytes] = []
        self._size = 0
        self._utf8: codecs.IncrementalDecoder | None = None
        """Made with the first fragment: most connections never send one, and it has 1 KB."""

    def whole(self, data: bytes) -> str | None:
        """Read `data` where it is one text frame, neither more nor less, as nearly all are; None where it is to be fed.

        Looks at no more than that takes: 1.2 us, where cutting costs 6.
        """
        if len(data) < SHORTEST or data[0] != WHOLE_TEXT or self._buffer or self._opcode is not None:
            return None
        length, start = data[1] - MASKED, 2
        if length == LENGTH_16:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == LENGTH_64:
            return None
        if start + 4 + length != len(data) or length > self._most_bytes:
            return None
        try:
            return str(_websocket_mask(data[start : start + 4], data[start + 4 :]), "utf-8")
        except UnicodeDecodeError:
            return None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Cut all that is whole. Raises `Violation` behind the last good frame."""
        self._buffer += data
        taken = 0
        try:
            while (header := self._header(taken)) is not None and header.end <= len(self._buffer):
                payload = self._unmasked(header)
                taken = header.end
                frame = self._control(header, payload) if header.opcode & CONTROL else self._data(header, payload)
                if frame is not None:
                    yield frame
        finally:
            del self._buffer[:taken]

    def _header(self, at: int) -> _Header | None:
        """Read a frame's header, as soon as it is there; refuse it before its payload comes."""
        buffer = self._buffer
        if len(buffer) < at + 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        opcode = first & OPCODE
        if first & RESERVED or opcode not in OPCODES or not second & MASKED:
            raise Violation(PROTOCOL_ERROR, "Not a websocket frame.")
        fin, length, start = bool(first & FIN), second & LENGTH, at + 2
        if opcode & CONTROL and (not fin or length > LONGEST_CONTROL):
            raise Violation(PROTOCOL_ERROR, "A control frame is short and whole.")
        if not opcode & CONTROL and (opcode == Opcode.CONTINUATION) == (self._opcode is None):
            raise Violation(PROTOCOL_ERROR, "The fragments do not follow each other.")
        if length >= LENGTH_16:
            width, kind = (2, "!H") if length == LENGTH_16 else (8, "!Q")
            if len(buffer) < start + width:
                return None
            (length,) = struct.unpack_from(kind, buffer, start)
            start += width
        if not opcode & CONTROL and self._size + length > self._most_bytes:
            raise Violation(TOO_BIG, "The message is too big.")
        return _Header(fin, Opcode(opcode), start, length)

    def _unmasked(self, header: _Header) -> bytes:
        start = header.start
        mask = bytes(self._buffer[start : start + 4])
        unmasked: bytes = _websocket_mask(mask, bytes(self._buffer[start + 4 : header.end]))
        return unmasked

    def _data(self, header: _Header, payload: bytes) -> Frame | None:
        if header.fin and self._opcode is None:  # the common case: one frame is the message
            return Frame(header.opcode, _text(payload) if header.opcode == Opcode.TEXT else payload)
        if self._opcode is None:
            self._opcode = header.opcode
            self._utf8 = UTF8()
        if self._opcode == Opcode.TEXT:
            self._check(payload, final=header.fin)
        self._parts.append(payload)
        self._size += len(payload)
        if not header.fin:
            return None
        opcode, whole = self._opcode, b"".join(self._parts)
        self._opcode, self._parts, self._size = None, [], 0
        return Frame(opcode, whole.decode() if opcode == Opcode.TEXT else whole)

    def _check(self, payload: bytes, *, final: bool) -> None:
        """Find text that is not UTF-8 in the fragment in which it stands."""
        assert self._utf8 is not None
        try:
            self._utf8.decode(payload, final)
        except UnicodeDecodeError:
            raise Violation(NOT_UTF8, "Text is UTF-8.") from None

    def _control(self, header: _Header, payload: bytes) -> Frame:
        if header.opcode == Opcode.CLOSE and payload:
            _check_close(payload)
        return Frame(header.opcode, payload)


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise Violation(NOT_UTF8, "Text is UTF-8.") from None


def _check_close(payload: bytes) -> None:
    if len(payload) < CODE_BYTES:
        raise Violation(PROTOCOL_ERROR, "A close code has two bytes.")
    code = int.from_bytes(payload[:CODE_BYTES], "big")
    if code not in CODES and code not in OWN_CODES:
        raise Violation(PROTOCOL_ERROR, "This close code may not be sent.")
    _text(payload[CODE_BYTES:])
