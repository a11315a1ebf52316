"""Ids: UUIDv7 (RFC 9562, section 5.7), written as 32 hexadecimal digits, so that they sort by the time of their making."""

import os

CHANCE_BYTES = 10
VERSION_AT, VERSION_OF = 0, bytes(0x70 | byte & 0x0F for byte in range(256))
VARIANT_AT, VARIANT_OF = 2, bytes(0x80 | byte & 0x3F for byte in range(256))
"""Of the random bytes behind the time two carry fixed bits: version 7 and the variant 10. Tables of `bytes.translate`."""
DRAWN = 256
"""Ids for which chance is drawn at once: a call of the kernel for each was a twelfth of what a chat message costs."""

_drawn: list[str] = []
"""The random ends of ids to come. Each is taken once, by whichever thread; a forked process draws its own."""
os.register_at_fork(after_in_child=_drawn.clear)


def new_id(now_ms: float) -> str:
    """Make an id: 48 bits of `now_ms`, then 74 random bits, so it cannot be guessed."""
    try:
        end = _drawn.pop()
    except IndexError:
        end, *others = _ends(DRAWN)
        _drawn.extend(others)
    return f"{int(now_ms) & 0xFFFF_FFFF_FFFF:012x}{end}"


def _ends(count: int) -> list[str]:
    chance = bytearray(os.urandom(CHANCE_BYTES * count))
    for place, table in ((VERSION_AT, VERSION_OF), (VARIANT_AT, VARIANT_OF)):
        chance[place::CHANCE_BYTES] = chance[place::CHANCE_BYTES].translate(table)
    digits = chance.hex()
    return [digits[at : at + 2 * CHANCE_BYTES] for at in range(0, len(digits), 2 * CHANCE_BYTES)]


def made_at_ms(made: str) -> int:
    """Read when an id was made."""
    return int(made[:12], 16)


def first_id(at_ms: float) -> str:
    """Name the lower end of the ids that are made at `at_ms`, for a range of times; before 1970 it is the lowest of all."""
    return f"{min(max(0, int(at_ms)), 0xFFFF_FFFF_FFFF):012x}{'0' * 20}"
