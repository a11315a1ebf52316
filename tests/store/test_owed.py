"""Debts: what was announced falls due when the change counts, and what is owed anew meanwhile stays."""

from collections.abc import Iterator

import pytest

from matinee.mongod import EmbeddedMongod
from store.blocking import connect_blocking
from store.first_views import FirstViewsWriter
from store.owed import Owed

pytestmark = pytest.mark.integration


@pytest.fixture
def owed(mongod: EmbeddedMongod, database: str) -> Iterator[Owed]:
    opened = connect_blocking(mongod.uri, database)
    yield Owed(opened)
    opened.client.close()


def subjects(owed: Owed, job: str) -> list[str]:
    return [debt.subject for debt in owed.to(job)]


def test_what_is_owed_again_while_it_is_being_worked_on_stays(owed: Owed) -> None:
    owed.owe("days", ["2026-11-23", "2026-11-24"])
    taken = owed.to("days")
    owed.owe("days", ["2026-11-24"])
    owed.settle("days", taken)
    assert subjects(owed, "days") == ["2026-11-24"]
    owed.settle("days", owed.to("days"))
    assert not owed.any("days")


def test_what_is_announced_is_owed_when_it_falls_due(owed: Owed) -> None:
    owed.announce("home", "days", ["2026-11-23"])
    owed.announce("home", "reports", ["a:b", "c"])
    owed.announce("other", "days", ["2026-11-25"])
    assert (owed.any("days"), owed.any("reports")) == (False, False)
    assert owed.announced() == ["home", "other"]
    owed.fall_due("home")
    assert (subjects(owed, "days"), subjects(owed, "reports")) == (["2026-11-23"], ["a:b", "c"])
    assert owed.announced() == ["other"]
    owed.fall_due("home")
    assert subjects(owed, "days") == ["2026-11-23"]


def test_what_falls_due_while_it_is_being_worked_on_stays(owed: Owed) -> None:
    owed.owe("days", ["2026-11-23"])
    taken = owed.to("days")
    owed.announce("home", "days", ["2026-11-23"])
    owed.fall_due("home")
    owed.settle("days", taken)
    assert subjects(owed, "days") == ["2026-11-23"]


def test_a_first_view_moves_only_to_an_earlier_day_and_is_gone_only_from_its_own(
    mongod: EmbeddedMongod, database: str
) -> None:
    opened = connect_blocking(mongod.uri, database)
    writer = FirstViewsWriter(opened)

    def days() -> dict[str, str]:
        return {row["_id"]: row["day"] for row in opened["first_views"].find(sort=[("_id", 1)])}

    writer.seen("video_day", "2026-11-24", {"v": {"u:ann", "u:bob"}})
    writer.seen("video_day", "2026-11-25", {"v": {"u:ann"}, "w": {"u:ann"}})
    writer.seen("video_day", "2026-11-23", {"v": {"u:bob"}})
    assert days() == {
        "video_day:v:u:ann": "2026-11-24",
        "video_day:v:u:bob": "2026-11-23",
        "video_day:w:u:ann": "2026-11-25",
    }
    assert writer.gone("video_day", "2026-11-24", {"v": {"u:ann"}}) == []
    gone = writer.gone("video_day", "2026-11-24", {"v": {"u:cat"}})
    assert gone == ["video_day:v:u:ann"]
    writer.seen("video_day", "2026-11-22", {"v": {"u:ann"}})
    writer.forget(gone, "2026-11-24")
    assert days()["video_day:v:u:ann"] == "2026-11-22", "another has moved it meanwhile"
    writer.forget(gone, "2026-11-22")
    assert "video_day:v:u:ann" not in days()
    opened.client.close()
