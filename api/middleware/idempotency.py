"""`Idempotency-Key`: a POST that is sent again, because its reply was lost, has effect once and gets the same reply.

Theory. The first request with a key claims it in MongoDB, runs, and leaves its reply there for a day; the same request
again is answered with that. Another body under the same key is a mistake of the client (422). A copy that comes while
the first still runs is told to come back (409): had it waited, it would hold its connection for as long. What was
refused changed nothing, so its key is free again. A node that dies in the middle cannot say whether its request had
effect; after the lease the next copy runs it again.

Replies that carry credentials are never kept, so the key has no meaning on such routes; nor on those that tell repeats
by themselves. Keys belong to a user, so somebody who is not signed in has none.
"""

import hashlib
from datetime import timedelta
from typing import Any

import msgspec

from api.ask import Ask, FileReply, Reply, StreamReply
from api.decoding import encode
from api.middleware.port import Call, Exchange, Middleware, Result
from api.problems import Problem, invalid
from api.route import Route
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import KeyedRequest
from store.errors import StoreError
from store.ids import new_id

LONGEST_KEY = 128
KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)
"""Longer than any POST takes: the slowest wait for a password's hash and for MongoDB to come back, 10 s each."""
RETRY_AFTER_SECONDS = 1.0
REPLAYED = ("Idempotency-Replayed", "true")


class Idempotency(Middleware):
    name = "idempotency"

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def around(self, exchange: Exchange, ask: Ask[Any, Any, Any], call: Call) -> Result:
        key, route, user_id = exchange.header("Idempotency-Key"), exchange.route, ask.caller.user_id
        if not key or route is None or not route.keeps_reply or user_id is None:
            return await call()
        if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
            raise invalid("Idempotency-Key", f"At most {LONGEST_KEY} printable ASCII characters.")
        now_ms = self._clock.now_ms()
        wanted = KeyedRequest(
            id=_digest(user_id, route.name, key),
            user_id=user_id,
            fingerprint=_digest(exchange.request.uri or "", exchange.body),
            attempt=new_id(now_ms),
            lease_until=utc(now_ms) + LEASE,
            expires_at=utc(now_ms) + KEPT,
        )
        found = await self._store.idempotency.claim(wanted, utc(now_ms))
        if found.attempt == wanted.attempt:
            return await self._run(route, wanted, call)
        return _answered_before(found, wanted)

    async def _run(self, route: Route, claim: KeyedRequest, call: Call) -> Result:
        try:
            result = await call()
        except BaseException:
            await self._release(claim)
            raise
        if isinstance(result, FileReply | StreamReply) or result.cookies:
            await self._release(claim)
            return result
        body = None if result.body is None else encode(result.body)
        status = result.status or (204 if body is None else route.status)
        try:
            await self._store.idempotency.finish(
                claim.id, claim.attempt, status=status, lines=result.headers, body=body
            )
        except StoreError:  # it had its effect, and that is what the client must hear
            logs.get("api.idempotency").error("a reply could not be kept", route=route.name)
        return Reply(body=None if body is None else msgspec.Raw(body), status=status, headers=result.headers)

    async def _release(self, claim: KeyedRequest) -> None:
        try:
            await self._store.idempotency.release(claim.id, claim.attempt)
        except StoreError:
            logs.get("api.idempotency").info("a key stays claimed until its lease is over")


def _answered_before(found: KeyedRequest, wanted: KeyedRequest) -> Reply[Any]:
    if found.fingerprint != wanted.fingerprint:
        raise Problem("idempotency_mismatch")
    if found.state == "running":
        raise Problem("in_progress", retry_after_seconds=RETRY_AFTER_SECONDS)
    headers = {**found.lines, REPLAYED[0]: REPLAYED[1]}
    return Reply(body=None if found.body is None else msgspec.Raw(found.body), status=found.status, headers=headers)


def _digest(*parts: str | bytes) -> str:
    """Sum up parts so that no two lists of them give the same."""
    whole = hashlib.sha256()
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        whole.update(len(encoded).to_bytes(8, "big") + encoded)
    return whole.hexdigest()
