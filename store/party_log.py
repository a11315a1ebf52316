"""The durable log of every party: the collection `party_log`, one document per append.

Theory. An append is one MongoDB document, a *commit*: its events become durable together or not at all.

    {_id: commit id, party_id, seq: first seq, last_seq, received_ms, events: [PartyEvent, …]}

A unique index on (party_id, seq) gives each seq one holder. A commit is written only after a commit that ends right
before it was seen to be durable, so commits cannot overlap, and between them no seq is missing: 1, 2, 3 … for ever.
Two nodes that write the same seq: one gets a duplicate-key error and here `SeqTaken`.

Appends of different parties share one unordered `insert_many`; the order within a party is kept by taking turns.

Of a party that has been over for long only the first and the last commit are here; the others are in `party_archive`.

A fault of the connection leaves the outcome unknown. The same document, under the same `_id`, is then sent again: a
duplicate of our own `_id` means that the earlier one had landed; any other duplicate, that the seq is somebody else's.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from pymongo.errors import AutoReconnect

from store.batches import Batches, Pending
from store.collection import DUPLICATE_KEY, Calls, Collection, Row
from store.documents import PartyEvent
from store.encoding import encode, from_document, to_document
from store.errors import NotStorable, SeqTaken
from store.ids import new_id
from store.party_archive import PartyArchive, merged
from store.retry import PASSING_CODES

MOST_EVENTS = 64
"""Events of one append; also how far before `after` a commit may begin that reaches beyond it."""

FIRST_COMMITS = 16
"""Of a read with a limit: more than anybody is behind who follows a party, and no more than 1,024 events."""

FRESH_MS = 1000
"""A commit's `received_ms` is no older than this when it is sent: the lake takes in slots by it, some seconds late."""

KNOWN_TOPS = 50_000
"""Parties whose last seq is remembered, about 10 MB; for others one indexed read comes before the first append."""


class Commit:
    """One append on its way."""

    __slots__ = ("document", "encoded", "id", "last_seq", "party_id", "seq")

    def __init__(self, document: Row) -> None:
        self.document = document
        self.id: str = document["_id"]
        self.party_id: str = document["party_id"]
        self.seq: int = document["seq"]
        self.last_seq: int = document["last_seq"]
        self.encoded = encode(document)

    def stamp(self, now_ms: float) -> None:
        """Renew `received_ms` where waiting has made it old."""
        if now_ms - self.document["received_ms"] > FRESH_MS:
            self.document["received_ms"] = int(now_ms)
            self.encoded = encode(self.document)


def _has_hole(commits: Sequence[Row], after: int) -> bool:
    """Say whether something is missing between these commits: it is in the archive."""
    for commit in commits:
        if commit["seq"] > after + 1:
            return True
        after = commit["last_seq"]
    return False


