"""Notifications as web pushes, to every browser of their person that asked for them."""

import asyncio
from datetime import timedelta
from typing import Literal

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from api.services.notifications import words
from api.services.notifications.push.encryption import BadKey, encrypt
from api.services.notifications.push.vapid import Vapid
from api.services.notifications.ways import Ended, Failed, Outcome, Parcel
from conf import logs
from store.database import Store
from store.documents import PushSubscription

TTL_SECONDS = 24 * 3600
"""How long a push service keeps it for a browser that is off."""
LONGEST_WAIT = timedelta(hours=1)
LONGEST_BODY = 500
"""Characters: with six bytes each, as JSON may write them, the message still holds the rest."""
OVER = frozenset({404, 410})
"""RFC 8030, section 7.3: the subscription is gone."""
OK = range(200, 300)
SECONDS = 10.0

log = logs.get("api.push")


class Answer(msgspec.Struct, frozen=True):
    """What one push service said."""

    said: Literal["taken", "gone", "refused", "later"]
    why: str = ""
    wait: timedelta | None = None


class ByPush:
    """Satisfies `api.services.notifications.ways.Way`."""

    def __init__(self, *, store: Store, vapid: Vapid, http: AsyncHTTPClient) -> None:
        self._store = store
        self._vapid = vapid
        self._http = http

    async def send(self, parcel: Parcel) -> Outcome:
        found = await self._store.push_subscriptions.of(parcel.user.id)
        reached = set(parcel.delivery.reached)
        fresh = [subscription for subscription in found if subscription.id not in reached]
        answers = await asyncio.gather(*(self._reach(parcel, subscription) for subscription in fresh))
        later = [answer for answer in answers if answer.said == "later"]
        refused = [answer for answer in answers if answer.said == "refused"]
        if later:
            waits = [answer.wait for answer in later if answer.wait is not None]
            return Failed(why=later[0].why, wait=max(waits) if waits else None)
        if reached or any(answer.said == "taken" for answer in answers):
            return Ended(state="sent")
        return Failed(why=refused[0].why, again=False) if refused else Ended(state="dropped")

    async def _reach(self, parcel: Parcel, subscription: PushSubscription) -> Answer:
        answer = await self._post(parcel, subscription)
        if answer.said == "taken":
            await self._store.deliveries.reached(parcel.delivery, subscription.id)
        elif answer.said == "gone":
            await self._store.push_subscriptions.remove(subscription.user_id, subscription.id)
            log.info("a push subscription is over", subscription_id=subscription.id)
        return answer

    async def _post(self, parcel: Parcel, subscription: PushSubscription) -> Answer:
        try:
            body = encrypt(message(parcel), p256dh=subscription.p256dh, auth=subscription.auth)
        except BadKey as error:
            return Answer("refused", str(error))
        request = HTTPRequest(
            subscription.endpoint,
            method="POST",
            body=body,
            headers={
                "Authorization": self._vapid.authorization(subscription.endpoint),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(TTL_SECONDS),
                "Urgency": "high" if parcel.notification.kind in {"security", "party_starting"} else "normal",
                # Of two with the same topic a push service keeps the later one: a try too many is not seen twice.
                "Topic": parcel.notification.id,
            },
            follow_redirects=False,
            request_timeout=SECONDS,
        )
        try:
            reply = await self._http.fetch(request, raise_error=False)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's server makes of it; the address stays out of the log
            return Answer("later", type(error).__name__)
        if reply.code in OK:
            return Answer("taken")
        if reply.code in OVER:
            return Answer("gone")
        why = f"the push service answered {reply.code}"
        passing = reply.code in {408, 429} or reply.code >= 500  # noqa: PLR2004 - RFC 9110
        return Answer("later", why, _wait(reply.headers.get("Retry-After", ""))) if passing else Answer("refused", why)


def message(parcel: Parcel) -> bytes:
    """Write what the service worker reads: `id`, `kind`, `title`, `body`, and the `path` to open."""
    notification = parcel.notification
    return msgspec.json.encode(
        {
            "id": notification.id,
            "kind": notification.kind,
            "title": words.wording(notification).subject,
            "body": words.said(notification, parcel.zone)[:LONGEST_BODY],
            "path": words.path(notification),
        }
    )


def _wait(retry_after: str) -> timedelta | None:
    return min(timedelta(seconds=int(retry_after[:9])), LONGEST_WAIT) if retry_after[:9].isdecimal() else None
