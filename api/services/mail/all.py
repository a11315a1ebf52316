"""The mail of a node, put together."""

from dataclasses import dataclass

from api.services.invite_tokens import InviteTokens
from api.services.mail.letters import Letters
from api.services.mail.mailbox import Mailbox
from api.services.mail.sender import Sender
from api.services.mail.transports import Transport, transport_of
from api.services.mail_tokens import MailTokens
from conf.clock import Clock
from conf.metrics import Metrics
from conf.settings import Settings
from store.database import Store


@dataclass(frozen=True, kw_only=True)
class MailServices:
    """What posts mails, and what sends them: `sender` is to be started, and closed."""

    box: Mailbox
    tokens: MailTokens
    sender: Sender


def mail_services(
    *, store: Store, clock: Clock, metrics: Metrics, settings: Settings, transport: Transport | None = None
) -> MailServices:
    """Build the mail of a node. Raises `BadAddress` where `mail_from` is none."""
    box, tokens = Mailbox(store=store, clock=clock), MailTokens(store=store, clock=clock)
    sender = Sender(
        store=store,
        tokens=tokens,
        invites=InviteTokens(store=store, clock=clock),
        letters=Letters(base_url=settings.base_url, sender=settings.mail_from),
        transport=transport or transport_of(settings),
        clock=clock,
        metrics=metrics,
    )
    box.posted = sender.nudge
    return MailServices(box=box, tokens=tokens, sender=sender)
