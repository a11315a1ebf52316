"""The figures of a simulation for people: how far players were off, how late events came, what a cut cost."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from matinee.simulate.report import PartyEnd, complaints, figures_of, quantile
from matinee.simulate.run import Played

MOST_PARTIES = 12
"""Beyond it only those with the worst drift are shown one by one."""
SHARES = (0.5, 0.95, 0.99, 1.0)


def show(played: Played, console: Console) -> None:
    """Print the tables, and whatever did not go as it should."""
    console.print(_parties(played.ends))
    console.print(_times(played))
    for what, value in counts(played).items():
        console.print(f"{what:>20}  {value}", highlight=False, soft_wrap=True)
    for line in complaints(played.ends):
        console.print(line, style="red")


def counts(played: Played) -> dict[str, str]:
    """Say what was counted, each with what it is a part of."""
    books = [book for end in played.ends for book in end.books]
    verdicts = [end.verdict for end in played.ends]
    heard = sum(len(book.hearing.seen) for book in books)
    snapshots = sum(len(book.hearing.snapshots) for book in books)
    acked = sum(verdict.commands_acked for verdict in verdicts)
    unanswered = sum(book.unanswered for book in books)
    return {
        "bots": f"{len(books)} in {len(played.ends)} parties, all in after {played.joining_seconds:.1f} s",
        "events heard": f"{heard}, {sum(book.hearing.twice for book in books)} of them twice, "
        f"{sum(end.unheard for end in played.ends)} never",
        "commands": f"{acked} acknowledged, {sum(verdict.commands_lost for verdict in verdicts)} of them lost, "
        f"{sum(verdict.events_duplicated for verdict in verdicts)} doubled, {unanswered} without an answer, "
        f"{sum(len(book.refused) for book in books)} refused",
        "resumes": f"{sum(book.resumes for book in books)} of {sum(book.links - 1 for book in books)} returns; "
        f"{sum(book.hearing.missed for book in books)} events told afterwards, {snapshots} times a snapshot instead",
        "lines that broke": _listed(sum((book.ends for book in books), Counter())),
        "server said: later": _listed(
            played.put_off + Counter({"to commands": sum(book.unavailable for book in books)})
        ),
        "the bots": f"used {played.busy:.2f} cores",
    }


def _parties(ends: Sequence[PartyEnd]) -> Table:
    by_drift = sorted(ends, key=lambda end: -(_drift_p95(end) or 0.0))
    shown = ends if len(ends) <= MOST_PARTIES else by_drift[:MOST_PARTIES]
    title = None if shown is ends else f"the {MOST_PARTIES} parties of {len(ends)} with the greatest drift"
    table = Table(
        "party", "viewers", "chat", "watched", "commands", "lost", "resumes", "drift p95", box=None, title=title
    )
    for end in shown:
        figures, drift = figures_of(end), _drift_p95(end)
        table.add_row(
            end.id[-6:],
            str(figures.unique_viewers),
            str(figures.chat_messages),
            f"{figures.watch_time_ms / 1000:.1f} s",
            str(end.verdict.commands_acked),
            str(end.verdict.commands_lost),
            str(sum(book.resumes for book in end.books)),
            "-" if drift is None else f"{drift:.1f} ms",
        )
    return table


def _times(played: Played) -> Table:
    books = [book for end in played.ends for book in end.books]
    rows = {
        "drift from the party": [drift for book in books for drift in book.drifts_ms],
        "event, decision to bot": [late for book in books for late in book.hearing.latencies_ms],
        "the same while all leave at once": [late for book in books for late in book.hearing.leaving_ms],
        "command to its answer": [took for book in books for took in book.answers_ms],
        "the bots' own loop, late by": played.lags_ms,
    }
    table = Table("by the bots' clocks, ms", box=None)
    for name in ("p50", "p95", "p99", "max", "of"):
        table.add_column(name, justify="right")
    for what, values in rows.items():
        places = [quantile(values, share) for share in SHARES]
        table.add_row(what, *("-" if place is None else f"{place:.1f}" for place in places), str(len(values)))
    return table


def _drift_p95(end: PartyEnd) -> float | None:
    return quantile([drift for book in end.books for drift in book.drifts_ms], 0.95)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{count} x {what}" for what, count in sorted(counted.items()) if count) or "none"
