"""What happens in parties and is told outside of them: a party starts, somebody is mentioned or replied to.

Theory. Notes follow from the party's stored events and from nothing else, and each has the event's id in its key: derived
twice, it is told once. So there are two ways to an event, and neither need be perfect. The engine hands over what this
node has committed, which is quick, and may be lost with the process or left out when too much comes at once. And every
half minute one node reads the log from where the reading stands in MongoDB, which misses nothing. It begins a minute
before the end each time: a commit that was slow to land has an older time than others that are visible already.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence
from datetime import timedelta

from api.services.notifications.derivation import NEWS, Derivation, is_news
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import PartyEvent
from store.errors import StoreError
from store.party_log_by_type import Place

FOLLOWER = "party_news"
TURN_SECONDS = 30.0
LEASE = timedelta(seconds=120)
LATE_MS = 60_000
"""Longer than the log repeats an append, with the difference of two nodes' clocks."""
OLDEST_MS = 7 * 86_400_000
"""What is older is no news, after however long a pause."""
COMMITS_A_PAGE = 200
EVENTS_WAITING = 10_000
"""Events that wait to be told, about 10 MB; what is beyond is left to the reading of the log."""
EVENTS_KNOWN = 50_000

log = logs.get("api.party_news")


class PartyNews:
    def __init__(self, *, store: Store, derivation: Derivation, clock: Clock) -> None:
        self._store = store
        self._derivation = derivation
        self._clock = clock
        self._waiting: deque[tuple[str, PartyEvent]] = deque()
        self._known: OrderedDict[str, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to tell; call in the running loop."""
        self._tasks = [asyncio.create_task(self._tell_on()), asyncio.create_task(self._read_on())]

    async def close(self) -> None:
        """Stop. What waits is found in the log by whoever reads it next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hear(self, party_id: str, records: Sequence[PartyEvent]) -> None:
        """Take what was committed; satisfies `realtime.engine.Engine.committed`. Neither waits nor raises."""
        news = [(party_id, record) for record in records if is_news(record)]
        if news and len(self._waiting) + len(news) <= EVENTS_WAITING:
            self._waiting.extend(news)
            self._wake.set()

    async def tell_waiting(self) -> None:
        """Tell of all that was heard. Raises `store.errors.StoreError`; what was not told is left to the log."""
        while self._waiting:
            party_id, record = self._waiting.popleft()
            await self._tell(party_id, record)

    async def read_log(self) -> int:
        """Tell of what the log has since the last reading; return how many events were new to this node.

        Nothing where another node reads. Raises `store.errors.StoreError`: the next turn begins at the same place.
        """
        now_ms = int(self._clock.now_ms())
        start_ms = await self._store.positions.claim(FOLLOWER, now_ms - LATE_MS, utc(now_ms), LEASE)
        if start_ms is None:
            return 0
        place, told = Place(max(start_ms, now_ms - OLDEST_MS)), 0
        while stretches := await self._store.party_log_by_type.since(place, NEWS, COMMITS_A_PAGE):
            for stretch in stretches:
                for record in filter(is_news, stretch.events):
                    told += await self._tell(stretch.party_id, record)
            place = stretches[-1].place
        await self._store.positions.advance(FOLLOWER, now_ms - LATE_MS, utc(self._clock.now_ms()))
        return told

    async def _tell(self, party_id: str, record: PartyEvent) -> bool:
        if record.event_id in self._known:
            return False
        try:
            await self._derivation.tell(party_id, record)
        except StoreError:
            raise
        except Exception:
            # One event that nothing foresaw must not hold up all later ones, at every reading anew.
            log.exception("an event could not be told of", party_id=party_id, seq=record.seq)
        self._known[record.event_id] = None
        if len(self._known) > EVENTS_KNOWN:
            self._known.popitem(last=False)
        return True

    async def _tell_on(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.tell_waiting()
            except StoreError as error:
                log.warning("news are left to the log", error=str(error))

    async def _read_on(self) -> None:
        while True:
            try:
                await self.read_log()
            except StoreError as error:
                log.warning("the log cannot be read for news", error=str(error))
            await self._clock.sleep(TURN_SECONDS)
