from api.ask import Ask, Nothing, Reply
from api.preconditions import expected_revision
from api.problems import Problem
from api.schemas.parties import (
    ChatPage,
    ChatQuery,
    LogPage,
    LogQuery,
    MemberList,
    MembersQuery,
    NewParty,
    PartyChanges,
    PartyList,
    PartyListQuery,
    PartyView,
    ReplayPage,
    ReplayQuery,
    shown_message,
)
from api.services.all import Services
from api.services.party_past import Place
from store.documents import Party, User


async def index(ask: Ask[Nothing, PartyListQuery, None]) -> PartyList:
    page = await ask.services.parties.page(ask.caller, ask.query)
    return PartyList(items=[ask.services.parties.view(party) for party in page.items], next=page.next)


async def create(ask: Ask[NewParty, Nothing, User]) -> Reply[PartyView]:
    party = await ask.services.parties.create(ask.subject, ask.body)
    reply = shown(ask.services, party)
    return Reply(body=reply.body, headers={**reply.headers, "Location": f"/api/v1/parties/{party.id}"})


async def show(ask: Ask[Nothing, Nothing, Party]) -> Reply[PartyView]:
    return shown(ask.services, ask.subject)


async def by_code(ask: Ask[Nothing, Nothing, None]) -> Reply[PartyView]:
    return shown(ask.services, await ask.services.parties.by_code(ask.path["code"], ask.caller))


async def change(ask: Ask[PartyChanges, Nothing, Party]) -> Reply[PartyView]:
    expected = expected_revision(ask.headers)
    return shown(ask.services, await ask.services.parties.change(ask.user, ask.subject, ask.body, expected))


async def delete(ask: Ask[Nothing, Nothing, Party]) -> None:
    await ask.services.parties.delete(ask.user, ask.subject)


async def members(ask: Ask[Nothing, MembersQuery, Party]) -> MemberList:
    return await ask.services.members.page(ask.subject.id, ids=ask.query.ids)


async def log(ask: Ask[Nothing, LogQuery, Party]) -> LogPage:
    blocks = await ask.services.blocking.of_caller(ask.caller)
    items, after = await ask.services.past.log(
        ask.subject.id, after=ask.query.after, limit=ask.query.limit, blocks=blocks
    )
    return LogPage(items=items, next=None if after is None else str(after))


async def replay(ask: Ask[Nothing, ReplayQuery, Party]) -> ReplayPage:
    if ask.subject.status != "ended":
        raise Problem("conflict", "It has not ended yet.")
    blocks = await ask.services.blocking.of_caller(ask.caller)
    page = await ask.services.past.replay(
        ask.subject.id, after=Place.read(ask.query.after), limit=ask.query.limit, blocks=blocks
    )
    following = None if page.next is None else str(page.next)
    return ReplayPage(items=page.frames, reactions=page.reactions, next=following)


async def chat(ask: Ask[Nothing, ChatQuery, Party]) -> ChatPage:
    items, before = await ask.services.past.chat(ask.subject.id, before=ask.query.before, limit=ask.query.limit)
    blocks = await ask.services.blocking.of_caller(ask.caller)
    return ChatPage(items=[shown_message(message, blocks) for message in items], next=before)


def shown(services: Services, party: Party) -> Reply[PartyView]:
    """Show a party with the tag that `If-None-Match` and `If-Match` go by."""
    return Reply(
        body=services.parties.view(party),
        headers={"ETag": services.parties.etag(party), "Cache-Control": "private, no-cache"},
    )
