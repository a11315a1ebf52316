"""Notifications as mails: each is put into the outbox under the delivery's own id, so that it is there once."""

from api.services.mail.mailbox import Mailbox
from api.services.mail.notices import notice
from api.services.notifications import words
from api.services.notifications.ways import Ended, Outcome, Parcel


class ByMail:
    """Satisfies `api.services.notifications.ways.Way`. What is in the outbox counts as sent: it tries on by itself."""

    def __init__(self, *, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def send(self, parcel: Parcel) -> Outcome:
        notification = parcel.notification
        await self._mailbox.post(
            words.mail_kind(notification),
            parcel.user.email,
            notice([(words.plainly(notification, parcel.zone), words.path(notification))]),
            mail_id=parcel.delivery.id.replace(":", "."),
        )
        return Ended(state="sent")
