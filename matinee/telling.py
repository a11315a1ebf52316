"""How a node tells people things: its notifications, and the personal sockets on which they are heard."""

import msgspec

from api.application import AccessServices, MailServices
from api.services.notifications.all import NotificationServices, notification_services
from api.services.notifications.push.vapid import BadVapidKey
from conf.clock import Clock
from conf.metrics import Metrics
from conf.secrets import Secrets
from conf.settings import Settings
from matinee.faults import Fault
from realtime.bus import Bus
from realtime.engine import Engine
from realtime.personal.connection import PersonalServices
from realtime.personal.handler import Rule, routes
from realtime.personal.hub import PersonalHub
from store.database import Store


class Telling(msgspec.Struct, frozen=True, kw_only=True):
    """The notifications of a node, and their sockets."""

    notifications: NotificationServices
    hub: PersonalHub
    services: PersonalServices

    def start(self) -> None:
        """Begin what goes on by itself; call in the running loop."""
        self.hub.start()
        self.notifications.start()

    def rules(self, trusted_origins: frozenset[str]) -> list[Rule]:
        """List the Tornado rules of the personal socket."""
        return routes(services=self.services, trusted_origins=trusted_origins)

    async def close(self) -> None:
        """Let all go, once the sockets are sent elsewhere."""
        await self.hub.close()
        await self.notifications.close()


def telling(
    *,
    store: Store,
    access: AccessServices,
    mail: MailServices,
    engine: Engine,
    bus: Bus,
    clock: Clock,
    metrics: Metrics,
    settings: Settings,
    secrets: Secrets,
) -> Telling:
    """Build what tells people things. Raises `Fault` where the key of web pushes is none."""
    try:
        notifications = notification_services(
            store=store,
            mailbox=mail.box,
            bus=bus,
            clock=clock,
            metrics=metrics,
            settings=settings,
            secrets=secrets,
        )
    except BadVapidKey as error:
        raise Fault(str(error), "docs/settings.md says how one is made") from error
    engine.committed = notifications.news.hear
    access.sessions.stolen = notifications.security.session_stolen
    hub = PersonalHub(inbox=notifications.inbox, bus=bus, clock=clock, metrics=metrics)
    services = PersonalServices(
        hub=hub, inbox=notifications.inbox, credentials=access.credentials, clock=clock, metrics=metrics
    )
    return Telling(notifications=notifications, hub=hub, services=services)
