"""Storage that is off, for what is measured before it."""

from collections.abc import Sequence

from store.documents import PartyEvent
from tests.fakes.storage import MemoryPartyLog


class NoLog(MemoryPartyLog):
    """Keeps the first event of a party, by which it is opened; what a log costs is benchmarks/log.py's subject."""

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        if expected_seq == 0:
            await super().append(party_id, expected_seq, events)
