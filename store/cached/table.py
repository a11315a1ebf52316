"""What is cached, as data: one row a tier. `docs/caching.md` shows this table; `python -m store.cached.table` writes it there."""

import re
from pathlib import Path
from typing import Any, Literal

import msgspec

BOUND_MS = 1000
"""No answer from a cache is older than this, whoever made the change: see `store.cached.watch`."""
TOKEN_MINUTES = 15


class Warm(msgspec.Struct, frozen=True, kw_only=True):
    """Which documents are read before the node says that it is ready."""

    collection: str
    """Where their ids stand, in `field`."""
    field: str
    query: dict[str, Any] = {}
    since_minutes: int | None = None
    """Only documents made since then."""
    meaning: str


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """The cache of one collection."""

    collection: str
    what: str
    seconds: float
    """How long an entry lives that nothing invalidates; up to a tenth less, so that not all go at once."""
    group: Literal["document", "subject"] = "document"
    """What one change invalidates: the questions about that document, or all about the subject that its id names."""
    alias: str | None = None
    """A unique field that never changes, by which documents are found too."""
    warm: Warm | None = None


TIERS: tuple[Tier, ...] = (
    Tier(
        collection="users",
        what="who asks, by id: read with every request",
        seconds=60,
        warm=Warm(
            collection="refresh_tokens",
            field="user_id",
            since_minutes=TOKEN_MINUTES,
            meaning="who was here in the last 15 minutes",
        ),
    ),
    Tier(collection="videos", what="a video as somebody may see it, by id", seconds=300),
    Tier(
        collection="parties",
        what="a party by id or by code",
        seconds=60,
        alias="code",
        warm=Warm(collection="parties", field="_id", query={"status": "live"}, meaning="parties that are live"),
    ),
    Tier(
        collection="aggregates", what="published rows and ranges of days of a dashboard", seconds=300, group="subject"
    ),
)

PAGE = Path(__file__).parent.parent.parent / "docs" / "caching.md"
HEAD = "| tier | what | lives at most | invalidated by a change of | read at the start |\n|---|---|---|---|---|\n"
CHANGES = {"document": "the document", "subject": "any row of its subject"}


def table() -> str:
    """Give the table of the page."""
    return HEAD + "".join(
        f"| `{tier.collection}` | {tier.what} | {tier.seconds:g} s | {CHANGES[tier.group]} |"
        f" {tier.warm.meaning if tier.warm else 'nothing'} |\n"
        for tier in TIERS
    )


def page(text: str) -> str:
    """Give the page with the table as it is now; the rest of it stays."""
    return re.sub(re.escape(HEAD) + r"(?:\|.*\n)*", lambda _old: table(), text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
