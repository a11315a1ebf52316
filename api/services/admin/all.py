"""What the endpoints about reports and of staff may call, in one frozen bundle."""

from dataclasses import dataclass

from api.services.admin.audit_trail import AuditTrail
from api.services.admin.broadcasts import Broadcasts
from api.services.admin.content import Content
from api.services.admin.jobs import Jobs
from api.services.admin.overview import Overview
from api.services.admin.people import People
from api.services.admin.resolutions import Resolutions
from api.services.admin.standing import Standing
from api.services.admin.system import System
from api.services.moderation import Moderation
from api.services.reports import Reports


@dataclass(frozen=True, kw_only=True)
class Admin:
    broadcasts: Broadcasts
    """To be closed with the node."""
    content: Content
    jobs: Jobs
    moderation: Moderation
    overview: Overview
    people: People
    reports: Reports
    resolutions: Resolutions
    standing: Standing
    system: System
    trail: AuditTrail
