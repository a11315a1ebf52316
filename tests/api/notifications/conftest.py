"""People who are told things, and the servers that their mails and pushes go to."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from tornado.ioloop import IOLoop

from api.application import MailServices, mail_services
from api.services.mail.transports import SmtpTransport
from api.services.notifications.notifier import Note
from conf.metrics import NullMetrics
from conf.settings import Settings
from store.database import Store
from tests.api.client import Person
from tests.api.conftest import MovableClock
from tests.fakes.smtp import SmtpServer

Raw = Any


@pytest.fixture
def smtp(io_loop: IOLoop) -> Iterator[SmtpServer]:
    async def started() -> SmtpServer:
        server = SmtpServer()
        await server.start()
        return server

    server = io_loop.run_sync(started)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def mail(store: Store, clock: MovableClock, settings: Settings, smtp: SmtpServer) -> MailServices:
    """Mail that goes to a real SMTP server when a test has it sent."""
    return mail_services(
        store=store, clock=clock, metrics=NullMetrics(), settings=settings, transport=SmtpTransport(smtp.url)
    )


@pytest.fixture
def hanna(host: Person, store: Store, io_loop: IOLoop) -> Person:
    """Somebody whose address is confirmed, so that mails may go there."""
    io_loop.run_sync(lambda: store.users.set_verified(host.id))
    return host


@pytest.fixture
def raw(mongo_client: MongoClient[dict[str, Any]], database: str) -> Raw:
    """Look at the database past the store."""
    return mongo_client[database]


Invite = Callable[[str], Note]


@pytest.fixture
def invited(hanna: Person) -> Invite:
    """Make a note that goes by mail at once, unless its person chose otherwise."""

    def made(key: str) -> Note:
        fields = {"username": "gustav", "title": "Film night", "code": "ABCD2345"}
        return Note(user_id=hanna.id, kind="invited", key=key, fields=fields)

    return made
