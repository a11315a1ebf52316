"""From a row of the outbox to the message that goes out: text and HTML from the same facts, and no header from outside.

A username and an address are all that people choose of a mail: a display name could hold an advertisement, which
anybody might then have sent to anybody from our address.
"""

import ipaddress
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

from tornado.template import Loader

from api.services.mail.kinds import KINDS
from api.services.mail.notices import read_notice
from store.documents import Mail

LONGEST_LOCAL = 64
"""RFC 5321, section 4.5.3.1.1."""

_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LOCAL = re.compile(r"[^\s\x00-\x20\x7f\"\\()<>\[\]:;@,]+")
"""An unquoted local part, in any script: what no header can take for more than one address."""


class BadAddress(ValueError):  # noqa: N818 - named for what it is about
    """No mail can be sent to this address."""


class Letters:
    """Writes mails. `base_url` is where links lead, whatever the request that asked for the mail said of its host."""

    def __init__(self, *, base_url: str, sender: str = "") -> None:
        self._base_url = base_url
        self._host = _sender_host(base_url)
        self._sender = recipient(sender) if sender else Address("Matinee", "matinee", self._host)
        self._templates = Loader(str(files("api.services.mail").joinpath("templates")))

    def write(self, mail: Mail, *, username: str, token: str = "") -> EmailMessage:
        """Write a mail. Raises `BadAddress` where it could reach nobody."""
        kind = KINDS[mail.kind]
        to = recipient(mail.to)
        lines, more = read_notice(mail.fields)
        facts = {
            "subject": kind.subject,
            "username": username,
            "address": self._base_url,
            "moment": _moment(mail.created_at),
            "fields": mail.fields,
            "link": self._link(mail, token),
            "life": kind.link.words if kind.link else "",
            "lines": [(words, self._base_url + path) for words, path in lines],
            "more": more,
        }
        message = EmailMessage(policy=SMTP if to.username.isascii() else SMTPUTF8)
        message["Subject"] = f"{kind.subject} · Matinee"
        message["From"] = self._sender
        message["To"] = to
        message["Date"] = mail.created_at
        # The same at each try: a receiver that got it twice can tell.
        message["Message-ID"] = f"<{mail.id}@{self._host}>"
        message["Auto-Submitted"] = "auto-generated"
        text, html = (
            self._templates.load(f"{kind.template or mail.kind}.{form}").generate(**facts).decode()
            for form in ("txt", "html")
        )
        message.set_content(text, cte=_encoding(text))
        message.add_alternative(html, subtype="html", cte=_encoding(html))
        return message

    def _link(self, mail: Mail, token: str) -> str:
        if mail.kind == "invite":
            # After the #, which no browser sends: the token is in no log of any server on the way.
            return f"{self._base_url}/p/{mail.fields['code']}#invite={token}"
        link = KINDS[mail.kind].link
        return f"{self._base_url}{link.page}?{urlencode({'token': token})}" if link else ""


def recipient(address: str) -> Address:
    """Read one address, its domain as DNS knows it. Raises `BadAddress` for what is none, or more than one."""
    local, _, domain = address.rpartition("@")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise BadAddress("the domain is none") from error
    if not (_LOCAL.fullmatch(local) and len(local.encode()) <= LONGEST_LOCAL and _HOST.fullmatch(host)):
        raise BadAddress("this is no address")
    return Address(username=local, domain=host)


def _encoding(words: str) -> str:
    """Leave what can be left as it is: in a file that somebody opens, a link of quoted-printable is no link."""
    return "7bit" if words.isascii() else "quoted-printable"


def _sender_host(base_url: str) -> str:
    host = urlsplit(base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host or "localhost"
    return "localhost"  # an address without a name sends mail from its own machine only


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d %B %Y at %H:%M UTC")
