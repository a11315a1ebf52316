"""Three rows at a time: when somebody was there."""

from typing import Any

import pandas as pd
import pytest

from pipeline.aggregations.facts import SCHEMA
from pipeline.aggregations.parties import live_windows
from pipeline.aggregations.sessions import sessions


def rows(*given: tuple[int, str] | tuple[int, str, str], viewer: str | None = "u:ann") -> pd.DataFrame:
    """Make facts of one session out of (seconds, kind, connection)."""
    made: list[dict[str, Any]] = []
    for number, (at, kind, *connection) in enumerate(given):
        made.append({
            "party_id": "p", "session_id": "s", "kind": kind, "viewer": viewer, "at": at * 1000, "received": at * 1000,
            "connection_id": connection[0] if connection else None, "watched": None, "event_id": f"e{number}",
        })  # fmt: skip
    return pd.DataFrame(made, columns=SCHEMA.names)


def times(facts: pd.DataFrame) -> list[tuple[int, int, bool]]:
    found = sessions(facts)
    return [(row.start // 1000, row.end // 1000, bool(row.timed_out)) for row in found.itertuples()]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([(0, "joined"), (100, "left")], [(0, 100, False)]),
        ([(0, "joined"), (10, "watched"), (20, "watched")], [(0, 50, True)]),
        ([(0, "joined"), (40, "left"), (60, "joined"), (90, "left")], [(0, 90, False)]),
        ([(0, "joined"), (40, "left"), (71, "joined"), (90, "left")], [(0, 40, False), (71, 90, False)]),
        ([(0, "joined"), (10, "watched"), (100, "joined"), (110, "left")], [(0, 40, True), (100, 110, False)]),
        ([(0, "joined"), (500, "chat"), (600, "left")], [(0, 600, False)]),
        ([(0, "joined"), (40, "left"), (41, "watched")], [(0, 40, False)]),
        ([(5, "watched"), (15, "watched")], [(5, 45, True)]),
    ],
    ids=[
        "a join and a leave", "a missing leave", "a connection that came back", "one that came back late",
        "a server that died", "a silent viewer stays", "last words of a fast clock", "a missing join",
    ],
)  # fmt: skip
def test_presence(given: list[Any], expected: list[tuple[int, int, bool]]) -> None:
    assert times(rows(*given)) == expected


def test_the_late_leave_of_a_replaced_connection_closes_nothing() -> None:
    given = [(0, "joined", "c1"), (50, "joined", "c2"), (52, "left", "c1"), (60, "watched"), (300, "left", "c2")]
    assert times(rows(*given)) == [(0, 300, False)]


def test_a_guest_who_signs_in_is_the_user_from_the_start() -> None:
    found = sessions(pd.concat([rows((0, "joined"), viewer="g:x"), rows((9, "chat"), viewer="u:ann")]))
    assert found["viewer"].tolist() == ["u:ann"]


def test_live_from_start_to_end_and_to_the_last_presence_where_nobody_ended_it() -> None:
    present = sessions(rows((0, "joined"), (100, "left")))
    marks = rows((10, "started"), (70, "ended"))
    assert live_windows(marks, present)[["opens", "closes"]].to_numpy().tolist() == [[10_000, 70_000]]
    assert live_windows(rows((10, "started")), present)["closes"].tolist() == [100_000]
    assert live_windows(rows((10, "started"), (400, "vacated")), present)["closes"].tolist() == [100_000]
    assert live_windows(rows((5, "other")), present)[["opens", "closes"]].to_numpy().tolist() == [[0, 100_000]]
    assert live_windows(rows((200, "started")), present).empty
