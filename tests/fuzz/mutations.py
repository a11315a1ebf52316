"""Good inputs made bad: bytes flipped, dropped, doubled, moved, and replaced by what breaks parsers."""

import random
from collections.abc import Iterator

NASTY = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800", b"\xe2\x80\xae", b"\xc3\x28", b"\r\n", b"\r\nSet-Cookie: a=b", b"%00", b"%ff",
    b"%", b"&", b"=", b";", b",", b".", b"..", b"/", b"-", b"*", b'"', b"'", b"\\", b"{}", b"[]", b"{", b"[" * 40, b'{"a":' * 40,
    b"null", b"true", b"NaN", b"Infinity", b"1e999", b"-1", b"0", b"9223372036854775808", b"9" * 400, b"$gt", b'{"$ne":1}',
    b"a.b", b"__proto__", b"bytes=", b"none", b"eyJhbGciOiJub25lIn0", "\u2028😀".encode(), b"A" * 3000,
)  # fmt: skip


def mutated(seeds: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Give `count` inputs; the same `seed` gives the same ones."""
    chance = random.Random(seed)
    for _ in range(count):
        text = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
            _change(text, chance, seeds)
        yield bytes(text)


def _change(text: bytearray, chance: random.Random, seeds: list[bytes]) -> None:
    at = chance.randrange(len(text) + 1)
    match chance.randrange(8):
        case 0 if text:
            text[at - 1] ^= 1 << chance.randrange(8)
        case 1 if text:
            text[at - 1] = chance.randrange(256)
        case 2:
            del text[at : at + chance.randrange(1, 20)]
        case 3:
            text[at:at] = chance.choice(NASTY)
        case 4:
            text[at : at + chance.randrange(1, 20)] = chance.choice(NASTY)
        case 5:
            text[at:at] = text[at : at + chance.randrange(1, 40)]
        case 6:
            del text[at:]
        case _:
            other = chance.choice(seeds)
            text[at:] = other[chance.randrange(len(other) + 1) :]
