"""Dashboards: what the pipeline published, put together over days, and "not enough data" instead of a guess."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from conf.clock import to_ms, utc
from matinee.mongod import EmbeddedMongod
from store.aggregates import AggregatesWriter, aggregate_id
from store.database import Store
from store.documents import Aggregate
from store.metric_definitions import DEFINITIONS
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock

pytestmark = pytest.mark.integration


def values(*, watch: int = 60_000, viewers: tuple[str, ...] = ("u:a", "u:b"), peak: int = 2) -> dict[str, Any]:
    n = len(viewers)
    figures = {
        "watch_time_ms": watch,
        "views": n,
        "unique_viewers": n,
        "peak_concurrent_viewers": peak,
        "average_concurrent_viewers": 1.5,
        "chat_messages": 4,
        "unique_chatters": 1,
    }
    return {
        "metrics": {name: {"value": value, "unit": DEFINITIONS[name].unit, "n": n} for name, value in figures.items()},
        "series": {"concurrent_viewers": {"unit": "count", "points": [[1_700_000_000_000, 1], [1_700_000_060_000, 2]]}},
        "parts": {"viewer_ms": 90_000, "live_ms": 60_000, "viewers": list(viewers), "chatters": [viewers[0]]},
    }


@pytest.fixture
def publish(mongod: EmbeddedMongod, database: str, store: Store) -> Any:
    """Write rows as the pipeline does."""

    def written(family: str, kind: Any, subject: str, window: str, row: dict[str, Any]) -> None:
        now = datetime(2026, 11, 23, 12, tzinfo=UTC)
        aggregate = Aggregate(
            id=aggregate_id(family, kind, subject, window),
            family=family,
            kind=kind,
            subject=subject,
            window=window,
            definition_version=1,
            computed_at=now,
            complete_until=now - timedelta(minutes=1),
            provisional=False,
            values=row,
        )
        with MongoClient[dict[str, Any]](mongod.uri) as client:
            AggregatesWriter(client[database]).replace_many([aggregate])

    return written


@pytest.mark.gen_test
async def test_a_curve_does_not_reach_into_the_future(api: Api, host: Person, publish: Any) -> None:
    party = (await api.post("/parties", {"title": "Goes on"})).body
    row = values()
    begins, complete = to_ms(datetime(2026, 11, 23, 11, tzinfo=UTC)), to_ms(datetime(2026, 11, 23, 11, 59, tzinfo=UTC))
    row["series"]["concurrent_viewers"]["points"] = [[begins, 4], [complete + 80_000, 0]]
    publish("party_report", "party", party["id"], "all", row)
    drawn = (await api.get(f"/dashboards/parties/{party['id']}")).body["series"]["concurrent_viewers"]
    assert drawn == {"unit": "count", "points": [[begins, 4], [complete, 4]]}


@pytest.mark.gen_test
async def test_a_party_report_shows_every_figure_with_its_definition(api: Api, host: Person, publish: Any) -> None:
    party = (await api.post("/parties", {"title": "Measured"})).body
    publish("party_report", "party", party["id"], "all", values())
    reply = await api.get(f"/dashboards/parties/{party['id']}")
    assert reply.status == 200
    assert reply.body["subject"] == {"kind": "party", "id": party["id"]}
    assert (reply.body["computed_at"], reply.body["provisional"]) == ("2026-11-23T12:00:00Z", False)
    watch = reply.body["metrics"]["watch_time_ms"]
    assert (watch["value"], watch["unit"], watch["n"]) == (60_000, "ms", 2)
    assert watch["definition"] == DEFINITIONS["watch_time_ms"].formula
    assert set(reply.body["metrics"]) == set(DEFINITIONS)
    assert reply.body["series"]["concurrent_viewers"]["points"][1] == [1_700_000_060_000, 2]
    again = await api.get(f"/dashboards/parties/{party['id']}", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status == 304


@pytest.mark.gen_test
async def test_a_party_without_a_report_says_that_there_is_not_enough_data(api: Api, host: Person) -> None:
    party = (await api.post("/parties", {"title": "Unmeasured"})).body
    body = (await api.get(f"/dashboards/parties/{party['id']}")).body
    assert (body["computed_at"], body["complete_until"], body["provisional"]) == (None, None, True)
    for metric in body["metrics"].values():
        assert (metric["value"], metric["reason"], metric["n"]) == (None, "not_enough_data", 0)


@pytest.mark.gen_test
async def test_a_dashboard_is_for_the_host_and_staff(api: Api, host: Person, guest: Person, store: Store) -> None:
    party = (await api.post("/parties", {"title": "Mine", "visibility": "public"})).body
    path = f"/dashboards/parties/{party['id']}"
    await api.post(f"/parties/{party['id']}/join", token=guest.token)
    assert (await api.get(path, token=guest.token)).status == 404
    assert (await api.get(path, token="")).status == 401
    await store.users.set_role(guest.id, "staff")
    assert (await api.get(path, token=guest.token)).status == 200


@pytest.mark.gen_test
async def test_days_are_put_together_by_each_figures_rule(
    api: Api, host: Person, guest: Person, publish: Any, clock: MovableClock
) -> None:
    today = utc(clock.now_ms()).date()
    yesterday, long_ago = today - timedelta(days=1), today - timedelta(days=40)
    publish("host_day", "user", host.id, today.isoformat(), values(viewers=("u:a", "u:b"), peak=2))
    publish("host_day", "user", host.id, yesterday.isoformat(), values(viewers=("u:b", "u:c", "g:d"), peak=3))
    publish("host_day", "user", host.id, long_ago.isoformat(), values(watch=5_000))
    publish("host_day", "user", guest.id, today.isoformat(), values(watch=999))
    body = (await api.get("/dashboards/personal", query={"range": "7d"})).body
    figures = {name: metric["value"] for name, metric in body["metrics"].items()}
    assert figures == {
        "watch_time_ms": 120_000,
        "views": 5,
        "unique_viewers": 4,
        "peak_concurrent_viewers": 3,
        "average_concurrent_viewers": 1.5,
        "chat_messages": 8,
        "unique_chatters": 2,
    }
    points = body["series"]["watch_time_ms"]["points"]
    assert [value for _, value in points] == [60_000, 60_000]
    assert points[1][0] - points[0][0] == 86_400_000
    everything = (await api.get("/dashboards/personal", query={"range": "all"})).body
    assert everything["metrics"]["watch_time_ms"]["value"] == 125_000
    compared = await api.get("/dashboards/personal", query={"range": "28d", "compare": "previous"})
    assert compared.body["metrics"]["watch_time_ms"]["previous"] == 5_000
    nothing = (await api.get("/dashboards/personal", query={"from": "2021-01-01", "to": "2021-01-31"})).body
    assert nothing["metrics"]["watch_time_ms"]["reason"] == "not_enough_data"
    assert nothing["range"] == {"from": "2021-01-01T00:00:00Z", "to": "2021-02-01T00:00:00Z", "tz": "UTC"}


SENSELESS: list[tuple[dict[str, str], str]] = [
    ({"range": "1y"}, "?range"),
    ({"range": "7d", "from": "2026-01-01", "to": "2026-01-02"}, "?range"),
    ({"from": "2026-01-01"}, "?from"),
    ({"from": "2026-02-01", "to": "2026-01-01"}, "?to"),
    ({"from": "yesterday", "to": "2026-01-01"}, "?from"),
    ({"from": "0001-01-01", "to": "9999-12-31"}, "?to"),
    ({"from": "2010-01-01", "to": "2026-12-31"}, "?from"),
    ({"tz": "Mars/Olympus"}, "?tz"),
    ({"tz": "../../etc/passwd"}, "?tz"),
    ({"compare": "next"}, "?compare"),
    ({"until": "now"}, "?until"),
]


@pytest.mark.gen_test
async def test_a_range_that_makes_no_sense_is_refused(api: Api, host: Person) -> None:
    for query, path in SENSELESS:
        reply = await api.get("/dashboards/personal", query=query)
        assert reply.status == 400, reply
        assert [error["path"] for error in reply.body["errors"]] == [path]


@pytest.mark.gen_test
async def test_the_dictionary_defines_every_figure(api: Api) -> None:
    items = (await api.get("/metrics-dictionary")).body["items"]
    assert {item["name"] for item in items} == set(DEFINITIONS)
    assert all(item["formula"] and item["unit"] for item in items)
