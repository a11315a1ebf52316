"""Mails: what they say, how they leave, and that each leaves once."""

import asyncio
import email
import email.policy
import re
import stat
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tornado.ioloop import IOLoop

from api.application import MailServices, mail_services
from api.services.mail.kinds import KINDS
from api.services.mail.letters import BadAddress, Letters, recipient
from api.services.mail.transports import FolderTransport, NotSent, SmtpTransport
from conf.clock import utc
from conf.settings import Settings
from store.database import Store
from store.documents import Mail
from tests.api.client import Person
from tests.api.conftest import MovableClock
from tests.conftest import ExpectedLogs
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.smtp import SmtpServer, link_in

MOMENT = utc(1_795_000_000_000)
LETTERS = Letters(base_url="https://watch.example.com")


FIELDS = {"invite": {"invite": "0199", "code": "ABCD2345", "by": "bob"}}


def row(kind: str = "verify_email", to: str = "ann@example.com") -> Mail:
    return Mail(id="0198", kind=kind, to=to, fields=FIELDS.get(kind, {}), created_at=MOMENT, next_at=MOMENT)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_the_same_in_text_and_html(kind: str) -> None:
    message = LETTERS.write(row(kind), username="ann", token="T0ken-_")
    assert message["To"] == "ann@example.com"
    assert message["From"] == "Matinee <matinee@watch.example.com>"
    assert message["Message-ID"] == "<0198@watch.example.com>"
    parts = [message.get_body((name,)) for name in ("plain", "html")]
    for part in parts:
        assert part is not None
        assert "ann" in part.get_content()
        assert "{{" not in part.get_content()
    link = KINDS[kind].link
    if link:
        assert link_in(message) == f"https://watch.example.com{link.page}?token=T0ken-_"
        assert all(part is not None and link.words in part.get_content() for part in parts)


def test_a_name_stays_text_in_html() -> None:
    message = LETTERS.write(row(), username='<img src="x">', token="t")
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert "<img" not in html.get_content()
    assert '<img src="x">' in text.get_content()


HOSTILE = [
    "ann@example.com\r\nBcc: bob@example.com",
    "ann\n@example.com",
    "ann@example.com,bob@example.com",
    "ann<bob@example.com>@example.com",
    '"ann"@example.com',
    "ann@exa mple.com",
    "ann@example.com>",
    "ann@-example.com",
    "ann@" + "a" * 64 + ".com",
    "@example.com",
    "ann",
    "",
]


@pytest.mark.parametrize("address", HOSTILE)
def test_what_is_no_single_address_gets_no_mail(address: str) -> None:
    with pytest.raises(BadAddress):
        LETTERS.write(row(to=address), username="ann")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_becomes_a_header_or_another_recipient(local: str, domain: str, username: str) -> None:
    try:
        message = LETTERS.write(row(to=f"{local}@{domain}"), username=username, token="t")
    except BadAddress:
        return
    sent = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert sorted(sent.keys()) == sorted(message.keys())
    assert len(sent["To"].addresses) == 1


def test_a_domain_in_another_script_is_written_as_dns_knows_it() -> None:
    assert recipient("ann@bücher.example").domain == "xn--bcher-kva.example"


def test_the_sender_is_chosen_or_follows_the_public_address() -> None:
    chosen = Letters(base_url="https://watch.example.com", sender="films@example.org").write(row(), username="a")
    assert chosen["From"] == "films@example.org"
    local = Letters(base_url="http://127.0.0.1:8888").write(row(), username="a", token="t")
    assert local["From"] == "Matinee <matinee@localhost>"
    assert link_in(local) == "http://127.0.0.1:8888/verify?token=t"
    with pytest.raises(BadAddress):
        Letters(base_url="https://watch.example.com", sender="no address")


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
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def post(
    store: Store, clock: MovableClock, metrics: RecordingMetrics, settings: Settings, smtp: SmtpServer
) -> MailServices:
    """Mail that goes to the SMTP server."""
    return mail_services(
        store=store, clock=clock, metrics=metrics, settings=settings, transport=SmtpTransport(smtp.url)
    )


@pytest.mark.gen_test
async def test_the_server_gets_the_message_whole(smtp: SmtpServer) -> None:
    message = LETTERS.write(row(), username="ann", token="T0ken")
    await SmtpTransport(smtp.url).send(message)
    (got,) = smtp.mails
    assert got["Subject"] == "Confirm your e-mail address · Matinee"
    assert link_in(got) == "https://watch.example.com/verify?token=T0ken"


@pytest.mark.gen_test
@pytest.mark.parametrize(("answer", "again"), [("451 later", True), ("550 no", False), ("535 who", True)])
async def test_a_refusal_says_whether_another_try_can_help(smtp: SmtpServer, answer: str, *, again: bool) -> None:
    smtp.answer = answer
    with pytest.raises(NotSent, match=answer[:3]) as refused:
        await SmtpTransport(smtp.url).send(LETTERS.write(row(), username="ann"))
    assert refused.value.again is again


