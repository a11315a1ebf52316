"""The end of an account: nothing of it is left, nobody else loses anything, and a crash in the middle changes nothing."""

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from api.services.all import Services
from conf.settings import Settings
from realtime.forgetting import NOBODY, UNTITLED
from store.database import Store
from store.documents import PartySnapshot
from store.erasures import proof
from store.errors import Unavailable
from store.indexes import INDEXES
from store.personal import HELD
from tests.api.client import Api, Person
from tests.api.letters import Letterbox
from tests.api.lives import NAME, lived
from tests.fakes.movable_clock import MovableClock

pytestmark = pytest.mark.integration

LATER_SECONDS = 2 * 3600


@pytest.fixture
def rows(mongo_client: MongoClient[dict[str, Any]], database: str) -> Any:
    return mongo_client[database]


def traces(rows: Any, *words: str) -> dict[str, list[str]]:
    """Search the whole database for these words, in any case."""
    found: dict[str, list[str]] = {}
    for name in rows.list_collection_names():
        for row in rows[name].find():
            text = repr(row).casefold()
            hits = [word for word in words if word.casefold() in text]
            if hits:
                found.setdefault(name, []).append(f"{hits}: {row}"[:400])
    return found


def test_every_collection_says_what_becomes_of_a_person() -> None:
    assert set(INDEXES) <= {held.collection for held in HELD}, "add a row to store/personal.py"
    assert len(HELD) == len({held.collection for held in HELD})
    assert all(held.why for held in HELD if held.becomes != "deleted")
    special = {"party_log", "party_archive", "party_snapshots", "events"}
    gone = {"deleted", "anonymous"}
    assert all((held.erase is not None) == (held.becomes in gone) for held in HELD if held.collection not in special)


@pytest.mark.gen_test(timeout=60)
async def test_every_collection_that_there_is_has_its_row(
    api: Api, host: Person, guest: Person, rows: Any, letterbox: Letterbox
) -> None:
    await lived(api, host, guest)
    there = {name for name in rows.list_collection_names() if not name.startswith("events_")}
    assert there <= {held.collection for held in HELD}


@pytest.mark.gen_test(timeout=60)
async def test_nothing_of_an_erased_account_is_left(  # noqa: PLR0917 - fixtures
    api: Api,
    host: Person,
    guest: Person,
    rows: Any,
    built: Services,
    clock: MovableClock,
    settings: Settings,
) -> None:
    erika, _ = await lived(api, host, guest)
    words = (erika.id, "erika", NAME, "erika@example.com", "a secret of mine")
    assert len(traces(rows, *words)) > 10
    wrong = await api.delete("/users/me", body={"password": "not it at all"}, token=erika.token)
    assert (wrong.status, wrong.body["code"]) == (401, "bad_credentials")
    assert (await api.delete("/users/me", body={"password": erika.password}, token=erika.token)).status == 204
    assert set(traces(rows, *words)) <= {"erasures", "rate_buckets", "deletions"}, traces(rows, *words)
    clock.move(LATER_SECONDS)
    assert await built.erasure.resume() == 1
    assert await built.erasure.resume() == 0
    rows.rate_buckets.delete_many({})  # they run out
    assert traces(rows, *words) == {}
    assert list((settings.data / "avatars").iterdir()) == []
    proof_row = rows.erasures.find_one()
    assert proof_row["_id"] == proof(erika.id)
    assert (proof_row["state"], proof_row["who"]) == ("done", None)
    assert {"users", "refresh_tokens", "relations", "parties", "party_log", "events"} <= set(proof_row["counts"])
    assert proof_row["counts"]["users"] == 1


@pytest.mark.gen_test(timeout=60)
async def test_the_account_is_closed_at_once_and_its_names_are_free(api: Api, host: Person, guest: Person) -> None:
    erika, left = await lived(api, host, guest)
    await api.delete("/users/me", body={"password": erika.password}, token=erika.token)
    assert (await api.get("/users/me", token=erika.token)).status == 401
    assert (await api.delete("/users/me", body={"password": erika.password}, token=erika.token)).status == 401
    assert (await api.post("/auth/refresh", {"refresh_token": erika.refresh_token}, token="")).status == 401
    login = {"email": erika.email, "password": erika.password}
    assert (await api.post("/auth/login", login, token="")).status == 401
    assert (await api.get("/users/erika")).status == 404
    assert (await api.get(f"/videos/{left['video']}")).status == 404
    assert (await api.get(f"/parties/{left['hosted']}")).body["status"] == "ended"
    again = await api.person("erika")
    assert again.id != erika.id
    assert (await api.get("/users/me/followers", token=again.token)).body["items"] == []
    assert (await api.get("/users/me/activity", token=again.token)).body["items"] == []


