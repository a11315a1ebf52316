"""Who people are, put together: what sockets and REST share, and what the engine does not need."""

from dataclasses import dataclass

from api.services.blocking import Blocking
from api.services.credentials import HelloCredentials
from api.services.doors import PartyDoors
from api.services.invite_tokens import InviteTokens
from api.services.keys import Keys
from api.services.passwords import Passwords
from api.services.sessions import Sessions
from api.services.tickets import Tickets
from api.services.tokens import AccessTokens
from conf.clock import Clock
from conf.secrets import Secrets
from conf.settings import Settings
from realtime.sessions import Sessions as Seats
from store.database import Store


@dataclass(frozen=True, kw_only=True)
class AccessServices:
    """What says who somebody is, and what they may open."""

    keys: Keys
    passwords: Passwords
    sessions: Sessions
    seats: Seats
    """The sessions of parties: who sits there, guests among them, shows one."""
    tickets: Tickets
    invite_tokens: InviteTokens
    credentials: HelloCredentials
    """Implements `realtime.credentials.Credentials`."""
    doors: PartyDoors
    """Implements `realtime.credentials.Doors`."""
    blocking: Blocking
    """Implements `realtime.blocks.Blocking`."""

    def close(self) -> None:
        """Let go of the threads that hash passwords."""
        self.passwords.close()


def access_services(*, store: Store, clock: Clock, settings: Settings, secrets: Secrets) -> AccessServices:
    """Build what says who somebody is."""
    keys = Keys(secret_keys=secrets.secret_keys)
    passwords = Passwords(workers=settings.password_hash_workers)
    tokens = AccessTokens(keys=keys, clock=clock, seconds=settings.access_token_seconds)
    sessions = Sessions(store=store, tokens=tokens, keys=keys, clock=clock, days=settings.refresh_token_days)
    tickets, invite_tokens = Tickets(store=store, clock=clock), InviteTokens(store=store, clock=clock)
    return AccessServices(
        keys=keys,
        passwords=passwords,
        sessions=sessions,
        seats=Seats(keys.newest("party session")),
        tickets=tickets,
        invite_tokens=invite_tokens,
        credentials=HelloCredentials(
            store=store, sessions=sessions, tickets=tickets, access_token_ms=settings.access_token_seconds * 1000.0
        ),
        doors=PartyDoors(store=store, passwords=passwords, invites=invite_tokens),
        blocking=Blocking(store=store, clock=clock),
    )
