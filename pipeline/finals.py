"""Finals: merged partials → rows of `aggregates`, each replaced whole under its own id.

Only what was touched is computed again, and always from all of its files. Two runners may meet at one party: who has
published looks whether the manifest is still the one that he read, and otherwise does it again, so the last row to be
written has taken in every file.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

import msgspec
import pandas as pd
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from conf.clock import utc
from pipeline.aggregations import host_day, party_report
from pipeline.aggregations.facts import FAMILY, RAW_COLUMNS, facts, merged
from pipeline.lake import Lake, LakeError
from pipeline.place import Place
from pipeline.slots import day_start_ms
from store.aggregates import AggregatesWriter, aggregate_id
from store.documents import Aggregate
from store.manifest import Manifest
from store.retry import is_connection_fault

FINAL_AFTER_MS = 3_600_000
"""A report is final when the hour after its end is complete: late telemetry of a phone that was asleep is in by then."""
ATTEMPTS = 5
_FAMILIES: dict[str, tuple[Literal["party", "user"], int]] = {
    "party_report": ("party", party_report.VERSION),
    "host_day": ("user", host_day.VERSION),
}


class Moment(msgspec.Struct, frozen=True):
    """The time of a run, and up to when its input is complete."""

    now_ms: int
    complete_ms: int


class HostDays(msgspec.Struct, frozen=True):
    """A host and the days to compute."""

    host: str
    days: tuple[str, ...]


def make_partials(raw_files: Sequence[str], place: Place) -> int:
    """Make the partials of raw files that have none yet; returns how many were made."""
    lake, made = place.open_lake(), 0
    for name in raw_files:
        if not lake.has_partial(name, FAMILY):
            lake.write_partial(name, FAMILY, facts(lake.read_raw(name, RAW_COLUMNS)))
            made += 1
    return made


def publish_parties(parties: Sequence[str], place: Place, moment: Moment) -> int:
    """Compute and publish the reports of `parties`; returns how many rows."""

    def rows(found: pd.DataFrame) -> list[Aggregate]:
        reports = party_report.party_reports(found)
        return [_row("party_report", party, "all", values, moment) for party, values in reports.items()]

    return _publish(place, lambda _: parties, rows)


def publish_host_days(hosts: Sequence[HostDays], place: Place, moment: Moment) -> int:
    """Compute and publish the days of hosts; returns how many rows."""
    return sum(_publish_host(one, place, moment) for one in hosts)


def _publish_host(one: HostDays, place: Place, moment: Moment) -> int:
    def rows(found: pd.DataFrame) -> list[Aggregate]:
        days = host_day.host_days(found, one.days)
        return [_row("host_day", one.host, day, values, moment) for day, values in days.items()]

    return _publish(place, lambda writer: writer.parties_of_host(one.host, one.days), rows)


def _publish(
    place: Place,
    choose: Callable[[AggregatesWriter], Collection[str]],
    compute: Callable[[pd.DataFrame], list[Aggregate]],
) -> int:
    """Publish until the manifest is the same after as before."""
    with place.connected() as database:
        manifest, writer, lake = Manifest(database), AggregatesWriter(database), place.open_lake()

        def once() -> tuple[Mapping[str, list[str]], int]:
            files = manifest.files_of(choose(writer))
            rows = compute(read_facts(lake, files))
            writer.replace_many(rows)
            return files, len(rows)

        files, count = _retrying()(once)
        while manifest.files_of(choose(writer)) != files:
            files, count = _retrying()(once)
        return count


def read_facts(lake: Lake, files: Mapping[str, list[str]]) -> pd.DataFrame:
    """Merge the partials of some parties, whose files are given."""
    parties_in: dict[str, list[str]] = {}
    for party, names in files.items():
        for name in names:
            parties_in.setdefault(name, []).append(party)
    for name in parties_in:
        if not lake.has_partial(name, FAMILY):  # a slot that was ingested again since the partials were made
            lake.write_partial(name, FAMILY, facts(lake.read_raw(name, RAW_COLUMNS)))
    return merged([lake.read_partial(name, FAMILY, parties) for name, parties in sorted(parties_in.items())])


def final_at_ms(family: str, row: Mapping[str, Any]) -> int | None:
    """Tell from when on a row is final: an hour after the party's end, or the day's; None while a party is open."""
    if family == "host_day":
        return day_start_ms(row["window"]) + host_day.DAY_MS + FINAL_AFTER_MS
    ended = row["values"]["party"]["ended_ms"]
    return None if ended is None else ended + FINAL_AFTER_MS


def _row(family: str, subject: str, window: str, values: dict[str, Any], moment: Moment) -> Aggregate:
    kind, version = _FAMILIES[family]
    final_ms = final_at_ms(family, {"window": window, "values": values})
    return Aggregate(
        id=aggregate_id(family, kind, subject, window),
        family=family,
        kind=kind,
        subject=subject,
        window=window,
        definition_version=version,
        computed_at=utc(moment.now_ms),
        complete_until=utc(moment.complete_ms),
        provisional=final_ms is None or moment.complete_ms < final_ms,
        values=values,
    )


def _retrying() -> Retrying:
    """Retry faults of the connection, and files that were superseded between the manifest and their reading."""
    return Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, LakeError) or is_connection_fault(error)),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=2.0),
        reraise=True,
    )
