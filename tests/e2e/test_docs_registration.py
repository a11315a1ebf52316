"""Registration from end to end in the try-it-out page, with the mail received by a real SMTP server."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tornado.ioloop import IOLoop

from tests.e2e.chromium import Person, launched
from tests.e2e.docs_page import DocsPage
from tests.fakes.smtp import SmtpServer, link_in
from tests.running_system import RunningSystem

pytestmark = pytest.mark.e2e


@pytest.fixture
def post(io_loop: IOLoop) -> Iterator[SmtpServer]:
    server = SmtpServer()
    io_loop.run_sync(server.start)
    yield server
    io_loop.run_sync(server.stop)


@pytest.fixture
def mailing(post: SmtpServer, tmp_path: Path) -> Iterator[RunningSystem]:
    """Run the system with that server for its mails."""
    with RunningSystem(tmp_path / "data", "--no-pipeline", MATINEE_SMTP_URL=post.url) as running:
        yield running


@pytest.mark.gen_test(timeout=90)
async def test_an_account_is_made_confirmed_and_used_in_the_docs(
    mailing: RunningSystem, post: SmtpServer, reporter: pytest.TerminalReporter
) -> None:
    async with launched(reporter) as browser:
        docs = DocsPage(await Person.arrive(browser, mailing.url))
        await docs.open()
        asked = await docs.example("POST", "/auth/register")
        status, made = await docs.execute("POST", "/auth/register", asked)
        assert (status, made["username"], made["verified"]) == (201, asked["username"], False)

        async with asyncio.timeout(20):
            await post.arrived.wait()
        (mail,) = post.mails
        assert mail["To"] == asked["email"]
        token = link_in(mail).partition("?token=")[2]
        status, _ = await docs.execute("POST", "/auth/verify-email", {"token": token})
        assert status == 204

        credentials = {"email": asked["email"], "password": asked["password"]}
        status, session = await docs.execute("POST", "/auth/login", credentials)
        assert status == 200
        await docs.authorize(session["access_token"])
        status, me = await docs.execute("GET", "/users/me")
        assert (status, me["id"], me["verified"]) == (200, made["id"], True)
        status, refused = await docs.execute("POST", "/auth/verify-email", {"token": token})
        assert (status, refused["code"]) == (400, "bad_token")
        complaints = [line for line in docs.person.complaints if "400 (Bad Request)" not in line]
        assert complaints == []
