"""Accounts, for staff."""

from api.ask import Ask, Nothing, StreamReply
from api.csv_rows import download
from api.schemas.admin_users import (
    Banning,
    NewRole,
    StaffUserDetail,
    StaffUserList,
    StaffUserView,
    Suspension,
    UserListQuery,
    UserSearch,
)
from api.services.admin.people import EXPORTED
from store.documents import User
from store.users import UserFilter


async def index(ask: Ask[Nothing, UserListQuery, User]) -> StaffUserList:
    which = UserFilter(q=ask.query.q, role=ask.query.role, state=ask.query.state)
    people = ask.services.admin.people
    page = await people.page(which, limit=ask.query.limit, cursor=ask.query.cursor)
    return StaffUserList(items=[people.view(user) for user in page.items], next=page.next)


async def export(ask: Ask[Nothing, UserSearch, User]) -> StreamReply:
    return download("users.csv", EXPORTED, ask.services.admin.people.table(ask.query))


async def show(ask: Ask[Nothing, Nothing, User]) -> StaffUserDetail:
    return await ask.services.admin.people.detail(ask.path["user_id"])


async def suspend(ask: Ask[Suspension, Nothing, User]) -> StaffUserView:
    admin, body = ask.services.admin, ask.body
    return admin.people.view(await admin.standing.suspend(ask.subject, ask.path["user_id"], body.reason, body.until))


async def unsuspend(ask: Ask[Nothing, Nothing, User]) -> StaffUserView:
    admin = ask.services.admin
    return admin.people.view(await admin.standing.unsuspend(ask.subject, ask.path["user_id"]))


async def ban(ask: Ask[Banning, Nothing, User]) -> StaffUserView:
    admin = ask.services.admin
    return admin.people.view(await admin.standing.ban(ask.subject, ask.path["user_id"], ask.body.reason))


async def unban(ask: Ask[Nothing, Nothing, User]) -> StaffUserView:
    admin = ask.services.admin
    return admin.people.view(await admin.standing.unban(ask.subject, ask.path["user_id"]))


async def set_role(ask: Ask[NewRole, Nothing, User]) -> StaffUserView:
    admin = ask.services.admin
    return admin.people.view(await admin.standing.set_role(ask.subject, ask.path["user_id"], ask.body.role))
