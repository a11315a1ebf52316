"""The answers of a made-up history, beside a recount of its rows in plain Python."""

from collections import Counter, defaultdict
from functools import cache
from typing import Any

import pytest

from matinee.generator import Answers, answers_from_json, history
from matinee.generator.tallies import day_name
from tests.matinee.recounting import Recount, Row, once, recount, rows_of

SEEDS = (3, 11)


@cache
def counted(seed: int) -> tuple[list[Row], dict[str, Recount], Answers]:
    made = history(seed=seed, days=3, events=12_000)
    rows = rows_of(table for _, table in made.raw_tables(minutes=60))
    return rows, recount(rows), made.answers


@pytest.fixture(params=SEEDS)
def both(request: pytest.FixtureRequest) -> tuple[list[Row], dict[str, Recount], Answers]:
    return counted(request.param)


def test_every_party_comes_to_its_answers(both: Any) -> None:
    _, found, answers = both
    assert set(found) == set(answers.parties)
    for party_id, party in answers.parties.items():
        again = found[party_id]
        assert (again.watch_time_ms, again.chat_messages, again.reactions) == (
            party.watch_time_ms,
            party.chat_messages,
            party.reactions,
        )
        assert (len(again.viewers), len(again.chatters)) == (party.unique_viewers, party.unique_chatters)
        assert (again.attempts, again.views, again.failed) == (party.attempts, party.views, party.failed)
        assert again.stall_ms == party.stall_ms
        assert again.live == [tuple(window) for window in party.live]
        assert again.peak == party.peak_concurrent_viewers
        assert sum(end - start for start, end in again.cut) == party.viewer_ms
        assert sum(end - start for start, end in again.presence) == party.presence_ms


def test_days_add_up_to_the_parties_and_to_the_rows(both: Any) -> None:
    rows, _, answers = both
    single = once(rows)
    events = Counter(day_name(row["at"] // 86_400_000) for row in single)
    assert {day: found.events for day, found in answers.days.items() if found.events} == events
    for name in ("watch_time_ms", "views", "attempts", "failed", "stall_ms", "chat_messages", "reactions"):
        assert sum(getattr(day, name) for day in answers.days.values()) == answers.total(name)
    watched: dict[str, int] = defaultdict(int)
    for party in answers.parties.values():
        for day, total in party.watch_by_day.items():
            watched[day] += total
    assert watched == {day: found.watch_time_ms for day, found in answers.days.items() if found.watch_time_ms}


def test_rows_copies_and_late_ones_are_as_many_as_said(both: Any) -> None:
    rows, _, answers = both
    assert answers.events == len(rows)
    assert answers.copies == len(rows) - len(once(rows)) > 0
    assert answers.late_events == sum(row["received_at"] - row["at"] > 60_000 for row in rows) > 0
    assert answers.old_events == sum(row["v"] == 0 for row in rows)


def test_planted_bursts_are_in_the_rows() -> None:
    rows, _, answers = counted(11)
    assert answers.bursts
    for burst in answers.bursts:
        near = [
            row
            for row in rows
            if row["party_id"] == burst.party_id
            and row["type"] in {"chat.sent", "reaction.sent"}
            and 0 <= row["at"] - burst.at_ms < 30_000
        ]
        assert len(near) >= burst.events * 0.9
        assert len({row["user_id"] or row["guest_id"] for row in near}) >= burst.people * 0.9
        assert any(abs(row["position_ms"] - burst.position_ms) < 30_000 for row in near)


def test_answers_survive_json() -> None:
    _, _, answers = counted(SEEDS[0])
    assert answers_from_json(answers.as_json()) == answers
