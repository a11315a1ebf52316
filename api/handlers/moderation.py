from api.ask import Ask, Nothing
from api.schemas.moderation import ModerationLog, ModerationQuery
from store.documents import Party


async def log(ask: Ask[Nothing, ModerationQuery, Party]) -> ModerationLog:
    moderation = ask.services.admin.moderation
    items, after = await moderation.log(ask.subject.id, after=ask.query.after, limit=ask.query.limit)
    return ModerationLog(items=items, next=None if after is None else str(after))
