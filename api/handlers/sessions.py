"""Where somebody is signed in."""

from api.ask import Ask, Nothing
from api.schemas.auth import OpenSession, OpenSessions
from conf.clock import utc
from store.documents import User
from store.ids import made_at_ms


async def index(ask: Ask[Nothing, Nothing, User]) -> OpenSessions:
    found = await ask.services.sessions.of(ask.subject)
    return OpenSessions(
        items=[
            OpenSession(
                id=token.family,
                current=token.family == ask.caller.session,
                device=token.device or None,
                created_at=utc(made_at_ms(token.family)),
                last_used_at=token.created_at,
                expires_at=token.expires_at,
            )
            for token in found
        ],
        next=None,
    )


async def end(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.sessions.end_one(ask.subject, ask.path["session_id"])
