"""From MongoDB to the aggregates, over a real database and a real lake."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pymongo.database import Database

from pipeline.jobs.job import Step
from pipeline.place import Place
from pipeline.slots import slot_of
from store.figures import figure
from store.job_runs import JobRuns
from store.manifest import Manifest
from store.metric_definitions import DEFINITIONS
from store.pseudonyms import pseudonym as pseudonym_under
from tests.factories.events import MINUTE, START, Maker, a_history
from tests.pipeline.stored import LAKE_KEY, LATER_MS, a_pipeline, keep, published

pytestmark = pytest.mark.integration
Mongo = Database[dict[str, Any]]


def figure_of(name: str, values: dict[str, Any]) -> Any:
    return figure(DEFINITIONS[name], values).value


def pseudonym(person: str) -> str:
    return pseudonym_under(LAKE_KEY, person)


def test_a_run_publishes_what_the_viewers_did(place: Place, mongo: Mongo) -> None:
    history = a_history(seed=11)
    keep(mongo, history)
    summary = a_pipeline(place).run()
    assert (summary.failed, summary.waiting) == ({}, [])
    rows = published(mongo)
    for party_id, truth in history.answers.items():
        values = rows[f"party_report:party:{party_id}:all"]["values"]
        assert figure_of("watch_time_ms", values) == truth.watch_time_ms
        assert figure_of("unique_viewers", values) == len(truth.viewers)
        assert figure_of("peak_concurrent_viewers", values) == truth.peak
        assert figure_of("average_concurrent_viewers", values) == pytest.approx(truth.average)
        assert figure_of("chat_messages", values) == truth.chat_messages
        for day, watched in truth.watch_by_day.items():
            host = rows[f"creator_day:user:{pseudonym(truth.host)}:{day}"]["values"]
            assert figure_of("watch_time_ms", host) >= watched
    assert rows["party_report:party:party000:all"]["provisional"] is False
    assert rows["party_report:party:party001:all"]["provisional"] is True, "it is still open"


def test_a_second_run_finds_nothing_to_do(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history())
    first = a_pipeline(place).run()
    before = published(mongo)
    second = a_pipeline(place).run()
    assert first.slots > 0
    assert (second.slots, set(second.rows.values())) == (0, {0})
    assert published(mongo) == before


def test_a_replay_of_everything_gives_equal_rows_and_the_same_files(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history())
    a_pipeline(place).run()
    before, files = published(mongo), place.open_lake().raw_names()
    again = a_pipeline(place).run(frm=datetime.fromtimestamp(START / 1000 - 86_400, tz=UTC))
    assert again.slots == len(files)
    assert published(mongo) == before
    assert place.open_lake().raw_names() == files


def test_piece_by_piece_ends_as_one_run_over_the_whole(place: Place, mongo: Mongo) -> None:
    history = a_history(parties=2)
    telemetry, commits = history.telemetry, history.commits
    for now_ms in range(START - 6 * MINUTE, START + 9 * MINUTE, 3 * MINUTE):
        history.telemetry = [one for one in telemetry if now_ms - 3 * MINUTE <= one["received_ms"] < now_ms]
        history.commits = [one for one in commits if now_ms - 3 * MINUTE <= one["received_ms"] < now_ms]
        keep(mongo, history)
        a_pipeline(place, now_ms=now_ms + 20_000).run_closed(now_ms - 15 * MINUTE)
    rest = [one for one in telemetry if one["received_ms"] >= now_ms]
    history.telemetry, history.commits = rest, [one for one in commits if one["received_ms"] >= now_ms]
    keep(mongo, history)
    a_pipeline(place).run()
    piecewise = published(mongo)
    mongo["aggregates"].drop()
    mongo["job_runs"].drop()
    a_pipeline(place).run()
    assert piecewise == published(mongo)


def test_the_open_minute_counts_at_once_and_again_when_more_comes(place: Place, mongo: Mongo) -> None:
    maker = Maker(5, duplicates=0, late=0)
    party = maker.party(starts=START, minutes=1, viewers=3)
    keep(mongo, maker.history)
    now_ms = START + 65_000.0
    a_pipeline(place, now_ms=now_ms + 60_000).run()
    row = f"party_report:party:{party}:all"
    before = published(mongo)[row]["values"]["sums"]["chat_messages"]
    maker.history.telemetry.clear()
    maker.history.commits.clear()
    maker.log(party, "chat.sent", START + 30_500, user_id="user0", session_id=f"{party}-s0", body={})
    keep(mongo, maker.history)
    summary = a_pipeline(place, now_ms=now_ms + 60_000).run()
    assert summary.slots == 1
    assert published(mongo)[row]["values"]["sums"]["chat_messages"] == before + 1
    assert len(place.open_lake().raw_files(slot_of(START + 30_500))) == 1, "the superseded file is gone"


def test_a_file_that_is_superseded_before_it_is_read_is_looked_up_anew(
    place: Place, mongo: Mongo, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker(5, duplicates=0, late=0)
    party = maker.party(starts=START, minutes=1, viewers=3)
    keep(mongo, maker.history)
    looked_up, overtaken = Manifest.files_of, []

    def files_of(manifest: Manifest, parties: Collection[str]) -> dict[str, list[str]]:
        found = looked_up(manifest, parties)
        if not overtaken:  # another runner brings a minute again, as something came late
            maker.history.telemetry.clear()
            maker.history.commits.clear()
            maker.log(party, "chat.sent", START + 30_500, user_id="user0", session_id=f"{party}-s0", body={})
            keep(mongo, maker.history)
            overtaken.append(a_pipeline(place, now_ms=START + 125_000).run(job="ingest"))
        return found

    monkeypatch.setattr(Manifest, "files_of", files_of)
    summary = a_pipeline(place, now_ms=START + 125_000).run()
    assert (overtaken[0].slots, summary.failed) == (1, {})
    monkeypatch.undo()
    a_pipeline(place, now_ms=START + 125_000).run()
    raced = published(mongo)
    mongo["aggregates"].drop()
    mongo["job_runs"].drop()
    a_pipeline(place, now_ms=START + 125_000).run()
    assert published(mongo) == raced


def test_late_events_change_exactly_the_rows_they_touch(place: Place, mongo: Mongo) -> None:
    history = a_history(seed=3)
    keep(mongo, history)
    a_pipeline(place, now_ms=LATER_MS + 60_000).run()
    before = {row["_id"]: row for row in mongo["aggregates"].find()}
    late = {
        "_id": "f" * 32, "type": "party.joined", "v": 1, "at_ms": START + 60_000, "received_ms": int(LATER_MS),
        "party_id": "party000", "session_id": "late", "guest_id": "latecomer",
    }  # fmt: skip
    history.telemetry, history.commits = [late], []
    keep(mongo, history)
    a_pipeline(place, now_ms=LATER_MS + 120_000).run()
    after = {row["_id"]: row for row in mongo["aggregates"].find()}
    changed = {name for name, row in after.items() if before.get(name) != row}
    host = pseudonym(history.answers["party000"].host)
    assert changed == {
        "party_report:party:party000:all",
        f"creator_day:user:{host}:2026-11-23",
        "platform_day:platform:all:2026-11-23",
    }


def test_a_slot_that_fails_is_told_and_done_by_the_next_run(place: Place, mongo: Mongo, logs: Any) -> None:
    maker = Maker(1)
    maker.log("p", "chat.sent", START + 5 * MINUTE, user_id="u", session_id="s", body={})
    keep(mongo, maker.history)
    slot = slot_of(START + 5 * MINUTE)
    blocked = Path(place.lake) / f"raw/date={slot[:10]}/hour={slot[11:13]}"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where a folder should be")
    logs.allow("job failed")
    summary = a_pipeline(place).run()
    assert list(summary.failed) == [f"ingest:{slot}"]
    assert "cannot be written" in summary.failed[f"ingest:{slot}"]
    assert summary.complete_until_ms == START + 5 * MINUTE
    blocked.unlink()
    assert a_pipeline(place).run().failed == {}
    run = JobRuns(mongo).by_slot("ingest", slot)
    assert run is not None
    assert (run.state, run.attempts) == ("done", 2)


def test_a_document_without_our_shape_is_told_and_holds_nothing_up(place: Place, mongo: Mongo, logs: Any) -> None:
    history = a_history()
    keep(mongo, history)
    mongo["events_20261123"].insert_one({"_id": "bad", "received_ms": START + 5 * MINUTE + 3})
    logs.allow("documents left out of the lake")
    assert a_pipeline(place).run().failed == {}
    assert len([name for name in published(mongo) if name.startswith("party_report")]) == len(history.answers)
    assert a_pipeline(place).run().slots == 0


def test_progress_ends_at_the_whole_and_an_unknown_job_is_named(place: Place, mongo: Mongo) -> None:
    keep(mongo, a_history())
    steps: list[Step] = []
    a_pipeline(place).run(progress=steps.append)
    last = {step.job: step for step in steps}
    assert set(last) == {"ingest", "partials", "finals", "people", "leaderboards"}
    assert all(step.done == step.total for step in last.values())
    with pytest.raises(KeyError, match="there is no job 'nonsense'; there are ingest, partials, finals, people"):
        a_pipeline(place).run(job="nonsense")


def test_an_empty_database_is_no_fault(place: Place, mongo: Mongo) -> None:
    assert a_pipeline(place).run().failed == {}
    assert published(mongo) == {}
