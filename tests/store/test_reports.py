from datetime import UTC, datetime, timedelta

import pytest

from store.database import Store
from store.documents import Report
from store.errors import AlreadyExists
from store.reports import CLAIM

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def report(report_id: str, *, reporter: str = "ann", about: str = "bob") -> Report:
    return Report(
        id=report_id,
        reporter_id=reporter,
        kind="user",
        subject_id=about,
        about_user_id=about,
        reason="spam",
        text="",
        evidence={"username": about},
        open_key=f"{reporter}:user:{about}",
        created_at=NOW,
    )


@pytest.mark.gen_test
async def test_one_open_report_a_person_and_thing(store: Store) -> None:
    await store.reports.add(report("r1"))
    await store.reports.add(report("r2", reporter="cat"))
    with pytest.raises(AlreadyExists):
        await store.reports.add(report("r3"))
    await store.reports.claim("r1", "claim", NOW)
    with pytest.raises(AlreadyExists):
        await store.reports.add(report("r3"))
    await store.reports.close("r1", "claim", {"state": "resolved", "closed_at": NOW})
    await store.reports.add(report("r3"))
    assert [one.id for one in await store.reports.about("bob", limit=9)] == ["r3", "r2", "r1"]


@pytest.mark.gen_test
async def test_a_claim_is_held_given_back_or_runs_out(store: Store) -> None:
    await store.reports.add(report("r1"))
    mine = await store.reports.claim("r1", "mine", NOW)
    assert mine is not None
    assert await store.reports.claim("r1", "mine", NOW) is not None, "the answer was lost with the connection"
    assert await store.reports.claim("r1", "yours", NOW) is None
    assert await store.reports.assign("r1", "carl") is None
    assert await store.reports.count_under_way() == 1
    assert await store.reports.give_back(mine, "mine")
    assert await store.reports.claim("r1", "yours", NOW) is not None
    assert await store.reports.claim("r1", "mine", NOW + CLAIM - timedelta(seconds=1)) is None
    assert await store.reports.claim("r1", "mine", NOW + CLAIM) is not None
    assert await store.reports.close("r1", "yours", {"state": "resolved"}) is None
    closed = await store.reports.close("r1", "mine", {"state": "dismissed"})
    assert closed is not None
    assert (closed.state, closed.claim, closed.open_key) == ("dismissed", None, None)
    assert await store.reports.claim("r1", "later", NOW + timedelta(days=1)) is None
    assert await store.reports.count_under_way() == 0


@pytest.mark.gen_test
async def test_who_it_was_assigned_to_keeps_it_when_a_claim_is_given_back(store: Store) -> None:
    await store.reports.add(report("r1"))
    await store.reports.assign("r1", "carl")
    claimed = await store.reports.claim("r1", "claim", NOW)
    assert claimed is not None
    await store.reports.give_back(claimed, "claim")
    queue = await store.reports.queue("assigned", assigned_to="carl", limit=9, cursor=None)
    assert [(one.id, one.state) for one in queue.items] == [("r1", "assigned")]


@pytest.mark.gen_test
async def test_who_is_erased_is_in_no_report_any_more(store: Store) -> None:
    await store.reports.add(report("r1"))
    await store.reports.add(report("r2", reporter="cat", about="ann"))
    await store.reports.add(report("r3", reporter="dan", about="ann"))
    await store.reports.claim("r3", "claim", NOW)
    await store.reports.close("r3", "claim", {"state": "dismissed"})
    assert await store.reports.forget("ann") == 3
    found = [await store.reports.by_id(name) for name in ("r1", "r2", "r3")]
    assert [(one.reporter_id, one.about_user_id) for one in found if one] == [("", "bob"), ("cat", None), ("dan", None)]
    assert [one.evidence for one in found if one] == [{"username": "bob"}, {"username": "ann"}, {}]
    assert await store.reports.forget("ann") == 0
