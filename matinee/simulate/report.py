"""What the bots know at the end: the one JSON line, and what went wrong in words."""

import math
from collections.abc import Sequence
from typing import Any

import msgspec

from matinee.simulate.bots import Book
from matinee.simulate.ledger import Verdict


class PartyFigures(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    unique_viewers: int
    chat_messages: int
    watch_time_ms: int
    peak_concurrent_viewers: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The line on standard output, field by field."""

    parties: list[PartyFigures]
    commands_acked: int
    commands_lost: int
    events_duplicated: int
    resumes: int
    drift_p95_ms: float | None


class PartyEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One party after its end: its bots' books and what its log says to them."""

    id: str
    books: list[Book]
    verdict: Verdict
    unheard: int = 0
    """Events that a bot should have heard and did not, over all bots."""


def report(ends: Sequence[PartyEnd]) -> Report:
    books = [book for end in ends for book in end.books]
    return Report(
        parties=[figures_of(end) for end in ends],
        commands_acked=sum(end.verdict.commands_acked for end in ends),
        commands_lost=sum(end.verdict.commands_lost for end in ends),
        events_duplicated=sum(end.verdict.events_duplicated for end in ends)
        + sum(book.hearing.twice for book in books),
        resumes=sum(book.resumes for book in books),
        drift_p95_ms=quantile([drift for book in books for drift in book.drifts_ms], 0.95),
    )


def peak(stays: Sequence[tuple[float, float]]) -> int:
    """Give the greatest number of stays, each from its first to its last moment, that overlap."""
    steps = sorted([(begin, 1) for begin, _ in stays] + [(end, -1) for _, end in stays])
    level = highest = 0
    for _, step in steps:
        level += step
        highest = max(highest, level)
    return highest


def quantile(values: Sequence[float], share: float) -> float | None:
    """Give the smallest value that at least `share` of all do not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    return round(sorted(values)[max(0, math.ceil(share * len(values)) - 1)], 1)


def complaints(ends: Sequence[PartyEnd]) -> list[str]:
    """Say in words what went wrong, party by party; nothing where all is well."""
    lines = []
    for end in ends:
        found: dict[str, Any] = {
            "acknowledged commands lost": end.verdict.commands_lost,
            "seqs missing": end.verdict.seqs_missing,
            "events never heard": end.unheard,
            "commands without an answer": sum(book.unanswered for book in end.books),
            "viewer events not acknowledged": sum(book.telemetry_left for book in end.books),
            "commands refused": [words for book in end.books for words in book.refused],
            "connections lost": [book.lost for book in end.books if book.lost],
        }
        lines += [f"party {end.id}: {what}: {value}" for what, value in found.items() if value]
    return lines


def figures_of(end: PartyEnd) -> PartyFigures:
    """Say what the bots of a party know about it."""
    there = [book for book in end.books if book.links]
    return PartyFigures(
        id=end.id,
        unique_viewers=len(there),
        chat_messages=sum(ack.kind == "chat" for book in there for ack in book.acknowledged),
        watch_time_ms=sum(book.watched_ms for book in there),
        peak_concurrent_viewers=peak([(book.entered_ms, book.left_ms) for book in there]),
    )
