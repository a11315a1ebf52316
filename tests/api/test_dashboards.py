"""Dashboards: what the pipeline published, put together over days, and "not enough data" instead of a guess."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from conf.clock import to_ms, utc
from store.database import Store
from store.metric_definitions import DEFINITIONS
from store.pseudonyms import pseudonym
from tests.api.client import Api, Person
from tests.api.conftest import LAKE_KEY, MovableClock
from tests.api.publishing import Publish
from tests.store.measured import cell, day

pytestmark = pytest.mark.integration


def stands_for(person: Person) -> str:
    return pseudonym(LAKE_KEY, person.id)


def today(clock: MovableClock, back: int = 0) -> date:
    return (utc(clock.now_ms()) - timedelta(days=back)).date()


def shown_on(dashboard: str) -> set[str]:
    return {name for name, definition in DEFINITIONS.items() if dashboard in definition.dashboards}


def report(host: Person, *others: str) -> dict[str, Any]:
    host_viewer = f"u:{stands_for(host)}"
    return {
        **day(there={host_viewer: [11], "g:0a": [11]}, hours={"watch_ms": {11: 60_000}, "peak": {11: 2}}),
        "party": {"host_user_id": stands_for(host), "days": ["2026-11-23"], "created_ms": 1, "controls": {"plays": 2}},
        "series": {"concurrent_viewers": {"unit": "count", "points": [[1_700_000_000_000, 1], [1_700_000_060_000, 2]]}},
        "lists": {
            "highlights": [{"start_ms": 5, "end_ms": 9, "people": 3, "loudest": host_viewer}],
            "attendance": [[host_viewer, 120_000], ["g:0a", 61_000], *([viewer, 1_000] for viewer in others)],
        },
    }


@pytest.mark.gen_test
async def test_a_curve_does_not_reach_into_the_future(api: Api, host: Person, publish: Publish) -> None:
    party = (await api.post("/parties", {"title": "Goes on"})).body
    row = report(host)
    begins, complete = to_ms(datetime(2026, 11, 23, 11, tzinfo=UTC)), to_ms(datetime(2026, 11, 23, 11, 59, tzinfo=UTC))
    row["series"]["concurrent_viewers"]["points"] = [[begins, 4], [complete + 80_000, 0]]
    publish("party_report", "party", party["id"], "all", row)
    drawn = (await api.get(f"/dashboards/parties/{party['id']}")).body["series"]["concurrent_viewers"]
    assert drawn == {"unit": "count", "points": [[begins, 4], [complete, 4]]}


@pytest.mark.gen_test
async def test_a_party_report_shows_every_figure_with_its_definition(api: Api, host: Person, publish: Publish) -> None:
    party = (await api.post("/parties", {"title": "Measured"})).body
    publish("party_report", "party", party["id"], "all", report(host))
    reply = await api.get(f"/dashboards/parties/{party['id']}")
    assert reply.status == 200
    assert reply.body["subject"] == {"kind": "party", "id": party["id"]}
    assert (reply.body["computed_at"], reply.body["provisional"]) == ("2026-11-23T12:00:00Z", False)
    watch = reply.body["metrics"]["watch_time_ms"]
    assert (watch["value"], watch["unit"], watch["n"]) == (60_000, "ms", 2)
    assert watch["definition"] == "/api/v1/metrics-dictionary#watch_time_ms"
    assert watch["formula"] == DEFINITIONS["watch_time_ms"].formula
    assert reply.body["metrics"]["peak_concurrent_viewers"]["value"] == 2
    assert set(reply.body["metrics"]) == shown_on("party")
    assert reply.body["series"]["concurrent_viewers"]["points"][1] == [1_700_000_060_000, 2]
    assert reply.body["lifecycle"] == {"created_ms": 1, "controls": {"plays": 2}}
    again = await api.get(f"/dashboards/parties/{party['id']}", headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status == 304


@pytest.mark.gen_test
async def test_only_members_of_ones_own_party_are_named(
    api: Api, host: Person, guest: Person, store: Store, publish: Publish
) -> None:
    party = (await api.post("/parties", {"title": "Named"})).body
    publish("party_report", "party", party["id"], "all", report(host, f"u:{'f' * 32}"))
    path = f"/dashboards/parties/{party['id']}"
    reply = await api.get(path)
    assert reply.body["attendance"] == [
        {"name": "hanna", "user_id": host.id, "guest": False, "minutes": 2.0},
        {"guest": True, "minutes": 1.0},
        {"guest": False, "minutes": 0.0},
    ]
    assert reply.body["highlights"] == [{"start_ms": 5, "end_ms": 9, "people": 3}]
    await store.users.set_role(guest.id, "staff")
    staff = await api.get(path, token=guest.token)
    assert staff.body["attendance"][0] == {"guest": False, "minutes": 2.0}
    for text in (reply.raw.decode(), staff.raw.decode()):
        assert stands_for(host) not in text
        assert "f" * 32 not in text


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
    api: Api, host: Person, guest: Person, publish: Publish, clock: MovableClock
) -> None:
    own = stands_for(host)
    busy = day(
        there={"u:a": [1], "u:b": [2]},
        hours={
            "watch_ms": {1: 60_000},
            "views": {1: 2},
            "viewer_ms": {1: 90_000},
            "live_ms": {1: 60_000},
            "peak": {1: 2},
        },
        drift=[100] * 30,
        films_n=8,
        completed=2,
    )
    busier = day(
        there={"u:b": [1], "u:c": [1], "g:d": [1]},
        hours={
            "watch_ms": {1: 60_000},
            "views": {1: 3},
            "viewer_ms": {1: 30_000},
            "live_ms": {1: 20_000},
            "peak": {1: 3},
        },
        drift=[900] * 30,
        films_n=2,
    )
    publish("creator_day", "user", own, today(clock).isoformat(), busy)
    publish("creator_day", "user", own, today(clock, 1).isoformat(), busier)
    publish(
        "creator_day", "user", own, today(clock, 40).isoformat(), day(there={"u:a": [1]}, hours={"watch_ms": {1: 5}})
    )
    publish("creator_day", "user", stands_for(guest), today(clock).isoformat(), busy)
    body = (await api.get("/dashboards/personal", query={"range": "7d"})).body
    figures = {name: metric["value"] for name, metric in body["metrics"].items()}
    assert set(figures) == shown_on("personal")
    assert (figures["watch_time_ms"], figures["views"], figures["unique_viewers"]) == (120_000, 5, 4)
    assert (figures["peak_concurrent_viewers"], figures["average_concurrent_viewers"]) == (3, 1.5)
    assert figures["completion_rate"] == 0.2
    assert figures["drift_p95_ms"] == pytest.approx(900, rel=0.01)
    drift = body["metrics"]["drift_p95_ms"]
    assert (drift["approx"], drift["n"]) == (True, 60)
    assert drift["rel_error"] <= 0.01
    points = body["series"]["watch_time_ms"]["points"]
    assert [value for _, value in points] == [60_000, 60_000]
    assert points[1][0] - points[0][0] == 86_400_000
    everything = (await api.get("/dashboards/personal", query={"range": "all"})).body
    assert everything["metrics"]["watch_time_ms"]["value"] == 120_005
    compared = await api.get("/dashboards/personal", query={"range": "28d", "compare": "previous"})
    assert compared.body["metrics"]["watch_time_ms"]["previous"] == 5
    nothing = (await api.get("/dashboards/personal", query={"from": "2021-01-01", "to": "2021-01-31"})).body
    assert nothing["metrics"]["watch_time_ms"]["reason"] == "not_enough_data"
    assert nothing["range"] == {
        "from": "2021-01-01T00:00:00Z",
        "to": "2021-02-01T00:00:00Z",
        "tz": "UTC",
        "cut": "hours",
    }


@pytest.mark.gen_test
async def test_a_day_of_a_zone_is_cut_out_of_two_of_utc(api: Api, host: Person, publish: Publish) -> None:
    own = stands_for(host)
    first = day(
        there={"u:early": [21], "u:late": [22]}, hours={"watch_ms": {21: 1, 22: 10}, "peak": {21: 9, 22: 1}}, stalls=3
    )
    second = day(
        there={"u:late": [21], "u:next": [22]}, hours={"watch_ms": {21: 100, 22: 1000}, "peak": {21: 2}}, stalls=4
    )
    publish("creator_day", "user", own, "2026-06-30", first)
    publish("creator_day", "user", own, "2026-07-01", second)
    asked = {"from": "2026-07-01", "to": "2026-07-01"}
    berlin = (await api.get("/dashboards/personal", query={**asked, "tz": "Europe/Berlin"})).body
    watch, unique = berlin["metrics"]["watch_time_ms"], berlin["metrics"]["unique_viewers"]
    assert (watch["value"], unique["value"], berlin["metrics"]["peak_concurrent_viewers"]["value"]) == (110, 1, 2)
    assert "covers" not in watch
    assert berlin["metrics"]["rebuffer_frequency"]["covers"] == "utc_days"
    drawn = {at: value for at, value in berlin["series"]["watch_time_ms"]["points"] if value}
    assert drawn == {
        to_ms(datetime(2026, 6, 30, 22, tzinfo=UTC)): 10,
        to_ms(datetime(2026, 7, 1, 21, tzinfo=UTC)): 100,
    }
    india = (await api.get("/dashboards/personal", query={**asked, "tz": "Asia/Kolkata"})).body
    assert (india["range"]["cut"], india["metrics"]["watch_time_ms"]["value"]) == ("utc_days", 1111)


@pytest.mark.gen_test
async def test_what_is_typical_is_the_middle_half_of_eight_stretches(
    api: Api, host: Person, publish: Publish, clock: MovableClock
) -> None:
    for back, watched in enumerate([10, 1, 2, 3, 4, 5]):
        values = day(there={"u:a": [1]}, hours={"watch_ms": {1: watched}})
        publish("creator_day", "user", stands_for(host), today(clock, back * 7).isoformat(), values)
    body = (await api.get("/dashboards/personal", query={"range": "7d"})).body
    assert body["metrics"]["watch_time_ms"]["typical"] == {"low": 2, "high": 4, "periods": 5}
    few = (await api.get("/dashboards/personal", query={"range": "28d"})).body
    assert "typical" not in few["metrics"]["watch_time_ms"]


@pytest.mark.gen_test
async def test_devices_and_countries_of_fewer_than_ten_people_are_not_told(
    api: Api, host: Person, publish: Publish, clock: MovableClock
) -> None:
    def crowd(count: int, of: str) -> list[str]:
        return [f"u:{of}{number}" for number in range(count)]

    by = {
        "device": {"desktop": cell(crowd(40, "d"), views=40), "phone": cell(crowd(12, "p"), views=12), "tv": cell(crowd(3, "t"), views=3)},
        "country": {"DE": cell(crowd(20, "d"), views=20), "FR": cell(crowd(6, "f"), views=6), "AT": cell(crowd(5, "a"), views=5)},
    }  # fmt: skip
    publish("creator_day", "user", stands_for(host), today(clock).isoformat(), day(there={"u:d0": [1]}, by=by))
    body = (await api.get("/dashboards/personal", query={"range": "7d"})).body
    told = {
        name: [(one["key"], one["people"], one["figures"]["views"]) for one in body[name]]
        for name in ("devices", "countries")
    }
    # Of three televisions alone the sum of all would tell, so phones are hidden with them.
    assert told["devices"] == [("desktop", 40, 40), ("other", 15, 15)]
    assert told["countries"] == [("DE", 20, 20), ("other", 11, 11)]


@pytest.mark.gen_test
async def test_the_best_hour_is_one_of_several_evenings(api: Api, host: Person, publish: Publish) -> None:
    for number in range(1, 5):
        hours = {"viewer_ms": {18: 50.0, 20: 100.0}, "live_ms": {18: 10.0, 20: 10.0}}
        if number == 1:
            hours = {"viewer_ms": {3: 900.0}, "live_ms": {3: 10.0}}
        publish("creator_day", "user", stands_for(host), f"2026-06-0{number}", day(there={"u:a": [1]}, hours=hours))
    asked = {"from": "2026-06-01", "to": "2026-06-07", "tz": "Europe/Berlin"}
    best = (await api.get("/dashboards/personal", query=asked)).body["best_hour"]
    assert (best["hour"], best["reason"]) == (22, None)
    assert [(one["hour"], one["days"], one["average_concurrent_viewers"]) for one in best["hours"]] == [
        (5, 1, None),
        (20, 3, 5.0),
        (22, 3, 10.0),
    ]
    lonely = (await api.get("/dashboards/personal", query={"from": "2026-06-01", "to": "2026-06-01"})).body
    assert (lonely["best_hour"]["hour"], lonely["best_hour"]["reason"]) == (None, "not_enough_data")


SENSELESS: list[tuple[dict[str, str], str]] = [
    ({"range": "1y"}, "?range"),
    ({"range": "7d", "from": "2026-01-01", "to": "2026-01-02"}, "?range"),
    ({"from": "2026-01-01"}, "?from"),
    ({"from": "2026-02-01", "to": "2026-01-01"}, "?to"),
    ({"from": "yesterday", "to": "2026-01-01"}, "?from"),
    ({"from": "0001-01-01", "to": "9999-12-31"}, "?to"),
    ({"from": "0001-01-01", "to": "0001-02-01"}, "?from"),
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
    assert {item["name"] for item in items if item["dashboards"] != ["live"]} == set(DEFINITIONS)
    assert all(item["formula"] and item["unit"] and item["n"] and item["over_range"] for item in items)
