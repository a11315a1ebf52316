"""Whatever happens in whatever order, an app that applies what it is told ends with what the server has."""

from datetime import timedelta

import msgspec
import pytest
from bson.timestamp import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from api.schemas.mobile import SyncPage
from api.services.all import Services
from api.services.mobile.sync import Sync
from conf.clock import utc
from store.database import Store
from store.documents import Notification, Party, User, Video
from store.ids import new_id
from tests.api.conftest import MovableClock
from tests.api.syncing import Things, apply

pytestmark = pytest.mark.integration

STEP = st.one_of(
    st.tuples(st.just("sync"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["party", "video", "note", "follow"]), st.integers(0, 2)),
    st.tuples(st.sampled_from(["title", "drop", "rename", "delete", "read", "hide", "unfollow"]), st.integers(0, 5)),
    st.tuples(st.just("wait"), st.integers(1, 300)),
)
LATE = st.lists(st.integers(0, 9), min_size=60, max_size=60)
"""Seconds by which each change takes its moment before it becomes visible."""


class World:
    """Somebody's things, changed at moments that the test chooses: `changed` is set to them after each write."""

    def __init__(self, store: Store, clock: MovableClock, late: list[int]) -> None:
        self.store = store
        self.clock = clock
        self.late = iter(late * 20)
        now_ms = clock.now_ms()
        self.seconds = int(now_ms / 1000)
        self.inc = 1
        me = new_id(now_ms)
        self.me = User(
            id=me,
            email=me,
            email_key=me,
            username=me,
            username_key=me,
            display_name=me,
            password_hash="",
            created_at=utc(0),
        )
        self.given: set[Timestamp] = set()
        self.made: dict[str, list[str]] = {"parties": [], "videos": [], "notifications": [], "relations": []}

    async def date(self, kind: str, name: str) -> None:
        """Give what was just written a moment that lies up to nine seconds before that of its appearance."""
        self.inc += 1
        moment = Timestamp(self.seconds - next(self.late), self.inc)
        for collection, key in ((kind, name), ("deletions", f"{kind}:{name}")):
            raw = self.store._database[collection]
            row = await raw.find_one({"_id": key}, {"changed": 1})
            if row is not None and row["changed"] not in self.given:  # what mongod wrote just now
                await raw.update_one({"_id": key}, {"$set": {"changed": moment}})
                self.given.add(moment)

    async def step(self, what: str, number: int) -> None:
        now_ms = self.clock.now_ms()
        name, facts = new_id(now_ms), {"created_at": utc(now_ms)}
        match what:
            case "wait":
                self.seconds += number
            case "party":
                party = Party(id=name, code=name[-8:], title="t", host_id=self.me.id, creator_id=self.me.id, **facts)
                await self.store.parties.add(party)
                await self._made("parties", name)
            case "video":
                await self.store.videos.add(
                    Video(id=name, title="t", uploader_id=self.me.id, source="url", status="ready", **facts)
                )
                await self._made("videos", name)
            case "note":
                expires = utc(now_ms) + timedelta(days=90)
                note = Notification(id=name, user_id=self.me.id, key=name, kind="security", expires_at=expires, **facts)
                await self.store.notifications.add(note)
                await self._made("notifications", name)
            case "follow":
                await self.store.relations.add("follow", self.me.id, f"friend{number}", utc(now_ms))
                await self._made("relations", f"follow:{self.me.id}:friend{number}")
            case _:
                await self._change(what, number)

    async def _made(self, kind: str, name: str) -> None:
        if name not in self.made[kind]:
            self.made[kind].append(name)
        await self.date(kind, name)

    async def _change(self, what: str, number: int) -> None:
        kind = {"title": "parties", "drop": "parties", "rename": "videos", "delete": "videos"}.get(what)
        kind = kind or ("relations" if what == "unfollow" else "notifications")
        if not self.made[kind]:
            return
        name = self.made[kind][number % len(self.made[kind])]
        now = utc(self.clock.now_ms())
        match what:
            case "title":
                self.inc += 1
                await self.store.parties.project(name, self.inc, {"title": f"t{self.inc}"})
            case "drop":
                await self.store.parties.delete(name)
            case "rename":
                await self.store.videos.update(name, {"title": f"t{self.inc}"})
            case "delete":
                await self.store.videos.delete(name)
            case "read":
                await self.store.notifications.read(self.me.id, name, now)
            case "hide":
                await self.store.notifications.hide(self.me.id, name, now)
            case "unfollow":
                await self.store.relations.remove("follow", self.me.id, name.rpartition(":")[2])
        await self.date(kind, name)

    async def state(self) -> dict[tuple[str, str], str]:
        """Read what is there by the lists that everybody reads."""
        parties = await self.store.parties.page("mine", self.me.id, limit=100)
        videos = await self.store.videos.page(self.me.id, self.me.id, limit=100)
        notes = await self.store.notifications.page(self.me.id, limit=100)
        follows = await self.store.relations.from_("follow", self.me.id, limit=100, cursor=None)
        return {
            **{("party", one.id): one.title for one in parties.items},
            **{("video", one.id): one.title for one in videos.items},
            **{("notification", one.id): str(one.read_at is not None) for one in notes.items},
            **{("relation", one.id): one.to_id for one in follows.items},
        }


def told(things: Things) -> dict[tuple[str, str], str]:
    field = {"party": "title", "video": "title", "relation": "user_id"}
    return {
        key: str("read_at" in thing) if key[0] == "notification" else thing[field[key[0]]]
        for key, thing in things.items()
    }


async def read(sync: Sync, user: User, since: str | None, limit: int, things: Things) -> SyncPage:
    page = await sync.page(user, since, limit)
    apply(things, msgspec.to_builtins(page)["items"])
    return page


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=st.lists(STEP, max_size=40), late=LATE)
def test_any_interleaving_of_changes_and_syncs_ends_with_what_the_server_has(  # noqa: PLR0917 - fixtures
    built: Services, store: Store, clock: MovableClock, io_loop: IOLoop, steps: list[tuple[str, int]], late: list[int]
) -> None:
    """Changes appear up to nine seconds after their moments, syncs look back ten, and minutes pass in between."""
    sync = Sync(
        store=store,
        blocking=built.blocking,
        parties=built.parties,
        videos=built.videos,
        clock=clock,
        overlap_seconds=10,
    )

    async def play() -> None:
        world = World(store, clock, late)
        things: Things = {}
        since: str | None = None
        for what, number in steps:
            if what == "sync":
                since = (await read(sync, world.me, since, number, things)).next
            else:
                await world.step(what, number)
        for _ in range(2):  # what changed while a long scan went on comes with the next one
            more = True
            while more:
                page = await read(sync, world.me, since, 3, things)
                since, more = page.next, page.more
        assert told(things) == await world.state()

    io_loop.run_sync(play, timeout=60)