@pytest.mark.gen_test
async def test_a_server_that_is_away_is_asked_again(smtp: SmtpServer) -> None:
    await smtp.stop()
    with pytest.raises(NotSent) as refused:
        await SmtpTransport(smtp.url).send(LETTERS.write(row(), username="ann"))
    assert refused.value.again


@pytest.mark.gen_test
async def test_without_a_server_a_mail_is_a_file_for_our_eyes_only(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    await FolderTransport(folder).send(LETTERS.write(row(), username="ann", token="T0ken"))
    (file,) = folder.iterdir()
    assert file.read_text().count("https://watch.example.com/verify?token=T0ken") == 2  # as it is, to be copied
    assert file.name == "0198.eml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    read = email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)
    assert link_in(read) == "https://watch.example.com/verify?token=T0ken"


@pytest.mark.integration
@pytest.mark.gen_test
async def test_a_posted_mail_is_sent_at_once_by_the_running_sender(
    post: MailServices, smtp: SmtpServer, host: Person, store: Store, metrics: RecordingMetrics
) -> None:
    post.sender.start()
    await post.box.post("verify_email", host.email)
    await asyncio.wait_for(smtp.arrived.wait(), 4)  # the loop looks of itself after 5 s only
    await asyncio.wait_for(metrics.counted("mail.sent"), 4)
    await post.sender.close()
    assert smtp.mails[0]["To"] == host.email
    assert [mail.state for mail in await store.outbox.to(host.email)] == ["sent"]


@pytest.mark.integration
@pytest.mark.gen_test
async def test_several_nodes_send_each_mail_once(
    store: Store, clock: MovableClock, settings: Settings, smtp: SmtpServer, host: Person
) -> None:
    nodes = [
        mail_services(
            store=store,
            clock=clock,
            metrics=RecordingMetrics(),
            settings=settings,
            transport=SmtpTransport(smtp.url),
        )
        for _ in range(4)
    ]
    for _ in range(12):
        await nodes[0].box.post("password_changed", host.email)
    tried = await asyncio.gather(*(node.sender.send_due() for node in nodes))
    assert sum(tried) == 12
    ids = [re.sub("@.*", "", str(message["Message-ID"])) for message in smtp.mails]
    assert len(ids) == len(set(ids)) == 12


@pytest.mark.integration
@pytest.mark.gen_test(timeout=60)
async def test_a_mail_waits_for_a_server_that_refuses_it_for_now(  # noqa: PLR0917 - fixtures
    post: MailServices, smtp: SmtpServer, host: Person, store: Store, clock: MovableClock, logs: ExpectedLogs
) -> None:
    smtp.answer = "451 try later"
    await post.box.post("verify_email", host.email)
    with logs.expect("mail put off"):
        assert await post.sender.send_due() == 1
    assert smtp.refused == 3
    assert await post.sender.send_due() == 0
    smtp.answer = "250 OK"
    clock.move(31)
    assert await post.sender.send_due() == 1
    assert len(smtp.mails) == 1
    (mail,) = await store.outbox.to(host.email)
    assert (mail.state, mail.attempts, mail.error) == ("sent", 2, None)


@pytest.mark.integration
@pytest.mark.gen_test
async def test_a_mail_that_is_refused_for_good_is_given_up(  # noqa: PLR0917 - fixtures
    post: MailServices,
    smtp: SmtpServer,
    host: Person,
    store: Store,
    metrics: RecordingMetrics,
    logs: ExpectedLogs,
) -> None:
    smtp.answer = "550 no such person"
    await post.box.post("verify_email", host.email)
    with logs.expect("mail given up"):
        await post.sender.send_due()
    (mail,) = await store.outbox.to(host.email)
    assert (mail.state, mail.error, smtp.refused) == ("failed", "the server answered 550", 1)
    assert metrics.counts["mail.failed"] == 1


@pytest.mark.integration
@pytest.mark.gen_test
async def test_nobody_gets_what_nobody_needs(post: MailServices, smtp: SmtpServer, host: Person, store: Store) -> None:
    await store.users.set_verified(host.id)
    await post.box.post("verify_email", host.email)
    await post.box.post("reset_password", "nobody@example.com")
    assert await post.sender.send_due() == 2
    assert smtp.mails == []
    for address in (host.email, "nobody@example.com"):
        assert [mail.state for mail in await store.outbox.to(address)] == ["dropped"]


@pytest.mark.integration
@pytest.mark.gen_test
async def test_the_outbox_holds_no_token(
    post: MailServices, smtp: SmtpServer, host: Person, mongo_client: object, database: str
) -> None:
    await post.box.post("reset_password", host.email)
    await post.sender.send_due()
    plain = link_in(smtp.mails[0]).partition("token=")[2]
    kept = [list(mongo_client[database][name].find()) for name in ("outbox", "mail_tokens")]  # type: ignore[index]
    assert plain not in repr(kept)
    assert len(kept[1]) == 1
