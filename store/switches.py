"""The collection `switches`: one document, which staff change and every node reads."""

from contextlib import suppress
from datetime import datetime

import msgspec

from store.collection import Collection, Row
from store.documents import SwitchChanges, SwitchSettings
from store.encoding import from_document, to_document
from store.errors import AlreadyExists

INITIAL = SwitchSettings()


class Switches:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def read(self) -> SwitchSettings:
        """Read the switches; those of a new installation where nobody has touched them yet."""
        row = await self._collection.find_one({"_id": INITIAL.id})
        return INITIAL if row is None else from_document(row, SwitchSettings)

    async def change(
        self, changes: SwitchChanges, *, by: str, now: datetime, expected: int | None = None
    ) -> SwitchSettings | None:
        """Change some and return all; None where `expected` is given and is not the revision any more."""
        only: Row = {} if expected is None else {"revision": expected}
        with suppress(AlreadyExists):  # there since anybody's first change
            await self._collection.insert(to_document(INITIAL))
        row = await self._collection.change(
            {"_id": INITIAL.id, **only},
            {
                "$set": {**msgspec.to_builtins(changes), "changed_by": by, "changed_at": now},
                "$inc": {"revision": 1},
            },
        )
        return None if row is None else from_document(row, SwitchSettings)