@pytest.mark.gen_test(timeout=60)
async def test_others_keep_their_history_without_a_gap(
    api: Api, host: Person, guest: Person, store: Store, rows: Any
) -> None:
    erika, left = await lived(api, host, guest)
    await api.delete("/users/me", body={"password": erika.password}, token=erika.token)
    log = (await api.get(f"/parties/{left['other']}/log")).body["items"]
    assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1))
    said = [frame["message"] for frame in log if frame["t"] == "chat"]
    assert [(message["name"], message["body"]) for message in said] == [(NOBODY, ""), ("hanna", f"hello @{NOBODY}, hi")]
    joined = [frame["member"] for frame in log if frame["t"] == "member.joined"]
    assert [member["name"] for member in joined] == ["hanna", NOBODY]
    assert joined[1]["id"] == said[0]["member_id"] != erika.id
    chat = (await api.get(f"/parties/{left['other']}/chat")).body["items"]
    assert [message["name"] for message in chat] == ["hanna"]
    members = (await api.get(f"/parties/{left['other']}/members")).body["items"]
    assert [member["name"] for member in members] == ["hanna"]
    more = await api.post(f"/parties/{left['other']}/control", {"command": "chat.send", "body": "so long"})
    assert more.status == 200
    assert more.body["seq"] == log[-1]["seq"] + 1
    hosted = (await api.get(f"/parties/{left['hosted']}")).body
    assert (hosted["title"], hosted["description"]) == (UNTITLED, "")
    assert hosted["host_id"] == joined[1]["id"]  # the same pseudonym in all
    assert await store.parties.by_id(left["hosted"]) is not None
    deleted = [row for day in rows.list_collection_names() if day.startswith("events_") for row in rows[day].find()]
    assert [row["user_id"] for row in deleted if row["type"] == "account.deleted"] == [joined[1]["id"]]
    assert [row["user_id"] for row in deleted if row["type"] == "view.started"] == [joined[1]["id"]]


@pytest.mark.gen_test(timeout=60)
async def test_no_snapshot_and_no_client_keeps_what_was_forgotten(
    api: Api, host: Person, guest: Person, store: Store, rows: Any
) -> None:
    """Snapshots hold words and names, packed; clients that come back with the old epoch are shown the party anew."""
    erika, left = await lived(api, host, guest)
    before = await store.party_log.epoch(left["other"])
    assert before is not None
    await store.party_snapshots.keep(
        PartySnapshot(id="s", party_id=left["other"], seq=2, epoch=before, version=1, content=b"\0")
    )
    await api.delete("/users/me", body={"password": erika.password}, token=erika.token)
    assert rows.party_snapshots.count_documents({}) == 0
    assert await store.party_log.epoch(left["other"]) != before


class Died(Exception):  # noqa: N818 - what it stands for
    pass


