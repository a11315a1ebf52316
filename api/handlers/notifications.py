"""What you were told."""

from api.ask import Ask, Nothing
from api.schemas.notifications import AllRead, NotificationListQuery, NotificationPage, NotificationView
from api.services.notifications.inbox import view
from store.documents import User


async def index(ask: Ask[Nothing, NotificationListQuery, User]) -> NotificationPage:
    inbox, query = ask.services.notifications.inbox, ask.query
    found = await inbox.page(ask.subject, unread_only=query.unread, limit=query.limit, cursor=query.cursor)
    items = [view(notification, ask.subject) for notification in found.items]
    return NotificationPage(items=items, next=found.next, unread_count=await inbox.unread(ask.subject.id))


async def read(ask: Ask[Nothing, Nothing, User]) -> NotificationView:
    return view(await ask.services.notifications.inbox.read(ask.subject, ask.path["notification_id"]), ask.subject)


async def read_all(ask: Ask[Nothing, Nothing, User]) -> AllRead:
    return AllRead(read=await ask.services.notifications.inbox.read_all(ask.subject))


async def delete(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.notifications.inbox.delete(ask.subject, ask.path["notification_id"])
