"""The part of the application that staff use; `api.application` builds it with the rest."""

from api.services.admin.all import Admin
from api.services.admin.people import People
from api.services.admin.standing import Standing
from api.services.parties import Parties
from api.services.sessions import Sessions
from conf.clock import Clock
from store.database import Store


def admin_services(*, store: Store, sessions: Sessions, parties: Parties, clock: Clock) -> Admin:
    """Build what the endpoints of staff call."""
    return Admin(
        people=People(store=store, sessions=sessions, parties=parties, clock=clock),
        standing=Standing(store=store, sessions=sessions, clock=clock),
    )