@pytest.mark.gen_test(timeout=120)
async def test_whichever_step_a_process_dies_in_the_end_is_the_same(  # noqa: PLR0917 - fixtures
    api: Api,
    host: Person,
    guest: Person,
    rows: Any,
    built: Services,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erika, _ = await lived(api, host, guest)
    user = await built.erasure._store.users.by_id(erika.id)
    assert user is not None
    whole = built.erasure._store.erase
    done: list[str] = []

    async def dying(held: Any, who: Any, pseudonym: str) -> int:
        if held.collection not in done:
            done.append(held.collection)
            raise Died(held.collection)
        return await whole(held, who, pseudonym)

    monkeypatch.setattr(built.erasure._store, "erase", dying)
    with pytest.raises(Died):
        await built.erasure.erase(user)
    for _ in range(len(HELD) - 2):  # what tells others of deletions is left for the second time
        clock.move(700)
        with pytest.raises(Died):
            await built.erasure.resume()
    monkeypatch.undo()
    clock.move(700)
    assert await built.erasure.resume() == 1
    clock.move(LATER_SECONDS)
    assert await built.erasure.resume() == 1
    rows.rate_buckets.delete_many({})
    assert traces(rows, erika.id, "erika", NAME, "a secret of mine") == {}
    assert rows.erasures.count_documents({"state": "done", "who": None}) == 1


@pytest.mark.gen_test(timeout=60)
async def test_who_dies_between_a_log_and_its_snapshots_leaves_no_snapshot_for_good(  # noqa: PLR0917 - fixtures
    api: Api,
    host: Person,
    guest: Person,
    rows: Any,
    built: Services,
    store: Store,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    erika, left = await lived(api, host, guest)
    before = await store.party_log.epoch(left["other"])
    rows.party_snapshots.insert_one({"party_id": left["other"], "seq": 2, "content": NAME})

    renew = store.party_log.renew_epoch

    async def dying(party_id: str) -> None:
        if party_id == left["other"]:  # by now nothing in its log is under the person's id any more
            raise Died(party_id)
        await renew(party_id)

    monkeypatch.setattr(built.erasure._store.party_log, "renew_epoch", dying)
    user = await built.erasure._store.users.by_id(erika.id)
    assert user is not None
    with pytest.raises(Died):
        await built.erasure.erase(user)
    monkeypatch.undo()
    assert rows.party_snapshots.count_documents({}) == 1
    clock.move(700)
    assert await built.erasure.resume() == 1
    assert rows.party_snapshots.count_documents({}) == 0
    assert await store.party_log.epoch(left["other"]) != before


@pytest.mark.gen_test(timeout=60)
async def test_what_came_while_it_was_erased_is_found_later(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, guest: Person, rows: Any, built: Services, store: Store, clock: MovableClock
) -> None:
    erika, _ = await lived(api, host, guest)
    await api.delete("/users/me", body={"password": erika.password}, token=erika.token)
    await store.relations.add("follow", erika.id, host.id, rows.erasures.find_one()["begun_at"])
    rows.videos.insert_one({"_id": "late", "uploader_id": erika.id, "title": "late"} | late_video(rows))
    assert await built.erasure.resume() == 0  # not due yet
    clock.move(LATER_SECONDS)
    assert await built.erasure.resume() == 1
    rows.rate_buckets.delete_many({})
    assert traces(rows, erika.id) == {}


def late_video(rows: Any) -> dict[str, Any]:
    return {
        "source": "url",
        "status": "ready",
        "visibility": "private",
        "created_at": rows.erasures.find_one()["begun_at"],
    }


@pytest.mark.gen_test
async def test_staff_give_up_their_role_first(api: Api, host: Person, store: Store) -> None:
    await store.users.set_role(host.id, "staff")
    refused = await api.delete("/users/me", body={"password": host.password})
    assert (refused.status, refused.body["code"]) == (409, "conflict")
    assert await store.users.by_id(host.id) is not None


@pytest.mark.gen_test(timeout=60)
async def test_ten_wrong_passwords_make_it_wait(api: Api, host: Person) -> None:
    for _ in range(10):
        assert (await api.delete("/users/me", body={"password": "not it at all"})).status == 401
    waiting = await api.delete("/users/me", body={"password": host.password})
    assert waiting.status == 429
    assert int(waiting.headers["Retry-After"]) > 0


def test_the_page_says_what_becomes_of_each_collection() -> None:
    page = (Path(__file__).parents[2] / "docs" / "decisions" / "erasure.md").read_text(encoding="utf-8")
    for held in HELD:
        assert f"| `{held.collection}` | {held.becomes} | {held.why} |" in page


@pytest.mark.gen_test(timeout=60)
async def test_without_the_database_the_account_stays_or_goes_on_later(  # noqa: PLR0917 - fixtures
    api: Api, host: Person, built: Services, monkeypatch: pytest.MonkeyPatch, clock: MovableClock, rows: Any
) -> None:
    async def away(*_given: Any) -> int:
        raise Unavailable("away")

    monkeypatch.setattr(built.erasure._store.events_past, "rename", away)
    assert (await api.delete("/users/me", body={"password": host.password})).status == 503
    monkeypatch.undo()
    clock.move(700)
    assert await built.erasure.resume() == 1
    assert rows.erasures.find_one()["state"] == "settling"
