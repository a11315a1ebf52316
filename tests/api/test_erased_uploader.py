"""An uploader who is gone is in no log of the parties that showed their videos, though they never entered one."""

from typing import Any

import pytest
from pymongo import MongoClient

from api.services.all import Services
from tests.api.client import Api, Person
from tests.api.test_erasure import LATER_SECONDS, traces
from tests.fakes.movable_clock import MovableClock

pytestmark = pytest.mark.integration


@pytest.fixture
def rows(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    return mongo_client[database]


@pytest.mark.gen_test(timeout=60)
async def test_an_uploader_is_forgotten_where_others_showed_or_queued_their_video(
    api: Api, host: Person, rows: Any, built: Services, clock: MovableClock
) -> None:
    erika = await api.person("erika")
    film = {"title": "Film", "source": "url", "url": "https://example.com/f.mp4", "visibility": "public"}
    video = (await api.post("/videos", film, token=erika.token)).body["id"]
    shown = (await api.post("/parties", {"title": "Shown", "video_id": video})).body["id"]
    queued = (await api.post("/parties", {"title": "Queued"})).body["id"]
    await api.post(f"/parties/{queued}/queue", {"video_id": video})
    assert len([row for row in rows.party_log.find() if erika.id in repr(row)]) == 2
    assert erika.id not in repr((await api.get(f"/parties/{queued}/queue")).body)
    assert erika.id not in repr([(await api.get(f"/parties/{party}/log")).body for party in (shown, queued)])
    assert (await api.delete("/users/me", body={"password": erika.password}, token=erika.token)).status == 204
    assert len((await api.get(f"/parties/{queued}/queue")).body["items"]) == 1
    clock.move(LATER_SECONDS)
    await built.erasure.resume()
    assert set(traces(rows, erika.id)) <= {"rate_buckets", "deletions"}
