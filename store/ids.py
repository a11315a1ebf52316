"""Ids: UUIDv7 (RFC 9562, section 5.7), written as 32 hexadecimal digits, so that they sort by the time of their making."""

import secrets


def new_id(now_ms: float) -> str:
    """Make an id: 48 bits of `now_ms`, then 74 random bits, so it cannot be guessed."""
    stamp = int(now_ms) & 0xFFFF_FFFF_FFFF
    chance = secrets.randbits(74)  # at once: each call asks the kernel
    rand_a, rand_b = chance >> 62, chance & (1 << 62) - 1
    return f"{stamp << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b:032x}"


def made_at_ms(made: str) -> int:
    """Read when an id was made."""
    return int(made[:12], 16)


def first_id(at_ms: float) -> str:
    """Name the lower end of the ids that are made at `at_ms`, for a range of times; before 1970 it is the lowest of all."""
    return f"{min(max(0, int(at_ms)), 0xFFFF_FFFF_FFFF):012x}{'0' * 20}"
