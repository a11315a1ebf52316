"""In which order things are found, and in pages that keep it."""

import asyncio
import random
from typing import Any

import pytest
from tornado.ioloop import IOLoop

from conf.clock import utc
from store.database import Store
from store.documents import Party, Video
from store.ids import new_id
from tests.api.client import Api, Person
from tests.api.conftest import MovableClock, Welcome
from tests.api.searching import a_party, a_video, search, titles

pytestmark = pytest.mark.integration


@pytest.fixture
def other(welcome: Welcome) -> Person:
    return welcome("olga")


@pytest.fixture
def welcome_people(welcome: Welcome) -> list[Person]:
    return [welcome(f"rank{number}") for number in range(4)]


@pytest.mark.gen_test
async def test_whole_words_popularity_and_youth_count_and_a_username_comes_first(
    api: Api, host: Person, guest: Person, other: Person, clock: MovableClock
) -> None:
    first = await a_party(api, "gustavo one")
    await a_party(api, "gustavo two")
    assert await titles(api, "gustavo", kind="parties") == ["gustavo two", "gustavo one"]
    for person in (host, guest, other):
        await api.post(f"/parties/{first['id']}/join", {}, token=person.token)
    assert await titles(api, "gustavo", kind="parties") == ["gustavo one", "gustavo two"]
    await a_party(api, "gustav")
    assert await titles(api, "gustav") == ["gustav", "gustav", "gustavo one", "gustavo two"]
    assert (await search(api, "@Gustav")).body["items"][0]["kind"] == "user"
    clock.move(40 * 86_400)
    api.token = (await api.sign_in(host.email)).token
    await a_party(api, "gustavo three")
    assert await titles(api, "gustavo", kind="parties") == ["gustavo three", "gustavo one", "gustavo two"]


@pytest.mark.gen_test
async def test_a_video_that_parties_show_ranks_higher(api: Api, host: Person, clock: MovableClock) -> None:
    old = await a_video(api, "clip old")
    await a_video(api, "clip new")
    for _ in range(3):
        await a_party(api, "x", video_id=old["id"])
    assert await titles(api, "clip") == ["clip old", "clip new"]


@pytest.mark.gen_test
async def test_people_whom_many_follow_rank_higher(api: Api, welcome_people: list[Person]) -> None:
    assert (await titles(api, "rank", kind="users"))[-1] == "rank0"
    for person in welcome_people[1:]:
        assert (await api.post("/users/rank0/follow", token=person.token)).status < 300
    assert (await titles(api, "rank", kind="users"))[0] == "rank0"


def many(clock: MovableClock, number: int, people: list[str], same_ms: bool) -> list[Party | Video]:
    dice = random.Random(7)
    found: list[Party | Video] = []
    for index in range(number):
        made_ms = clock.now_ms() - (0 if same_ms else dice.randrange(90 * 86_400_000))
        facts: dict[str, Any] = {"id": new_id(made_ms), "created_at": utc(made_ms), "visibility": "public"}
        title = " ".join(dice.sample(["film", "filmy", "night", "fi", "club", "final"], 3))
        if index % 2:
            party = Party(
                code=new_id(made_ms)[-8:],
                title=title,
                host_id=people[0],
                creator_id=people[0],
                members_count=dice.randrange(50),
                **facts,
            )
            found.append(party)
        else:
            found.append(Video(title=title, uploader_id=people[0], source="url", status="ready", **facts))
    return found


@pytest.mark.parametrize("same_ms", [False, True])
def test_pages_hold_everything_once_while_others_add_and_join(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, store: Store, clock: MovableClock, io_loop: IOLoop, same_ms: bool
) -> None:
    things = many(clock, 300, [host.id], same_ms)

    async def add(thing: Party | Video) -> None:
        await (store.parties.add(thing) if isinstance(thing, Party) else store.videos.add(thing))

    async def walk() -> None:
        await asyncio.gather(*(add(thing) for thing in things))
        seen: list[str] = []
        cursor: dict[str, str] = {}
        pages = 0
        while True:
            page = (await search(api, "fi", limit=17, **cursor)).body
            seen += [item["id"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
            pages += 1
            await add(many(clock, pages, [host.id], same_ms=False)[-1])
            clock.move(3600)
            shown = next(thing for thing in things if thing.id in seen and isinstance(thing, Party))
            await store.parties.project(shown.id, pages, {"members_count": 20 * pages})
        assert len(seen) == len(set(seen))
        expected = {thing.id for thing in things if any(word.startswith("fi") for word in thing.title.split())}
        assert expected <= set(seen)

    io_loop.run_sync(walk, timeout=60)
