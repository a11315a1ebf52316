"""The part of the application that staff use; `api.application` builds it with the rest."""

from api.services.admin.all import Admin
from api.services.admin.audit_trail import AuditTrail
from api.services.admin.broadcasts import Broadcasts
from api.services.admin.content import Content
from api.services.admin.jobs import Jobs
from api.services.admin.overview import Overview
from api.services.admin.people import People
from api.services.admin.ports import Sockets
from api.services.admin.resolutions import Resolutions
from api.services.admin.standing import Standing
from api.services.admin.system import System
from api.services.allowance import Allowance
from api.services.audit import Audit
from api.services.files import Files
from api.services.moderation import Moderation
from api.services.notifications.notifier import Notifier
from api.services.parties import Parties
from api.services.party_past import PartyPast
from api.services.reports import Reports
from api.services.sessions import Sessions
from api.services.videos import Videos
from conf.clock import Clock
from conf.settings import Settings
from realtime.engine import Engine
from store.database import Store


def admin_services(
    *,
    store: Store,
    sessions: Sessions,
    engine: Engine,
    parties: Parties,
    past: PartyPast,
    videos: Videos,
    notifier: Notifier,
    audit: Audit,
    sockets: Sockets,
    files: Files,
    settings: Settings,
    version: str,
    clock: Clock,
) -> Admin:
    """Build what the endpoints of staff call."""
    moderation = Moderation(store=store, engine=engine, parties=parties, past=past)
    standing = Standing(store=store, sessions=sessions, clock=clock)
    content = Content(store=store, parties=parties, videos=videos, moderation=moderation)
    return Admin(
        broadcasts=Broadcasts(store=store, sockets=sockets, notifier=notifier, audit=audit, clock=clock),
        content=content,
        moderation=moderation,
        jobs=Jobs(store=store, clock=clock),
        overview=Overview(store=store, sockets=sockets, files=files, data=settings.data, clock=clock),
        people=People(store=store, sessions=sessions, parties=parties, clock=clock),
        reports=Reports(
            store=store,
            engine=engine,
            parties=parties,
            past=past,
            videos=videos,
            allowance=Allowance(clock=clock, what="reports", per_account=20, per_address=60),
            clock=clock,
        ),
        resolutions=Resolutions(
            store=store, standing=standing, content=content, notifier=notifier, audit=audit, clock=clock
        ),
        standing=standing,
        system=System(store=store, settings=settings, version=version, clock=clock),
        trail=AuditTrail(store=store),
    )
