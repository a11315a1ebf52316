"""The notifications of a node, put together: `deliverer` is to be started, and closed."""

from dataclasses import dataclass

from api.services.mail.mailbox import Mailbox
from api.services.notifications.by_mail import ByMail
from api.services.notifications.deliverer import Deliverer
from api.services.notifications.derivation import Derivation
from api.services.notifications.digests import Digests
from api.services.notifications.inbox import Inbox
from api.services.notifications.notifier import Notifier
from api.services.notifications.party_guests import PartyGuests
from api.services.notifications.party_news import PartyNews
from api.services.notifications.planner import Planner
from api.services.notifications.preferences import Preferences
from api.services.notifications.push.by_push import ByPush
from api.services.notifications.push.subscriptions import PushSubscriptions
from api.services.notifications.push.vapid import Vapid
from api.services.notifications.reminders import Reminders
from api.services.notifications.security import SecurityNotes
from api.services.notifications.wanted import Wanted
from api.services.notifications.ways import Way
from api.services.public_addresses import public_client
from conf.clock import Clock
from conf.metrics import Metrics
from conf.secrets import Secrets
from conf.settings import Settings
from realtime.bus import Bus
from store.database import Store
from store.documents import Notification


@dataclass(frozen=True, kw_only=True)
class NotificationServices:
    """What tells people things, and what brings it to them."""

    notifier: Notifier
    inbox: Inbox
    preferences: Preferences
    subscriptions: PushSubscriptions
    security: SecurityNotes
    deliverer: Deliverer
    news: PartyNews
    reminders: Reminders

    def start(self) -> None:
        """Begin what goes on by itself; call in the running loop."""
        self.deliverer.start()
        self.news.start()
        self.reminders.start()

    async def close(self) -> None:
        """Stop it. What was under way is done by whichever node finds it."""
        await self.reminders.close()
        await self.news.close()
        await self.deliverer.close()


def notification_services(
    *, store: Store, mailbox: Mailbox, bus: Bus, clock: Clock, metrics: Metrics, settings: Settings, secrets: Secrets
) -> NotificationServices:
    """Build the notifications of a node; call in the running loop. Raises `BadVapidKey`."""
    preferences = Preferences(store=store, clock=clock)
    vapid = _vapid(clock, settings, secrets)
    planner = Planner(store=store, preferences=preferences, clock=clock, push=vapid is not None)
    wanted = Wanted(store=store, clock=clock)
    ways: dict[str, Way] = {"email": ByMail(mailbox=mailbox)}
    if vapid is not None:
        http = public_client(private_too=settings.push_private_endpoints)
        ways["push"] = ByPush(store=store, vapid=vapid, http=http)
    deliverer = Deliverer(
        store=store,
        preferences=preferences,
        planner=planner,
        wanted=wanted,
        digests=Digests(store=store, mailbox=mailbox, planner=planner, wanted=wanted, clock=clock),
        ways=ways,
        clock=clock,
        metrics=metrics,
    )
    inbox = Inbox(store=store, bus=bus, clock=clock)
    notifier = Notifier(store=store, preferences=preferences, planner=planner, clock=clock)

    def told(notification: Notification) -> None:
        metrics.count("notifications.told")
        inbox.announce(notification)
        deliverer.nudge()

    notifier.told = told
    guests = PartyGuests(store=store, clock=clock)
    return NotificationServices(
        notifier=notifier,
        inbox=inbox,
        preferences=preferences,
        subscriptions=PushSubscriptions(
            store=store,
            clock=clock,
            public_key=vapid.public_key if vapid else None,
            private_too=settings.push_private_endpoints,
        ),
        security=SecurityNotes(store=store, notifier=notifier, clock=clock),
        deliverer=deliverer,
        news=PartyNews(store=store, derivation=Derivation(store=store, notifier=notifier, guests=guests), clock=clock),
        reminders=Reminders(store=store, notifier=notifier, guests=guests, clock=clock),
    )


def _vapid(clock: Clock, settings: Settings, secrets: Secrets) -> Vapid | None:
    if not secrets.vapid_private_key:
        return None
    subject = f"mailto:{settings.mail_from}" if settings.mail_from else settings.base_url
    return Vapid(private_key=secrets.vapid_private_key, subject=subject, clock=clock)
