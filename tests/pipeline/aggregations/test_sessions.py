"""Three rows at a time: when somebody was there."""

from typing import Any

import pytest

from pipeline.aggregations.scopes import Tables
from tests.pipeline.lakes import tables_from

KINDS = {"joined": "party.joined", "left": "party.left", "watched": "view.watched", "chat": "chat.sent"}
KINDS |= {"started": "party.started", "ended": "party.ended", "vacated": "party.vacated", "other": "queue.added"}


def rows(*given: tuple[int, str] | tuple[int, str, str], **who: str) -> list[dict[str, Any]]:
    """Make raw rows of one session out of (seconds, kind, connection)."""
    who = who or {"user_id": "ann"}
    return [
        {
            "party_id": "p", "session_id": "s", "type": KINDS[kind], "at": at * 1000, "received_at": at * 1000, "v": 1,
            "connection_id": connection[0] if connection else None, "event_id": f"{kind}{at}-{number}", **who,
        }
        for number, (at, kind, *connection) in enumerate(given)
    ]  # fmt: skip


def times(given: list[dict[str, Any]]) -> list[tuple[int, int, bool]]:
    found = tables_from(given)["presence"]
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
    found = tables_from([*rows((0, "joined"), guest_id="x"), *rows((9, "chat"), user_id="ann")])
    assert found["presence"]["viewer"].tolist() == ["u:ann"]


def live(*marks: tuple[int, str]) -> list[list[int]]:
    """Give the live windows of a party with one person from 0 to 100 s and these marks of its log."""
    log = [{**row, "session_id": None} for row in rows(*marks)]
    found: Tables = tables_from([*rows((0, "joined"), (100, "left")), *log])
    return (found["windows"][["opens", "closes"]] // 1000).to_numpy().tolist()


def test_live_from_start_to_end_and_to_the_last_presence_where_nobody_ended_it() -> None:
    assert live((10, "started"), (70, "ended")) == [[10, 70]]
    assert live((10, "started")) == [[10, 100]]
    assert live((10, "started"), (400, "vacated")) == [[10, 100]]
    assert live((5, "other")) == [[0, 100]]
    assert live((200, "started")) == []
    assert live((10, "started"), (20, "vacated"), (50, "started"), (60, "ended")) == [[10, 20], [50, 60]]
