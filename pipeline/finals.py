"""Finals: tables of homes → rows of `aggregates`, each replaced whole under its own id where its values differ.

A day is always computed as a whole, from every home that has rows on it, and a party from its home. Two runners may meet
at one day: who has published looks whether the manifest is still the one that he read, and otherwise does it again, so
the last row to be written has taken in everything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pymongo.database import Database

from conf.clock import utc
from pipeline.aggregations import day as of_day
from pipeline.aggregations import party_report
from pipeline.aggregations.scopes import SUBJECT, Tables, scoped
from pipeline.homes import by_home
from pipeline.place import Place
from pipeline.retrying import retrying
from pipeline.slots import DAY_MS, Moment, day_of, day_start_ms
from pipeline.tables import read_homes
from store.aggregates import AggregatesWriter, aggregate_id, digest
from store.documents import Aggregate
from store.first_views import FirstViewsWriter
from store.home_tables import Files, HomeTables
from store.owed import Owed

FINAL_AFTER_MS = 3_600_000
"""A report is final when the hour after its end is complete: late telemetry of a phone that was asleep is in by then."""
PARTY = "party_report"

Read = Callable[[], Mapping[str, Files]]


def publish_parties(parties: Sequence[str], place: Place, moment: Moment) -> int:
    """Compute and publish the reports of `parties`; returns how many rows."""
    with place.connected() as database:
        manifest, writer, lake = HomeTables(database), AggregatesWriter(database), place.open_lake()
        homes = by_home(list(parties))

        def publish(files: Mapping[str, Files]) -> int:
            reports = party_report.party_reports(read_homes(lake, files, parties=parties))
            rows = [_party_row(party, values, moment) for party, values in reports.items()]
            gone = [aggregate_id(PARTY, "party", party, "all") for party in parties if party not in reports]
            return writer.publish(rows) + writer.remove(gone)

        return _steadily(lambda: manifest.of_homes(homes), publish)


def publish_days(days: Sequence[str], place: Place, moment: Moment) -> int:
    """Compute and publish whole days of all families; returns how many rows changed."""
    return sum(_publish_day(day, place, moment) for day in days)


def _publish_day(day: str, place: Place, moment: Moment) -> int:
    with place.connected() as database:
        manifest, writer, lake = HomeTables(database), AggregatesWriter(database), place.open_lake()

        def publish(files: Mapping[str, Files]) -> int:
            tables = read_homes(lake, files)
            changed = 0
            for family, values in of_day.days(tables, day).items():
                kind = of_day.FAMILIES[family][0]
                final_ms = day_final_ms(day)
                rows = [
                    _row(Name(family, kind, subject, day), of_day.VERSION, found, final_ms, moment)
                    for subject, found in values.items()
                ]
                changed += writer.publish(rows) + writer.remove_others(family, day, [row.id for row in rows])
            _note_first_views(database, tables, day)
            return changed

        return _steadily(lambda: manifest.on_day(day), publish)


def _note_first_views(database: Database[dict[str, Any]], tables: Tables, day: str) -> None:
    """Note who saw something for the first time; where a first view is gone, the days after it are looked at again.

    These are owed before, so that a crash does not forget them, and after, for who was at them meanwhile.
    """
    views = tables["views"]
    begins = day_start_ms(day)
    seen = views[views["is_view"] & (views["at"] >= begins) & (views["at"] < begins + DAY_MS) & views["viewer"].notna()]
    writer = FirstViewsWriter(database)
    for family, (_, members_of) in of_day.FAMILIES.items():
        viewers: dict[str, set[str]] = {}
        names, found = scoped({"views": seen}, members_of(tables))
        for code, viewer in zip(found["views"][SUBJECT].tolist(), found["views"]["viewer"], strict=True):
            viewers.setdefault(names[code], set()).add(viewer)
        writer.seen(family, day, viewers)
        if gone := writer.gone(family, day, viewers):
            _owe_later(database, family, day)
            writer.forget(gone, day)
            _owe_later(database, family, day)


def _owe_later(database: Database[dict[str, Any]], family: str, day: str) -> None:
    Owed(database).owe("days", AggregatesWriter(database).windows_after(family, day))


def _steadily(read: Read, publish: Callable[[Mapping[str, Files]], int]) -> int:
    """Publish until the manifest is the same after as before."""

    def once() -> tuple[Mapping[str, Files], int]:
        files = read()
        return files, publish(files)

    files, count = retrying()(once)
    while read() != files:
        files, again = retrying()(once)
        count += again
    return count


def _party_row(party: str, values: dict[str, Any], moment: Moment) -> Aggregate:
    ended = values["party"]["ended_ms"]
    final_ms = None if ended is None else ended + FINAL_AFTER_MS
    return _row(Name(PARTY, "party", party, "all"), party_report.VERSION, values, final_ms, moment)


def day_final_ms(day: str) -> int:
    """Tell from when on a day is final."""
    return day_start_ms(day) + DAY_MS + FINAL_AFTER_MS


def days_now_final(database: Database[dict[str, Any]], complete_ms: int) -> list[str]:
    """Name the days that are published as provisional and are final by now."""
    day = day_of(complete_ms - FINAL_AFTER_MS - DAY_MS)
    return AggregatesWriter(database).provisional_windows(tuple(of_day.FAMILIES), until=day)


def parties_now_final(database: Database[dict[str, Any]], complete_ms: int) -> list[str]:
    """Name the parties whose reports are published as provisional and are final by now."""
    return AggregatesWriter(database).provisional_parties(complete_ms - FINAL_AFTER_MS)


class Name(NamedTuple):
    """Which row."""

    family: str
    kind: of_day.Kind
    subject: str
    window: str


def _row(name: Name, version: int, values: dict[str, Any], final_ms: int | None, moment: Moment) -> Aggregate:
    return Aggregate(
        id=aggregate_id(*name),
        family=name.family,
        kind=name.kind,
        subject=name.subject,
        window=name.window,
        definition_version=version,
        computed_at=utc(moment.now_ms),
        complete_until=utc(moment.complete_ms),
        provisional=final_ms is None or moment.complete_ms < final_ms,
        values=values,
        digest=digest(values),
    )
