"""What the server's own store writes is what the pipeline reads."""

from typing import Any

import pytest
from pymongo.database import Database

from conf.clock import SystemClock
from pipeline.place import Place
from pipeline.slots import day_of, day_start_ms
from store.database import Store
from store.documents import PartyEvent, TelemetryEvent
from store.figures import figure
from store.ids import new_id
from store.metric_definitions import DEFINITIONS
from store.pseudonyms import pseudonym
from tests.factories.events import MINUTE
from tests.pipeline.stored import a_pipeline

pytestmark = pytest.mark.integration
DAY_MS = 86_400_000


def telemetry(type_: str, at_ms: int, **values: Any) -> TelemetryEvent:
    whose = {"party_id": "p1", "session_id": "s1", "user_id": "ann", "video_id": "v1", "device": "desktop"}
    return TelemetryEvent(event_id=new_id(at_ms), type=type_, at_ms=at_ms, received_ms=at_ms, **{**whose, **values})


@pytest.mark.gen_test
async def test_a_party_through_the_stores_own_repositories(
    place: Place, mongo: Database[dict[str, Any]], store: Store
) -> None:
    yesterday = day_of(SystemClock().now_ms() - DAY_MS)
    start = day_start_ms(yesterday) + DAY_MS // 2
    said = {"message": {"id": "m1", "member_id": "u:ann", "name": "Ann", "body": "hello", "position_ms": 9_000}}
    log = [
        PartyEvent(event_id=new_id(start), seq=1, type="party.created", at_ms=start, user_id="ann", body={"code": "x"}),
        PartyEvent(event_id=new_id(start), seq=2, type="party.started", at_ms=start, user_id="ann", session_id="s1"),
        PartyEvent(
            event_id=new_id(start),
            seq=3,
            type="chat.sent",
            at_ms=start + 9_000,
            user_id="ann",
            session_id="s1",
            body=said,
        ),
        PartyEvent(event_id=new_id(start), seq=4, type="party.ended", at_ms=start + 60_000, user_id="ann"),
    ]
    await store.party_log.append("p1", 0, log[:2])
    await store.party_log.append("p1", 2, log[2:])
    beats = [telemetry("view.watched", start + at, fields={"watched_ms": 10_000}) for at in (10_000, 20_000, 30_000)]
    visit = [telemetry("party.joined", start), *beats, telemetry("party.left", start + 30_000)]
    first, again = await store.events.record(visit), await store.events.record(beats)
    assert (first.accepted, again.duplicates) == (5, 3)
    received = mongo["party_log"].find_one(sort=[("received_ms", -1)])
    assert received is not None
    summary = a_pipeline(place, now_ms=max(received["received_ms"], start) + 10.0 * MINUTE).run()
    assert (summary.failed, summary.events) == ({}, 9)
    row = await store.aggregates.get("party_report", "party", "p1", "all")
    assert row is not None
    expected = {
        "watch_time_ms": 30_000,
        "views": 1,
        "unique_viewers": 1,
        "peak_concurrent_viewers": 1,
        "average_concurrent_viewers": 0.5,
        "chat_messages": 1,
        "unique_chatters": 1,
    }
    assert {name: figure(DEFINITIONS[name], row.values).value for name in expected} == expected
    ann = pseudonym(place.lake_key, "ann")
    (day,) = await store.aggregates.range("creator_day", "user", ann, yesterday, yesterday)
    assert {name: figure(DEFINITIONS[name], day.values).value for name in expected} == expected