class PartyLog:
    def __init__(self, collection: Collection, archive: PartyArchive, calls: Calls) -> None:
        self._collection = collection
        self._archive = archive
        self._calls = calls
        self._batches: Batches[Commit, None] = Batches(write=self._write, clock=calls.clock)
        self._turns: dict[str, asyncio.Event] = {}
        """Parties in which an append is under way: the next one waits for its end."""
        self._tops: OrderedDict[str, int] = OrderedDict()

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        """Make `events` durable as the next ones after `expected_seq`, all or none of them.

        Raises `SeqTaken` where the log has gone on meanwhile; `Unavailable` where MongoDB did not answer in time (they
        may still land: read the log before deciding again); `NotStorable` for a value that cannot be stored;
        `ValueError` for seqs that do not follow `expected_seq`, or an `expected_seq` beyond the end of the log.
        """
        commit = self._commit(party_id, expected_seq, events)
        while (before := self._turns.get(party_id)) is not None:
            await before.wait()
        turn = self._turns[party_id] = asyncio.Event()
        try:
            if self._tops.get(party_id) != expected_seq:
                await self._check_end(party_id, expected_seq)
            await self._batches.submit(commit, size=len(commit.encoded))
        finally:
            del self._turns[party_id]
            turn.set()

    async def read(self, party_id: str, after: int = 0, limit: int | None = None) -> list[PartyEvent]:
        """Read the events with a seq above `after`, in order, at most `limit` of them."""
        if limit is not None and limit <= 0:
            return []
        commits = await self._commits(party_id, after, limit)
        if _has_hole(commits, after):
            commits = merged(await self._archived(party_id, after, limit), commits)
        found = [event for commit in commits for event in commit["events"] if event["seq"] > after]
        return [from_document(event, PartyEvent) for event in found[:limit]]

    async def _commits(self, party_id: str, after: int, limit: int | None) -> list[Row]:
        """Read the commits in the log beyond `after`: with a limit, about as many as hold so many events.

        One holds 1 to 64, so a few are read first: they tell how many will do.
        """
        # The bound on `seq` lets the unique index serve: a commit that reaches beyond `after` begins less than
        # MOST_EVENTS before it.
        query: Row = {"party_id": party_id, "seq": {"$gt": after - MOST_EVENTS}, "last_seq": {"$gt": after}}
        fields = ["seq", "last_seq", "events"]
        if limit is None:
            return await self._collection.find(query, sort=[("seq", 1)], fields=fields)
        commits: list[Row] = []
        wanted = min(limit, FIRST_COMMITS)
        while True:
            found = await self._collection.find(query, sort=[("seq", 1)], limit=wanted, fields=fields)
            commits += found
            reached = commits[-1]["last_seq"] - after if commits else 0
            if len(found) < wanted or reached >= limit:
                return commits
            wanted = -(-(limit - reached) * len(commits) // reached)
            query = {"party_id": party_id, "seq": {"$gt": commits[-1]["seq"]}}

    async def _archived(self, party_id: str, after: int, limit: int | None) -> list[Row]:
        """Read from the archive what lies beyond `after`: with a limit, the commits that hold so many events."""
        found: list[Row] = []
        async for commit in self._archive.commits(party_id, after):
            found.append(commit)
            if limit is not None and commit["last_seq"] - after >= limit:
                break
        return found

    async def top(self, party_id: str) -> int:
        """Tell the last seq of a party's log, 0 where it has none."""
        last = await self._collection.find_one({"party_id": party_id}, sort=[("seq", -1)], fields=["last_seq"])
        return 0 if last is None else int(last["last_seq"])

    async def epoch(self, party_id: str) -> str | None:
        """Name this incarnation of a party's log; None where there is no such party.

        It is the id of the first event, until the log is given another past: rewritten, restored, trimmed. Majority
        writes are not rolled back, so a change of MongoDB's primary needs none.
        """
        first = await self._collection.find_one({"party_id": party_id, "seq": 1}, fields=["epoch", "events.event_id"])
        return None if first is None else str(first.get("epoch") or first["events"][0]["event_id"])

    async def renew_epoch(self, party_id: str) -> None:
        """Say that what readers know of a party's log is not its past any more: they begin anew."""
        epoch = new_id(self._calls.clock.now_ms())
        await self._collection.update({"party_id": party_id, "seq": 1}, {"$set": {"epoch": epoch}})

    async def close(self) -> None:
        """Write what waits, and take nothing more."""
        await self._batches.close()

    def _commit(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> Commit:
        if not 0 < len(events) <= MOST_EVENTS:
            raise ValueError(f"an append holds 1 to {MOST_EVENTS} events, not {len(events)}")
        if [event.seq for event in events] != list(range(expected_seq + 1, expected_seq + 1 + len(events))):
            raise ValueError(f"party {party_id}: the seqs do not follow {expected_seq}")
        now_ms = self._calls.clock.now_ms()
        return Commit(
            {
                "_id": new_id(now_ms),
                "party_id": party_id,
                "seq": expected_seq + 1,
                "last_seq": expected_seq + len(events),
                "received_ms": int(now_ms),
                "events": [to_document(event) for event in events],
            }
        )

    async def _check_end(self, party_id: str, expected_seq: int) -> None:
        """See that the log ends at `expected_seq`. What was true stays true, as nothing is ever taken out."""
        top = self._tops.get(party_id, 0)
        if expected_seq > top:
            top = await self.top(party_id)
            self._remember(party_id, top)
        if expected_seq < top:
            self._calls.metrics.count("log.conflicts")
            raise SeqTaken(party_id, expected_seq + 1)
        if expected_seq > top:
            raise ValueError(f"party {party_id}: its log ends at {top}, nothing can follow {expected_seq}")

    async def _write(self, batch: list[Pending[Commit, None]]) -> None:
        metrics, clock, retry = self._calls.metrics, self._calls.clock, self._calls.retry
        started_ms = clock.now_ms()

        async def attempt() -> None:
            await self._attempt([pending for pending in batch if not pending.future.done()])

        # Who waited in the queue while the database was away has spent that part of its time.
        until_ms = min(pending.since_ms for pending in batch) + retry.seconds * 1000
        await retry.run(attempt, on_retry=lambda: metrics.count("log.retries"), until_ms=until_ms)
        metrics.timing("log.commit_ms", clock.now_ms() - started_ms)

    async def _attempt(self, batch: list[Pending[Commit, None]]) -> None:
        if not batch:
            return
        for pending in batch:
            pending.item.stamp(self._calls.clock.now_ms())
        errors = await self._collection.insert_encoded([pending.item.encoded for pending in batch])
        contested, passing = [], 0
        for position, pending in enumerate(batch):
            code = errors[position].get("code") if position in errors else None
            if code is None:
                self._landed(pending)
            elif code == DUPLICATE_KEY:
                contested.append(pending)
            elif code in PASSING_CODES:
                passing += 1
            else:
                pending.fail(NotStorable(f"the database refused the commit with code {code}"))
        if contested:
            passing += await self._settle_contested(contested)
        if passing:
            raise AutoReconnect("some commits are neither durable nor refused yet")

    async def _settle_contested(self, contested: list[Pending[Commit, None]]) -> int:
        """Tell our own earlier attempts from others' commits; return how many are ours but not yet durable."""
        ids = [pending.item.id for pending in contested]
        here = await self._collection.present(ids, durable=False)
        durable = await self._collection.present(ids, durable=True)
        for pending in contested:
            commit = pending.item
            if commit.id in durable:
                self._landed(pending)
            elif commit.id not in here:
                self._tops.pop(commit.party_id, None)
                self._calls.metrics.count("log.conflicts")
                pending.fail(SeqTaken(commit.party_id, commit.seq))
        return len(here - durable)

    def _landed(self, pending: Pending[Commit, None]) -> None:
        commit = pending.item
        self._remember(commit.party_id, commit.last_seq)
        self._calls.metrics.count("log.commit_events", commit.last_seq - commit.seq + 1)
        pending.succeed(None)

    def _remember(self, party_id: str, top: int) -> None:
        self._tops[party_id] = max(top, self._tops.get(party_id, 0))
        self._tops.move_to_end(party_id)
        if len(self._tops) > KNOWN_TOPS:
            self._tops.popitem(last=False)
