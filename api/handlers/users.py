from api.ask import Ask, Nothing
from api.schemas.users import UserChanges, UserView, own_view
from store.documents import User


async def me(ask: Ask[Nothing, Nothing, User]) -> UserView:
    return own_view(ask.subject)


async def change_me(ask: Ask[UserChanges, Nothing, User]) -> UserView:
    return own_view(await ask.services.accounts.change_profile(ask.subject, ask.body))
