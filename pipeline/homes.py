"""Homes: where the tables of a party lie. A party's home is the UTC day on which its id was made, so it never moves.

A day of parties is a piece of work that fits into memory, and what happens today touches the homes of today's parties only,
however much history there is.
"""

from zlib import crc32

from pipeline.aggregations.scopes import CANARY
from pipeline.slots import day_of
from store.ids import made_at_ms

_HEX = frozenset("0123456789abcdef")
_OTHERS = 4
_PLACE_OF_VERSION = 12
_EARLIEST_MS, _LATEST_MS = 946_684_800_000, 4_102_444_800_000
"""2000 and 2100: what claims to be older or younger is no id of ours."""


def home_of(party_id: str) -> str:
    """Name the home: a day, `canary`, or for ids without a time in them one of a few others."""
    if party_id.startswith(CANARY):
        return CANARY
    if len(party_id) == 32 and party_id[_PLACE_OF_VERSION] == "7" and _HEX.issuperset(party_id):  # noqa: PLR2004 - a UUID's digits
        made_ms = made_at_ms(party_id)
        if _EARLIEST_MS <= made_ms < _LATEST_MS:
            return day_of(made_ms)
    return f"other-{crc32(party_id.encode()) % _OTHERS:02}"


def by_home(parties: list[str]) -> dict[str, list[str]]:
    """Sort parties by their homes."""
    found: dict[str, list[str]] = {}
    for party in sorted(parties):
        found.setdefault(home_of(party), []).append(party)
    return dict(sorted(found.items()))
