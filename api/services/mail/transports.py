"""How mails leave: to an SMTP server, or without one as files that a newcomer can open."""

import asyncio
import ipaddress
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from conf import logs
from conf.settings import Settings

PATIENCE_SECONDS = 20.0
"""For each answer of the server."""
FIRST_PERMANENT = 500
"""RFC 5321, section 4.2.1: what a 5yz reply refuses, it will refuse again."""
CREDENTIALS = frozenset({530, 534, 535, 538})
"""RFC 4954: replies about our password. An operator mends it, and then the mail shall go."""


class NotSent(Exception):  # noqa: N818 - named for what the sender meets
    """The mail did not leave; `again` says whether another try can help."""

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


class Transport(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """Hand a message over for good. Raises `NotSent`."""
        ...


class SmtpTransport:
    """Sends by SMTP; `smtps:` speaks TLS from the start, `smtp:` upgrades where the server can."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "localhost"
        self._secure = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._secure else 25)
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        # None: upgrade where it is offered. A password goes over a network under TLS only.
        self._upgrade = True if self._username and not self._secure and not _loopback(self._host) else None

    async def send(self, message: EmailMessage) -> None:
        try:
            await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password,
                use_tls=self._secure,
                start_tls=False if self._secure else self._upgrade,
                timeout=PATIENCE_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refused(min(refusal.code for refusal in error.recipients)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise _refused(error.code) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            # The server's text may quote the address: the kind of fault is enough.
            raise NotSent(type(error).__name__, again=not isinstance(error, aiosmtplib.SMTPNotSupported)) from None


class FolderTransport:
    """Writes each mail to a file of its own, which only our user may read: it holds a link that opens an account."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        try:
            path = await asyncio.to_thread(self._write, message)
        except OSError as error:
            raise NotSent(f"{type(error).__name__}: {error.strerror}", again=True) from error
        logs.get("api.mail").info("mail written", file=str(path), subject=str(message["Subject"]))

    def _write(self, message: EmailMessage) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(message["Message-ID"]).strip("<>").partition("@")[0]
        path = self._folder / f"{name}.eml"
        aside = path.with_suffix(".part")
        aside.touch(mode=0o600)
        aside.write_bytes(message.as_bytes())
        return aside.replace(path)


def transport_of(settings: Settings) -> Transport:
    return SmtpTransport(settings.smtp_url) if settings.smtp_url else FolderTransport(settings.data / "mail")


def _refused(code: int) -> NotSent:
    return NotSent(f"the server answered {code}", again=code < FIRST_PERMANENT or code in CREDENTIALS)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
