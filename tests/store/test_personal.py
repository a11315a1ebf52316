"""Erasing somebody goes by indexes where collections grow: a scan would outlast the time that a call may take."""

from typing import Any

import pytest

from store.database import Store
from store.documents import Erased
from store.personal import HELD

pytestmark = pytest.mark.integration

WHO = Erased(user_id="u1", email="ann@example.com", username="ann", display_name="Ann", since_ms=0)
SMALL = {
    "tickets": "half a minute of them",
    "outbox": "a week of mails",
    "idempotency": "a day of keyed requests",
    "invites": "those that are not over",
    "reports": "what staff have to do",
    "job_requests": "what staff asked for",
    "switches": "one document",
}
"""Collections that are gone through, and why they may be."""


class Asking:
    """Answers every query with nothing, and asks MongoDB how it would find it."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.scanned: list[Any] = []

    async def delete_all(self, query: Any) -> int:
        return self._explain(query)

    async def update_all(self, query: Any, *_update: Any) -> int:
        return self._explain(query)

    def _explain(self, query: Any) -> int:
        plan = str(self._raw.find(query).explain()["queryPlanner"]["winningPlan"])
        if "COLLSCAN" in plan:
            self.scanned.append(query)
        return 0


@pytest.mark.gen_test
async def test_what_grows_is_erased_by_indexes(store: Store, raw: Any) -> None:
    found = {}
    for held in HELD:
        if held.erase is not None:
            raw[held.collection].insert_one({"_id": "one"})  # of an empty collection everything is a scan
            asking = Asking(raw[held.collection])
            await held.erase(asking, WHO, "x1")  # type: ignore[arg-type]
            if asking.scanned:
                found[held.collection] = asking.scanned
    assert "tickets" in found  # so a scan is seen
    assert set(found) <= set(SMALL), found
