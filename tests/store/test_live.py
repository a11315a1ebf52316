"""What nodes tell of this moment: the newest of each, for as long as it is believed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store.database import Store
from store.documents import LiveBeat, LiveDay, LiveParty
from store.live import day_id

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def beat(node: str, viewers: int, *, ago: float = 0) -> LiveBeat:
    at = NOW - timedelta(seconds=ago)
    return LiveBeat(
        id=node,
        at=at,
        viewers=viewers,
        live_parties=1,
        chat=2,
        reactions=3,
        joins=4,
        drift={"0": 1, "17": 2},
        parties=[LiveParty(party_id="p", viewers=viewers, chat=2, reactions=3, joins=4)],
        expires_at=at + timedelta(seconds=20),
    )


def counted(node: str, chat: int, *, whole: bool = False) -> LiveDay:
    day = "2026-11-23"
    return LiveDay(
        id=day_id(day, node),
        day=day,
        chat=chat,
        reactions=0,
        joins=0,
        whole=whole,
        expires_at=NOW + timedelta(days=10),
    )


@pytest.mark.gen_test
async def test_the_newest_beat_of_each_node_counts_until_it_expires(store: Store, raw: Any) -> None:
    live = store.live
    await live.keep(beat("a", 1, ago=5), [counted("a", 1)])
    await live.keep(beat("a", 2), [counted("a", 3)])
    await live.keep(beat("b", 5, ago=19), [counted("b", 9)])
    await live.keep(beat("c", 7, ago=20), [])
    assert await live.beats(NOW) == [beat("a", 2), beat("b", 5, ago=19)]
    assert [(day["_id"], day["chat"]) for day in raw.live_days.find(sort=[("_id", 1)])] == [
        ("2026-11-23:a", 3),
        ("2026-11-23:b", 9),
    ]
    await live.end("b", [counted("b", 9, whole=True)])
    assert [each.id for each in await live.beats(NOW)] == ["a"]
    assert raw.live_days.find_one("2026-11-23:b")["whole"] is True
