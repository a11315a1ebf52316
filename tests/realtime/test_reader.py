"""Frames out of bytes, however they are cut."""

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.reader import CODES, Frame, Opcode, Reader, Violation

MOST = 1000


def packed(opcode: int, payload: bytes = b"", *, fin: bool = True, mask: bytes = b"mask", first: int = 0) -> bytes:
    """Write a client frame as RFC 6455, section 5.2 has it."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65536:
        length = b"\xfe" + struct.pack("!H", size)
    else:
        length = b"\xff" + struct.pack("!Q", size)
    body = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([first | (0x80 if fin else 0) | opcode]) + length + mask + body


def read(*chunks: bytes, most: int = MOST) -> list[Frame]:
    reader = Reader(most)
    return [frame for chunk in chunks for frame in reader.feed(chunk)]


def code_of(*chunks: bytes, most: int = MOST) -> int:
    with pytest.raises(Violation) as caught:
        read(*chunks, most=most)
    return caught.value.code


messages = st.one_of(
    st.builds(Frame, st.just(Opcode.TEXT), st.text(max_size=120)),
    st.builds(Frame, st.just(Opcode.BINARY), st.binary(max_size=300)),
)


def written(message: Frame, cuts: list[int]) -> bytes:
    """Write a message as one frame, or as fragments with a ping between each two."""
    payload = message.data.encode() if isinstance(message.data, str) else message.data
    places = sorted({min(cut, len(payload)) for cut in cuts})
    parts = [payload[a:b] for a, b in zip([0, *places], [*places, len(payload)], strict=True)]
    frames = [
        packed(message.opcode if i == 0 else 0, part, fin=i == len(parts) - 1, mask=os.urandom(4))
        for i, part in enumerate(parts)
    ]
    return packed(Opcode.PING, b"still here").join(frames)


@given(st.lists(st.tuples(messages, st.lists(st.integers(0, 300), max_size=3)), max_size=6), st.data())
def test_whatever_the_cuts_the_messages_are_the_same(sent: list[tuple[Frame, list[int]]], data: st.DataObject) -> None:
    stream = b"".join(written(message, cuts) for message, cuts in sent)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    chunks = [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]
    got = [frame for frame in read(*chunks) if frame.opcode != Opcode.PING]
    assert got == [message for message, _ in sent]


@given(st.lists(st.binary(max_size=200), max_size=10))
def test_no_bytes_raise_anything_but_a_violation(chunks: list[bytes]) -> None:
    reader, codes = Reader(MOST), set()
    for chunk in chunks:
        try:
            list(reader.feed(chunk))
        except Violation as violation:
            codes.add(violation.code)
    assert codes <= {1002, 1007, 1009}


def test_what_came_before_a_violation_is_still_read() -> None:
    frames = Reader(MOST).feed(packed(1, b"good") + packed(1, b"last") + packed(3, b"bad"))
    assert [next(frames).data, next(frames).data] == ["good", "last"]
    with pytest.raises(Violation):
        next(frames)


@pytest.mark.parametrize(
    ("chunk", "code"),
    [
        (packed(1, b"x", first=0x40), 1002),
        (packed(5, b"x"), 1002),
        (packed(0xB, b"x"), 1002),
        (b"\x81\x01x", 1002),
        (packed(9, b"x" * 126), 1002),
        (packed(9, b"x", fin=False), 1002),
        (packed(0, b"nothing to go on with"), 1002),
        (packed(1, b"one", fin=False) + packed(1, b"two"), 1002),
        (packed(1, b"\xff\xfe"), 1007),
        (packed(1, "ü".encode()[:1], fin=False) + packed(0, b"x"), 1007),
        (packed(8, b"\x03"), 1002),
        (packed(8, (1005).to_bytes(2, "big")), 1002),
        (packed(8, (1000).to_bytes(2, "big") + b"\xff"), 1007),
    ],
)
def test_each_breach_has_its_code(chunk: bytes, code: int) -> None:
    assert code_of(chunk) == code


def test_a_message_over_the_bound_is_refused_by_its_header_and_never_taken_in() -> None:
    assert code_of(packed(1, b"x" * (MOST + 1))[:4]) == 1009
    assert code_of(b"\x81\xff" + struct.pack("!Q", 2**63)) == 1009
    assert read(packed(1, b"x" * MOST))[0].data == "x" * MOST


def test_fragments_count_together() -> None:
    half = b"x" * (MOST // 2)
    whole = packed(1, half, fin=False) + packed(0, half)
    assert len(read(whole)) == 1
    assert code_of(packed(1, half, fin=False), packed(0, half + b"x")) == 1009


@pytest.mark.parametrize("code", [*sorted(CODES), 3000, 4999])
def test_codes_that_may_be_sent_are_read(code: int) -> None:
    assert read(packed(8, code.to_bytes(2, "big") + b"why")) == [Frame(Opcode.CLOSE, code.to_bytes(2, "big") + b"why")]
