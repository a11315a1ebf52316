"""What is done with the whole past of party logs, for one person: found, read and rewritten in place.

Only for export and erasure. No seq changes hands: a commit keeps its id, its seqs and its number of events. The log
has no index by person, which every append would pay for; it is gone through by the time of its ids, a day of them in
each call, from the day on which the account was made.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from store.collection import Collection, Row
from store.ids import first_id
from store.party_archive import PartyArchive

DAY_MS = 86_400_000
PAGE = 200
NAMED = ("events.user_id", "events.body.video.uploader_id", "events.body.items.uploader_id")

Change = Callable[[Row], Row]


class PartyLogPast:
    def __init__(self, collection: Collection, archive: PartyArchive) -> None:
        self._collection = collection
        self._archive = archive

    async def parties_of(self, user_id: str, since_ms: float, until_ms: float) -> list[str]:
        """List the parties in which somebody did something or a video of theirs was, those too that are on no list any more."""
        found: dict[str, None] = {}
        async for rows in self._days(_naming(user_id), since_ms, until_ms, ["party_id"]):
            found |= dict.fromkeys(row["party_id"] for row in rows)
        return list(found | dict.fromkeys(await self._archive.parties_of(user_id)))

    async def events_of(self, user_id: str, since_ms: float, until_ms: float) -> AsyncIterator[Row]:
        """Read what somebody did in all parties, in order of its time, what is archived first; each event says its `party_id`."""
        async for block in self._archive.blocks_of(user_id):
            moving = await self._collection.present([commit["_id"] for commit in block], durable=True)
            for event in _done_by(user_id, [commit for commit in block if commit["_id"] not in moving]):
                yield event
        async for rows in self._days({"events.user_id": user_id}, since_ms, until_ms, ["party_id", "events"]):
            for event in _done_by(user_id, rows):
                yield event

    async def rewrite(self, party_id: str, change: Change) -> int:
        """Put `change` of each event in its place; return how many commits that altered. Done again, it alters none.

        The archive comes last: a commit that is on its way there is found in one of the two.
        """
        altered, after = 0, 0
        while True:
            query = {"party_id": party_id, "seq": {"$gt": after}}
            commits = await self._collection.find(query, sort=[("seq", 1)], limit=PAGE, fields=["seq", "events"])
            for commit in commits:
                after = commit["seq"]
                events = [change(event) for event in commit["events"]]
                if events != commit["events"]:
                    await self._collection.update({"_id": commit["_id"]}, {"$set": {"events": events}})
                    altered += 1
            if len(commits) < PAGE:
                return altered + await self._archive.rewrite(party_id, change)

    async def _days(
        self, query: Row, since_ms: float, until_ms: float, fields: Sequence[str]
    ) -> AsyncIterator[list[Row]]:
        start_ms = since_ms - DAY_MS  # nodes whose clocks differ
        while start_ms <= until_ms + DAY_MS:
            ids = {"$gte": first_id(start_ms), "$lt": first_id(start_ms + DAY_MS)}
            yield await self._collection.find({**query, "_id": ids}, sort=[("_id", 1)], fields=fields)
            start_ms += DAY_MS


def _naming(user_id: str) -> Row:
    """Match the commits that `store.party_archive.people_of` finds somebody in."""
    return {"$or": [{path: user_id} for path in NAMED]}


def _done_by(user_id: str, commits: Sequence[Row]) -> Iterator[Row]:
    for commit in commits:
        for event in commit["events"]:
            if event.get("user_id") == user_id:
                yield {**event, "party_id": commit["party_id"]}
