"""All that is held about somebody, for themselves: one JSON document, made while it is sent."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from conf.clock import Clock, utc
from store.database import Store
from store.documents import Erased, User
from store.ids import made_at_ms
from store.personal import HELD

CHUNK_BYTES = 64 * 1024


class Export:
    def __init__(self, *, store: Store, pseudonym: Callable[[str], str], clock: Clock) -> None:
        self._store = store
        self._pseudonym = pseudonym
        self._clock = clock

    async def document(self, user: User) -> AsyncIterator[bytes]:
        """Yield the document, in bounded memory: a list of rows for each collection, without secrets."""
        who = Erased(
            user_id=user.id,
            email=user.email,
            username=user.username,
            display_name=user.display_name,
            since_ms=made_at_ms(user.id),
            in_lake=self._pseudonym(user.id),
        )
        chunk = bytearray(b'{"exported_at":' + msgspec.json.encode(utc(self._clock.now_ms())))
        for held in HELD:
            chunk += b"," + msgspec.json.encode(held.collection) + b":["
            between = b""
            async for row in self._rows(held.collection, who):
                chunk += between + msgspec.json.encode(row)
                between = b","
                if len(chunk) >= CHUNK_BYTES:
                    yield bytes(chunk)
                    chunk.clear()
            chunk += b"]"
        yield bytes(chunk + b"}")

    async def _rows(self, collection: str, who: Erased) -> AsyncIterator[dict[str, Any]]:
        match collection:
            case "party_log":
                rows = self._store.party_log_past.events_of(who.user_id, who.since_ms, self._clock.now_ms())
            case "events":
                rows = self._store.events_past.of(who.user_id, who.since_ms)
            case _:
                rows = self._store.held(next(held for held in HELD if held.collection == collection), who)
        async for row in rows:
            yield row
