"""The audit log: a row before the deed, and what came of it after."""

from collections.abc import Sequence

import pytest

from api.problems import Problem
from api.services.all import Services
from store.audit_log import AuditFilter
from store.database import Store
from store.documents import AuditEntry, User
from tests.api.client import Person

pytestmark = pytest.mark.integration


async def rows(store: Store) -> Sequence[AuditEntry]:
    return (await store.audit_log.page(AuditFilter(), limit=100, cursor=None)).items


async def user(store: Store, person: Person) -> User:
    found = await store.users.by_id(person.id)
    assert found is not None
    return found


@pytest.mark.gen_test
async def test_a_note_says_who_what_when_and_from_where(built: Services, store: Store, host: Person) -> None:
    by = await user(store, host)
    await built.audit.note(by, "user.suspend", ("user", "u1"), {"reason": "spam"}, ip="192.0.2.1", request_id="r1")
    (row,) = await rows(store)
    assert (row.by, row.by_name, row.action) == (host.id, "hanna", "user.suspend")
    assert (row.about_kind, row.about_id, row.details) == ("user", "u1", {"reason": "spam"})
    assert (row.ip, row.request_id, row.outcome) == ("192.0.2.1", "r1", "done")


@pytest.mark.gen_test
async def test_the_command_line_is_nobody_in_particular(built: Services, store: Store) -> None:
    await built.audit.note(None, "user.promote")
    (row,) = await rows(store)
    assert (row.by, row.by_name) == (None, "command line")


@pytest.mark.gen_test
async def test_the_row_is_there_while_the_deed_is_under_way(built: Services, store: Store) -> None:
    async with built.audit.acting(None, "user.ban"):
        assert [row.outcome for row in await rows(store)] == ["begun"]
    assert [row.outcome for row in await rows(store)] == ["done"]


@pytest.mark.gen_test
async def test_a_deed_that_was_refused_is_kept_with_its_reason(built: Services, store: Store) -> None:
    with pytest.raises(Problem):
        async with built.audit.acting(None, "user.ban"):
            raise Problem("conflict")
    (row,) = await rows(store)
    assert (row.outcome, row.details) == ("refused", {"refusal": "conflict"})


@pytest.mark.gen_test
async def test_what_a_request_held_cannot_make_a_row_large(built: Services, store: Store) -> None:
    details = {f"field{n}": "x" * 10_000 for n in range(100)} | {"a.b": "dots", "$set": "dollars"}
    await built.audit.note(None, "x", None, details)
    (row,) = await rows(store)
    assert len(row.details) == 20
    assert max(map(len, row.details.values())) == 500
