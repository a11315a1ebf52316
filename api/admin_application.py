"""The part of the application that staff use; `api.application` builds it with the rest."""

from api.services.admin.all import Admin
from api.services.admin.content import Content
from api.services.admin.people import People
from api.services.admin.resolutions import Resolutions
from api.services.admin.standing import Standing
from api.services.audit import Audit
from api.services.moderation import Moderation
from api.services.notifications.notifier import Notifier
from api.services.parties import Parties
from api.services.sessions import Sessions
from api.services.videos import Videos
from conf.clock import Clock
from store.database import Store


def admin_services(
    *,
    store: Store,
    sessions: Sessions,
    parties: Parties,
    videos: Videos,
    moderation: Moderation,
    notifier: Notifier,
    audit: Audit,
    clock: Clock,
) -> Admin:
    """Build what the endpoints of staff call."""
    standing = Standing(store=store, sessions=sessions, clock=clock)
    content = Content(store=store, parties=parties, videos=videos, moderation=moderation)
    return Admin(
        content=content,
        people=People(store=store, sessions=sessions, parties=parties, clock=clock),
        resolutions=Resolutions(
            store=store, standing=standing, content=content, notifier=notifier, audit=audit, clock=clock
        ),
        standing=standing,
    )
