"""The dashboard of a video, the platform's, questions of staff, and all of them as tables."""

import csv
import io
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from conf.clock import to_ms, utc
from store.database import Store
from store.documents import Video
from store.ids import new_id
from store.metric_definitions import DEFINITIONS
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock
from tests.api.publishing import Publish
from tests.api.test_dashboards import shown_on, stands_for, today
from tests.store.measured import cell, day

pytestmark = pytest.mark.integration

FILM = "0192f0c13a7b7c1e9d2a4b6c8e0f1a2b"


async def film(store: Store, uploader: Person, title: str = "The harbour", video_id: str = FILM) -> str:
    now = utc(to_ms(datetime(2026, 11, 1, tzinfo=UTC)))
    await store.videos.add(
        Video(id=video_id, title=title, uploader_id=uploader.id, source="upload", status="ready", created_at=now)
    )
    return video_id


def bins(views: int, *, twice: int = 0) -> dict[str, Any]:
    return {"duration_ms": 100_000, "views": views, "plays": [views + twice] * 100, "people": [views] * 50 + [0] * 50}


def crowd(count: int) -> list[str]:
    return [f"u:{number:02}" for number in range(count)]


@pytest.mark.gen_test
async def test_a_video_shows_how_it_holds_people(
    api: Api, host: Person, store: Store, publish: Publish, clock: MovableClock
) -> None:
    video = await film(store, host)
    for back, views in enumerate((4, 6)):
        values = day(
            there={"u:a": [1], "u:b": [2]},
            hours={"views": {1: views}, "viewer_ms": {1: 100}},
            cowatch_ms=30,
            films={video: bins(views, twice=5)},
            by={"device": {"tv": cell(crowd(10), views=10)}},
        )
        values["lists"] = {"key_moments": [{"at_ms": back}]}
        publish("video_day", "video", video, today(clock, back).isoformat(), values)
    ranked = {"lists": {"relative_retention": [0.5] * 100}}
    publish("relative_retention", "video", video, "all", ranked)
    body = (await api.get(f"/dashboards/videos/{video}", query={"range": "7d"})).body
    assert body["subject"] == {"kind": "video", "id": video}
    assert set(body["metrics"]) == shown_on("video")
    assert body["metrics"]["views"]["value"] == 10
    assert body["retention"] == {"views": 10, "bin_ms": 1000, "absolute": [2] * 100, "unique": [1] * 50 + [0] * 50}
    assert body["company"] == {"together_ms": 60, "alone_ms": 140}
    assert [one["key"] for one in body["devices"]] == ["tv"]
    assert body["lists"] == {"key_moments": [{"at_ms": 0}], "relative_retention": [0.5] * 100}


@pytest.mark.gen_test
async def test_a_video_that_few_have_seen_shows_no_curve(
    api: Api, host: Person, store: Store, publish: Publish, clock: MovableClock
) -> None:
    video = await film(store, host)
    publish("video_day", "video", video, today(clock).isoformat(), day(there={"u:a": [1]}, films={video: bins(4)}))
    body = (await api.get(f"/dashboards/videos/{video}")).body
    assert body["retention"] is None
    assert body["metrics"]["completion_rate"]["reason"] == "not_enough_data"


