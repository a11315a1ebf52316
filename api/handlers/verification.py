"""The proof that an e-mail address is its owner's."""

from api.ask import Ask, Nothing, Reply
from api.problems import invalid
from api.schemas.auth import AddressAsked, Verification


async def verify_email(ask: Ask[Verification, Nothing, None]) -> None:
    await ask.services.verification.confirm(ask.body.token)


async def resend_verification(ask: Ask[AddressAsked, Nothing, None]) -> Reply[None]:
    email = ask.body.email or (ask.caller.user.email if ask.caller.user else None)
    if email is None:
        raise invalid("$.email", "Sign in, or say which address.")
    await ask.services.verification.again(email, ask.ip)
    return Reply(body=None, status=202)
