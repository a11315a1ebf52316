"""Staff, and what they did."""

from collections.abc import Awaitable, Callable

import pytest
from tornado.ioloop import IOLoop

from store.audit_log import AuditFilter
from store.database import Store
from store.documents import AuditEntry
from tests.api.client import Api, Person
from tests.api.conftest import Welcome

Rows = Callable[[], Awaitable[list[AuditEntry]]]


def promote(io_loop: IOLoop, store: Store, person: Person) -> Person:
    io_loop.run_sync(lambda: store.users.set_role(person.id, "staff"))
    return person


@pytest.fixture
def staff(api: Api, welcome: Welcome, store: Store, io_loop: IOLoop) -> Person:
    """Somebody of the staff, whose token the client sends where a test says nothing else."""
    person = promote(io_loop, store, welcome("stella"))
    api.token = person.token
    return person


@pytest.fixture
def colleague(welcome: Welcome, store: Store, io_loop: IOLoop) -> Person:
    return promote(io_loop, store, welcome("carl"))


@pytest.fixture
def rows(store: Store) -> Rows:
    """Read the audit log, the oldest first."""

    async def read() -> list[AuditEntry]:
        return [entry async for entry in store.audit_log.each(AuditFilter())]

    return read
