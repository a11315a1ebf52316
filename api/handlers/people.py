"""Other people: their profiles, and who follows and blocks whom."""

from api.ask import Ask, Nothing
from api.schemas.fields import PageQuery
from api.schemas.users import ActivityList, ActivityQuery, CardList, PersonView
from store.documents import User


async def show(ask: Ask[Nothing, Nothing, User]) -> PersonView:
    return await ask.services.people.view(ask.subject, ask.caller)


async def follow(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.people.follow(ask.user, ask.subject)


async def unfollow(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.people.unfollow(ask.user, ask.subject)


async def block(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.people.block(ask.user, ask.subject)


async def unblock(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.people.unblock(ask.user, ask.subject)


async def followers(ask: Ask[Nothing, PageQuery, User]) -> CardList:
    return await ask.services.people.followers(ask.subject, ask.query)


async def following(ask: Ask[Nothing, PageQuery, User]) -> CardList:
    return await ask.services.people.following(ask.subject, ask.query)


async def blocks(ask: Ask[Nothing, PageQuery, User]) -> CardList:
    return await ask.services.people.blocks(ask.subject, ask.query)


async def activity(ask: Ask[Nothing, ActivityQuery, User]) -> ActivityList:
    return await ask.services.activity.page(ask.subject, ask.query)
