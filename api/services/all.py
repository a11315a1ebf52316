"""The services that endpoints are given, in one frozen bundle."""

from dataclasses import dataclass
from typing import Any

from api.middleware.chain import Chain
from api.services.accounts import Accounts
from api.services.activity import Activity
from api.services.admin.all import Admin
from api.services.attempts import Attempts
from api.services.audit import Audit
from api.services.avatars import Avatars
from api.services.blocking import Blocking
from api.services.dashboards.all import Dashboards
from api.services.email_verification import EmailVerification
from api.services.erasure import Erasure
from api.services.export import Export
from api.services.files import Files
from api.services.health import Health
from api.services.invites import Invites
from api.services.members import Members
from api.services.mobile.all import MobileServices
from api.services.notifications.all import NotificationServices
from api.services.notifications.notifier import Notifier
from api.services.parties import Parties
from api.services.party_past import PartyPast
from api.services.password_changes import PasswordChanges
from api.services.people import People
from api.services.rsvps import Rsvps
from api.services.search import Search
from api.services.sessions import Sessions
from api.services.switches import Switches
from api.services.telemetry import Telemetry
from api.services.tickets import Tickets
from api.services.uploads import Uploads
from api.services.videos import Videos
from conf.settings import Settings
from realtime.engine import Engine


@dataclass(frozen=True, kw_only=True)
class Services:
    """What endpoints may call."""

    accounts: Accounts
    admin: Admin
    attempts: Attempts
    audit: Audit
    sessions: Sessions
    tickets: Tickets
    videos: Videos
    uploads: Uploads
    files: Files
    parties: Parties
    past: PartyPast
    members: Members
    blocking: Blocking
    avatars: Avatars
    export: Export
    erasure: Erasure
    people: People
    activity: Activity
    invites: Invites
    search: Search
    mobile: MobileServices
    telemetry: Telemetry
    dashboards: Dashboards
    health: Health
    changes: PasswordChanges
    verification: EmailVerification
    notifier: Notifier
    notifications: NotificationServices
    rsvps: Rsvps
    switches: Switches
    middleware: Chain
    engine: Engine
    settings: Settings
    version: str
    openapi: dict[str, Any]
    asyncapi: dict[str, Any]
