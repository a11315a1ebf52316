from api.ask import Ask, Nothing, Reply
from api.schemas.auth import Forgotten, PasswordChange, PasswordReset
from store.documents import User


async def forgot_password(ask: Ask[Forgotten, Nothing, None]) -> Reply[None]:
    await ask.services.changes.forgot(ask.body.email, ask.ip)
    return Reply(body=None, status=202)


async def reset_password(ask: Ask[PasswordReset, Nothing, None]) -> None:
    await ask.services.changes.reset(ask.body)


async def change_password(ask: Ask[PasswordChange, Nothing, User]) -> None:
    await ask.services.changes.change(ask.subject, ask.caller.session, ask.body, ask.ip)
