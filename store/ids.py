"""Ids: UUIDv7 (RFC 9562, section 5.7), written as 32 hexadecimal digits, so that they sort by the time of their making."""

import os

VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
"""The digit that begins with the two bits 10, by one of chance."""


def new_id(now_ms: float) -> str:
    """Make an id: 48 bits of `now_ms`, then 74 random bits, so it cannot be guessed."""
    chance = os.urandom(10).hex()
    return f"{int(now_ms) & 0xFFFF_FFFF_FFFF:012x}7{chance[:3]}{VARIANT[chance[3]]}{chance[4:19]}"


def made_at_ms(made: str) -> int:
    """Read when an id was made."""
    return int(made[:12], 16)


def first_id(at_ms: float) -> str:
    """Name the lower end of the ids that are made at `at_ms`, for a range of times; before 1970 it is the lowest of all."""
    return f"{min(max(0, int(at_ms)), 0xFFFF_FFFF_FFFF):012x}{'0' * 20}"