@pytest.mark.gen_test
async def test_ones_top_videos_are_ranked_by_watch_time(
    api: Api, host: Person, store: Store, publish: Publish, clock: MovableClock
) -> None:
    short, long = [await film(store, host, title, new_id(clock.now_ms())) for title in ("Short", "Long")]
    for video, watched in ((short, 10), (long, 50), (long, 20)):
        values = day(hours={"watch_ms": {1: watched}, "views": {1: 2}})
        publish("video_day", "video", video, today(clock, watched // 20).isoformat(), values)
    body = (await api.get("/dashboards/personal", query={"range": "7d"})).body
    assert [(one["title"], one["watch_time_ms"], one["views"]) for one in body["top_videos"]] == [
        ("Long", 70, 4),
        ("Short", 10, 2),
    ]
    assert body["top_videos"][0]["average_view_duration_ms"] == 17.5


@pytest.mark.gen_test
async def test_new_viewers_are_those_of_whom_it_is_the_first_time(
    api: Api, host: Person, store: Store, publish: Publish, clock: MovableClock
) -> None:
    own = stands_for(host)
    values = day(there={"u:a": [1], "u:b": [1], "u:c": [1]})
    publish("creator_day", "user", own, today(clock).isoformat(), values)
    for viewer, back in (("u:a", 0), ("u:b", 100)):
        seen = {"family": "creator_day", "subject": own, "viewer": viewer, "day": today(clock, back).isoformat()}
        await store.first_views._collection.insert({"_id": f"creator_day:{own}:{viewer}", **seen})
    metrics = (await api.get("/dashboards/personal", query={"range": "7d"})).body["metrics"]
    assert (metrics["new_viewers"]["value"], metrics["returning_viewers"]["value"]) == (1, 2)
    assert "covers" not in metrics["new_viewers"]


@pytest.fixture
def staff(guest: Person, store: Store, io_loop: Any) -> Person:
    io_loop.run_sync(lambda: store.users.set_role(guest.id, "staff"))
    return guest


@pytest.mark.gen_test
async def test_the_platforms_dashboard_shows_users_leaders_and_the_pipeline(
    api: Api, staff: Person, publish: Publish, store: Store, clock: MovableClock
) -> None:
    by = {"client": {"web": cell(crowd(12), views=12)}, "os": {"Linux": cell(crowd(12), views=12)}}
    publish("platform_day", "platform", "all", today(clock).isoformat(), day(there={"u:a": [1]}, by=by))
    for back in range(28):
        counted = {"sums": {"dau": 10 + back % 2, "wau": 30, "mau": 42}, "lists": {"funnel": [{"step": "registered"}]}}
        publish("people_day", "platform", "all", today(clock, back).isoformat(), counted)
    publish("leaderboard", "platform", "all", today(clock).isoformat(), {"lists": {"videos": [{"video_id": FILM}]}})
    odd = {"lists": {"anomalies": [{"metric": "views", "z": 5.0}]}}
    publish("anomalies", "platform", "all", today(clock).isoformat(), odd)
    slot = utc(clock.now_ms() - 120_000).isoformat()[:16]
    run = {"_id": f"ingest:{slot}", "job": "ingest", "slot": slot, "state": "done", "fence": 1, "owner": "me"}
    times = {"lease_until": utc(clock.now_ms()), "started_at": utc(clock.now_ms())}
    await store.job_outcomes._runs.insert({**run, **times, "outcome": {"rows": 7, "late": 2, "parties": ["p"]}})
    body = (await api.get("/dashboards/advanced", query={"range": "7d"}, token=staff.token)).body
    assert set(body["metrics"]) == shown_on("advanced")
    assert (body["metrics"]["dau"]["value"], body["metrics"]["mau"]["value"]) == (10, 42)
    assert body["metrics"]["stickiness"]["value"] == 10.5 / 42
    assert len(body["series"]["dau"]["points"]) == 7
    assert [one["key"] for one in (*body["clients"], *body["systems"])] == ["web", "Linux"]
    assert body["people"] == {"funnel": [{"step": "registered"}]}
    assert body["top_videos"] == [{"video_id": FILM}]
    assert body["anomalies"] == odd["lists"]["anomalies"]
    health = body["pipeline"]
    assert (health["late"], health["events"], health["quality_failures"]) == (2, 7, None)
    assert 60_000 <= health["lag_ms"] < 180_000


@pytest.mark.gen_test
async def test_stickiness_needs_28_days(api: Api, staff: Person, publish: Publish, clock: MovableClock) -> None:
    publish("platform_day", "platform", "all", today(clock).isoformat(), day(there={"u:a": [1]}))
    for back in range(27):
        counted = {"sums": {"dau": 10, "wau": 30, "mau": 42}}
        publish("people_day", "platform", "all", today(clock, back).isoformat(), counted)
    metrics = (await api.get("/dashboards/advanced", token=staff.token)).body["metrics"]
    assert (metrics["stickiness"]["value"], metrics["stickiness"]["reason"]) == (None, "not_enough_data")


@pytest.mark.gen_test
async def test_staff_ask_for_one_figure_by_what_they_like(
    api: Api, staff: Person, publish: Publish, clock: MovableClock
) -> None:
    by = {"device": {"desktop": cell(crowd(12), views=24), "tv": cell(crowd(3), views=3)}}
    there = {viewer: [3] for viewer in crowd(12)} | {"u:late": [5]}
    values = day(there=there, hours={"views": {3: 24, 5: 3, 7: 0}}, by=by)
    publish("platform_day", "platform", "all", today(clock).isoformat(), values)

    async def rows(dimension: str, **query: str) -> list[dict[str, Any]]:
        asked = {"metric": "views", "dimension": dimension, "from": str(today(clock)), "to": str(today(clock)), **query}
        found: list[dict[str, Any]] = (await api.get("/dashboards/query", query=asked, token=staff.token)).body["rows"]
        return found

    # Three people with a television would be what the sum of all is more than the desktops.
    assert [(row["key"], row["value"]) for row in await rows("device")] == [("other", 27)]
    by_hour = {row["key"][11:13]: (row["value"], row.get("reason")) for row in await rows("hour")}
    assert len(by_hour) == 24
    assert by_hour["05"] == by_hour["03"] == (None, "suppressed")
    assert by_hour["07"] == (None, "not_enough_data")
    assert [(row["value"], row["n"]) for row in await rows("day")] == [(27, 13)]


@pytest.mark.gen_test
async def test_a_question_that_cannot_be_answered_is_refused(api: Api, staff: Person) -> None:
    good = {"metric": "views", "dimension": "hour", "range": "24h"}
    for change, path in (
        ({"metric": "happiness"}, "?metric"),
        ({"dimension": "shoe size"}, "?dimension"),
        ({"range": "28d"}, "?range"),
        ({"range": "all", "dimension": "day"}, "?range"),
    ):
        reply = await api.get("/dashboards/query", query={**good, **change}, token=staff.token)
        assert (reply.status, [error["path"] for error in reply.body["errors"]]) == (400, [path])


@pytest.mark.gen_test
async def test_a_dashboard_is_a_table_too(api: Api, host: Person, publish: Publish, clock: MovableClock) -> None:
    for back in (0, 1):
        values = day(there={"u:a": [1]}, hours={"watch_ms": {1: 10}})
        publish("creator_day", "user", stands_for(host), today(clock, back).isoformat(), values)
    reply = await api.get("/dashboards/personal/export", query={"range": "7d"})
    assert reply.headers["Content-Disposition"] == 'attachment; filename="dashboard.csv"'
    lines = list(csv.DictReader(io.StringIO(reply.raw.decode())))
    watched = [(line["window"], line["value"], line["n"]) for line in lines if line["metric"] == "watch_time_ms"]
    assert [float(value) for _, value, _ in watched] == [20, 10, 10]
    assert [window for window, _, _ in watched[1:]] == [today(clock, 1).isoformat(), today(clock).isoformat()]
    assert len(lines) == 3 * len(shown_on("personal"))
    packed = await api.get("/dashboards/personal/export", query={"range": "7d", "format": "parquet"})
    table = pq.read_table(io.BytesIO(packed.raw)).to_pylist()
    assert [(row["metric"], row["window"]) for row in table] == [(line["metric"], line["window"]) for line in lines]
    assert {row["value"] for row in table if row["metric"] == "watch_time_ms"} == {10, 20}


@pytest.mark.gen_test
async def test_parties_videos_and_the_platform_are_tables(
    api: Api, host: Person, staff: Person, store: Store, publish: Publish
) -> None:
    party = (await api.post("/parties", {"title": "Measured"})).body["id"]
    series = {"concurrent_viewers": {"unit": "count", "points": [[1_700_000_000_000, 1]]}}
    publish("party_report", "party", party, "all", {**day(there={"u:a": [1]}), "series": series})
    video = await film(store, host)
    told = [
        (f"/dashboards/parties/{party}/export", "party", host.token, 1),
        (f"/dashboards/videos/{video}/export", "video", host.token, 0),
        ("/dashboards/advanced/export", "advanced", staff.token, 0),
    ]
    for path, dashboard, token, points in told:
        reply = await api.get(path, token=token)
        lines = list(csv.DictReader(io.StringIO(reply.raw.decode())))
        assert len(lines) == len(shown_on(dashboard)) + points
        assert {line["metric"] for line in lines} <= {*DEFINITIONS, *series}


@pytest.mark.gen_test
async def test_a_server_without_pyarrow_says_so(api: Api, host: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    reply = await api.get("/dashboards/personal/export", query={"format": "parquet"})
    assert (reply.status, reply.body["errors"][0]["path"]) == (400, "?format")
    assert "pyarrow" in reply.body["detail"]


@pytest.mark.gen_test
async def test_what_is_published_anew_is_shown_anew(
    api: Api, host: Person, publish: Publish, clock: MovableClock
) -> None:
    path = "/dashboards/personal"
    seen = []
    for watched in (10, 20):
        at = datetime(2026, 11, 23, 12, tzinfo=UTC) + timedelta(seconds=watched)
        values = day(there={"u:a": [1]}, hours={"watch_ms": {1: watched}})
        publish("creator_day", "user", stands_for(host), today(clock).isoformat(), values, at=at)
        seen.append((await api.get(path)).body["metrics"]["watch_time_ms"]["value"])
    assert seen == [10, 20]
