"""A real SMTP server on a free port, which keeps what it gets or refuses it."""

import asyncio
import email
import email.policy
import re
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class SmtpServer:
    """Answers on loopback; `answer` is what it says to each mail ("250 OK" takes it)."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.mails: list[EmailMessage] = []
        self.refused = 0
        self.arrived = asyncio.Event()
        self.port = 0
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.example.com", enable_SMTPUTF8=True, loop=loop), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if not self.answer.startswith("2"):
            self.refused += 1
            return self.answer
        content: Any = envelope.content
        message = email.message_from_bytes(content, _class=EmailMessage, policy=email.policy.default)
        self.mails.append(message)
        self.arrived.set()
        return self.answer


def link_in(message: EmailMessage) -> str:
    """Return the address in a mail that carries a token; text and HTML must name the same."""
    found = set()
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        found.update(re.findall(r"http\S+?(?:\?token|#invite)=[A-Za-z0-9_-]+", part.get_content()))
    assert len(found) == 1, found
    return str(found.pop())
