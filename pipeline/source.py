"""What MongoDB holds for the lake: how many documents a slot has, and where they are."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from pymongo.database import Database

from pipeline.slots import SLOT_MS, day_of, slot_at, start_ms
from store.events import PREFIX
from store.party_archive import unpacked


class Counted(NamedTuple):
    """Documents of a slot: commits of the party log, and events."""

    commits: int
    events: int

    def exceeds(self, other: "Counted") -> bool:
        """Whether there is something here that `other` did not have. Days that were dropped are no reason."""
        return self.commits > other.commits or self.events > other.events


class Source:
    """Reads the collections `party_log` (with what of it is in `party_archive`) and `events_*`."""

    def __init__(self, *, database: Database[dict[str, Any]]) -> None:
        self._database = database

    def counts(self, from_ms: int, to_ms: int) -> dict[str, Counted]:
        """Count the documents of each slot that has any, received in [from_ms, to_ms)."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for slot, count in self._per_slot("party_log", from_ms, to_ms):
            found[slot][0] += count
        for slot, count in self._archived_per_slot(from_ms, to_ms):
            found[slot][0] += count
        for name in self.collections(from_ms, to_ms):
            for slot, count in self._per_slot(name, from_ms, to_ms):
                found[slot][1] += count
        return {slot: Counted(*both) for slot, both in sorted(found.items())}

    def commits(self, from_ms: int, to_ms: int) -> Iterator[dict[str, Any]]:
        """Read the commits of the party log received in [from_ms, to_ms), each once: some are in the archive."""
        seen = set()
        for commit in self._database["party_log"].find({"received_ms": {"$gte": from_ms, "$lt": to_ms}}):
            seen.add(commit["_id"])
            yield commit
        for commit in self._archived(from_ms, to_ms):
            if commit["_id"] not in seen:
                yield commit

    def log_events(self, from_ms: int, to_ms: int) -> dict[str, int]:
        """Count the events in the commits of each slot received in [from_ms, to_ms): a commit may hold several."""
        found: dict[str, int] = defaultdict(int)
        received = {"$match": {"received_ms": {"$gte": from_ms, "$lt": to_ms}}}
        minute = {"$floor": {"$divide": ["$received_ms", SLOT_MS]}}
        size = {"$cond": [{"$isArray": "$events"}, {"$size": "$events"}, 0]}
        for group in self._database["party_log"].aggregate(
            [received, {"$group": {"_id": minute, "events": {"$sum": size}}}]
        ):
            found[slot_at(int(group["_id"]))] += group["events"]
        for commit in self._archived(from_ms, to_ms):
            found[slot_at(int(commit["received_ms"]) // SLOT_MS)] += len(commit["events"])
        return dict(sorted(found.items()))

    def collections(self, from_ms: int, to_ms: int) -> list[str]:
        """Name the collections of events received in [from_ms, to_ms), those that exist."""
        first, last = _collection(from_ms), _collection(max(from_ms, to_ms - 1))
        return [name for name in self._event_collections() if first <= name <= last]

    def first_ms(self) -> int | None:
        """Tell the beginning of the first slot that may hold something, None where there is nothing."""
        days = [name.removeprefix(PREFIX) for name in self._event_collections()]
        firsts = [start_ms(f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00") for day in days[:1]]
        oldest = self._database["party_log"].find_one(sort=[("received_ms", 1)], projection={"received_ms": 1})
        if oldest is not None:
            firsts.append(int(oldest["received_ms"]) // SLOT_MS * SLOT_MS)
        return min(firsts, default=None)

    def _archived_per_slot(self, from_ms: int, to_ms: int) -> Iterator[tuple[str, int]]:
        """Count the commits of whole slots that are in the archive alone, without unpacking them: there may be years of them."""
        first, last = from_ms // SLOT_MS, -(-to_ms // SLOT_MS)
        blocks = list(self._blocks(from_ms, to_ms, {"content": 0}))
        moved = {"_id": {"$in": list({block["party_id"] for block in blocks})}, "archived_at": {"$ne": None}}
        whole = {row["_id"] for row in self._database["parties"].find(moved, {"_id": 1})}
        for block in blocks:
            counts = dict(block["minutes"])
            for commit in self._logged(block) if block["party_id"] not in whole else ():
                counts[int(commit["received_ms"]) // SLOT_MS] -= 1
            for index, count in counts.items():
                if first <= index < last and count:
                    yield slot_at(index), count

    def _archived(self, from_ms: int, to_ms: int) -> Iterator[dict[str, Any]]:
        """Read the commits of a span that are in the archive, and not in the log any more."""
        for block in self._blocks(from_ms, to_ms):
            moving = {commit["_id"] for commit in self._logged(block)}
            for commit in unpacked(block["content"]):
                if from_ms <= commit["received_ms"] < to_ms and commit["_id"] not in moving:
                    yield commit

    def _blocks(self, from_ms: int, to_ms: int, fields: dict[str, int] | None = None) -> Iterator[dict[str, Any]]:
        yield from self._database["party_archive"].find(
            {"last_ms": {"$gte": from_ms}, "first_ms": {"$lt": to_ms}}, fields
        )

    def _logged(self, block: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Find the commits of a block that are in the log still, on their way."""
        seqs = {"$gte": block["seq"], "$lte": block["last_seq"]}
        yield from self._database["party_log"].find({"party_id": block["party_id"], "seq": seqs}, {"received_ms": 1})

    def _per_slot(self, collection: str, from_ms: int, to_ms: int) -> Iterator[tuple[str, int]]:
        grouped = self._database[collection].aggregate(
            [
                {"$match": {"received_ms": {"$gte": from_ms, "$lt": to_ms}}},
                {"$group": {"_id": {"$floor": {"$divide": ["$received_ms", SLOT_MS]}}, "count": {"$sum": 1}}},
            ]
        )
        for group in grouped:
            yield slot_at(int(group["_id"])), int(group["count"])

    def _event_collections(self) -> list[str]:
        names = self._database.list_collection_names(filter={"name": {"$regex": f"^{PREFIX}[0-9]{{8}}$"}})
        return sorted(names)


def _collection(received_ms: float) -> str:
    return f"{PREFIX}{day_of(received_ms).replace('-', '')}"
