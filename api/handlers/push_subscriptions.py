"""Browsers that want to be told while no page of ours is open."""

from api.ask import Ask, Nothing
from api.schemas.notifications import NewPushSubscription, PushSubscriptionView
from api.services.sessions import clipped
from store.documents import User


async def create(ask: Ask[NewPushSubscription, Nothing, User]) -> PushSubscriptionView:
    made = await ask.services.notifications.subscriptions.add(
        ask.subject,
        endpoint=ask.body.endpoint,
        p256dh=ask.body.keys.p256dh,
        auth=ask.body.keys.auth,
        device=clipped(ask.headers.get("User-Agent", "")),
    )
    return PushSubscriptionView(id=made.id, created_at=made.created_at)


async def delete(ask: Ask[Nothing, Nothing, User]) -> None:
    await ask.services.notifications.subscriptions.remove(ask.subject, ask.path["subscription_id"])
