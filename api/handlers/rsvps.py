"""Who means to come to a party."""

from api.ask import Ask, Nothing
from api.schemas.notifications import RsvpView
from store.documents import Party


async def show(ask: Ask[Nothing, Nothing, Party]) -> RsvpView:
    going, count = await ask.services.rsvps.standing(ask.user, ask.subject)
    return RsvpView(party_id=ask.subject.id, going=going, going_count=count)


async def put(ask: Ask[Nothing, Nothing, Party]) -> RsvpView:
    return RsvpView(party_id=ask.subject.id, going=True, going_count=await ask.services.rsvps.go(ask.user, ask.subject))


async def delete(ask: Ask[Nothing, Nothing, Party]) -> RsvpView:
    count = await ask.services.rsvps.stay(ask.user, ask.subject)
    return RsvpView(party_id=ask.subject.id, going=False, going_count=count)
