from api.ask import Ask, Nothing, Reply
from api.schemas.fields import PageQuery
from api.schemas.invites import Accepted, InviteList, InviteView, NewInvite
from store.documents import Party, User


async def index(ask: Ask[Nothing, PageQuery, Party]) -> InviteList:
    page = await ask.services.invites.page(ask.subject, ask.query)
    return InviteList(items=await ask.services.invites.views(page.items), next=page.next)


async def create(ask: Ask[NewInvite, Nothing, Party]) -> Reply[InviteView]:
    invite, url = await ask.services.invites.create(ask.user, ask.subject, ask.body, ask.ip)
    return Reply(body=ask.services.invites.view(invite, url), headers={"Cache-Control": "no-store"})


async def revoke(ask: Ask[Nothing, Nothing, Party]) -> None:
    await ask.services.invites.revoke(ask.subject, ask.path["invite_id"])


async def accept(ask: Ask[Nothing, Nothing, User]) -> Accepted:
    party, accepted = await ask.services.invites.accept(ask.subject, ask.path["token"])
    return Accepted(party=ask.services.parties.view(party), seq=accepted.seq)
