"""What is held about somebody, and its end."""

from api.ask import Ask, Nothing, StreamReply
from api.schemas.users import Farewell
from store.documents import User


async def export(ask: Ask[Nothing, Nothing, User]) -> StreamReply:
    headers = {
        "Content-Type": "application/json",
        "Content-Disposition": 'attachment; filename="matinee-export.json"',
    }
    return StreamReply(chunks=ask.services.export.document(ask.subject), headers=headers)


async def erase(ask: Ask[Farewell, Nothing, User]) -> None:
    await ask.services.erasure.ask(ask.subject, ask.body.password, ask.ip)
