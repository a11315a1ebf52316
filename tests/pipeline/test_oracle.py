"""An independent engine counts again: DuckDB over the same raw files, by queries that share no code with ours."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.aggregations.party_report import party_reports
from pipeline.lake import Lake
from tests.factories.events import History, a_history
from tests.pipeline.lakes import facts_of, raw_tables

EVENTS = """
    create view events as
    select *, epoch_ms("at") as at_ms, epoch_ms(received_at) as received_ms from read_parquet('{lake}/raw/*/*/*.parquet')
    qualify row_number() over (partition by event_id order by received_at) = 1
"""
WATCH = """
    with mine as (select * from events where party_id = $party and session_id is not null),
         first as (select session_id, min(received_ms) since from mine group by all),
         beats as (
             select *, received_ms - coalesce(lag(received_ms) over (partition by session_id order by received_ms, at_ms), since) gap
             from mine join first using (session_id) where type = 'view.watched')
    select coalesce(sum(least(watched_ms, gap + 5000, 20000)), 0) from beats
"""
PEOPLE = """
    select count(distinct coalesce(user_id, guest_id)) from events
    where party_id = $party and session_id is not null
"""
CHAT = """
    select count(*), count(distinct coalesce(user_id, guest_id)) from events
    where party_id = $party and type = 'chat.sent'
"""
# The histories here have one stretch of presence a session: from its first event to the leave of its last connection.
CONCURRENCY = """
    with mine as (select * from events where party_id = $party and session_id is not null),
         sockets as (select session_id, arg_max(connection_id, at_ms) socket from mine where type = 'party.joined' group by all),
         leaves as (
             select session_id, max(at_ms) left_ms from mine join sockets using (session_id)
             where type = 'party.left' and connection_id = socket group by all),
         doubted as (
             select session_id, min(at_ms) starts, max(at_ms) filter (
                 where not (type = 'party.left' and connection_id != socket)) + 30000 silent
             from mine join sockets using (session_id) group by all),
         spans as (select starts, coalesce(left_ms, silent) ends from doubted left join leaves using (session_id)),
         live as (
             select min(at_ms) filter (where type = 'party.started') opens,
                    coalesce(min(at_ms) filter (where type = 'party.ended'), (select max(ends) from spans)) closes
             from events where party_id = $party),
         held as (select greatest(starts, opens) a, least(ends, closes) b from spans, live where starts < closes and ends > opens),
         levels as (select (select count(*) from held inner_held where inner_held.a <= held.a and held.a < inner_held.b) n from held)
    select (select max(n) from levels), (select sum(b - a) from held) / (select any_value(closes - opens) from live)
"""


@pytest.fixture(scope="module", params=[21, 22, 23])
def history(request: pytest.FixtureRequest) -> History:
    return a_history(seed=request.param, parties=4, viewers=12, duplicates=0.1, late=0.1, lost_leaves=0.3)


def test_duckdb_over_the_same_lake_gives_the_same_numbers(history: History, tmp_path: Path) -> None:
    lake = Lake(url=str(tmp_path))
    for slot, table in raw_tables(history).items():
        lake.write_raw(slot, table)
    reports = party_reports(facts_of(history))
    with duckdb.connect() as oracle:
        oracle.execute(EVENTS.format(lake=tmp_path))
        for party in history.answers:
            metrics = {name: figure["value"] for name, figure in reports[party]["metrics"].items()}
            assert ask(oracle, WATCH, party) == (metrics["watch_time_ms"],)
            assert ask(oracle, PEOPLE, party) == (metrics["unique_viewers"],)
            assert ask(oracle, CHAT, party) == (metrics["chat_messages"], metrics["unique_chatters"])
            peak, average = ask(oracle, CONCURRENCY, party)
            assert peak == metrics["peak_concurrent_viewers"]
            assert average == pytest.approx(metrics["average_concurrent_viewers"])


def ask(oracle: duckdb.DuckDBPyConnection, question: str, party: str) -> tuple[Any, ...]:
    found = oracle.execute(question, {"party": party}).fetchone()
    assert found is not None
    return tuple(int(value) if isinstance(value, int) else value for value in found)
