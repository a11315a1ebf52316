"""Who is behind a websocket's `hello`: an access token or a single-use ticket. Implements `realtime.credentials.Credentials`."""

from api.ask import Caller
from api.problems import Problem
from api.services.sessions import Sessions
from api.services.tickets import Tickets
from realtime.credentials import BadCredential, Identity
from realtime.protocol import Hello
from store.database import Store
from store.documents import User

EXPIRED = 4031
"""Come back with a fresh credential."""
REFUSED = 4501


class HelloCredentials:
    def __init__(self, *, store: Store, sessions: Sessions, tickets: Tickets, access_token_ms: float) -> None:
        self._store = store
        self._sessions = sessions
        self._tickets = tickets
        self._access_token_ms = access_token_ms

    async def identify(self, hello: Hello) -> Identity:
        """Say who a hello with `token` or `ticket` is. Raises `BadCredential`, or `store.errors.Unavailable`."""
        if hello.ticket is not None:
            return await self._by_ticket(hello.ticket)
        if hello.token is not None:
            return await self._by_token(hello.token)
        raise BadCredential("The hello holds neither token nor ticket.", REFUSED)

    async def _by_token(self, token: str) -> Identity:
        try:
            return _identity(await self._sessions.caller_of(token))
        except Problem as problem:
            code = EXPIRED if problem.code == "token_expired" else REFUSED
            raise BadCredential(problem.detail, code) from problem

    async def _by_ticket(self, plain: str) -> Identity:
        ticket = await self._tickets.redeem(plain)
        if ticket is None:
            # A page whose connection broke shows its used ticket again: it shall fetch a new one and come back.
            raise BadCredential("The ticket is unknown, used or expired.", EXPIRED)
        user = await self._store.users.by_id(ticket.user_id)
        if user is None or self._sessions.shuts_out(user) or self._sessions.ended_here(ticket.family):
            raise BadCredential("The account is suspended or gone, or the session is over.", REFUSED)
        # A ticket stands for an access token that was valid a moment ago: the connection lives as long as a new one.
        expires_ms = ticket.expires_at.timestamp() * 1000 + self._access_token_ms
        return _identity(Caller(user=user, session=ticket.family, expires_ms=expires_ms))


def _identity(caller: Caller) -> Identity:
    user = caller.user
    assert isinstance(user, User)  # caller_of gives a user or raises
    return Identity(user_id=user.id, name=user.display_name, expires_ms=caller.expires_ms, family=caller.session)
