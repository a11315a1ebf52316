"""Reads the mails that the node under test wrote to files."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from api.application import MailServices
from api.services.notifications.all import NotificationServices
from tests.fakes.smtp import link_in


class Letterbox:
    def __init__(self, mail: MailServices, notifications: NotificationServices, folder: Path) -> None:
        self._mail = mail
        self._notifications = notifications
        self._folder = folder
        self._read: set[Path] = set()

    async def fetch(self) -> list[EmailMessage]:
        """Have all that is due sent, and read what has not been read yet, the oldest first."""
        await self._notifications.deliverer.deliver_due()
        await self._mail.sender.send_due()
        new = sorted(set(self._folder.glob("*.eml")) - self._read)
        self._read.update(new)
        return [
            email.message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=email.policy.default)
            for file in new
        ]

    async def token(self) -> str:
        """Return the token of the one mail with a link that has come."""
        (message,) = [found for found in await self.fetch() if "?token=" in found.as_string()]
        return link_in(message).partition("?token=")[2]
