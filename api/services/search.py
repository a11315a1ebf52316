"""Search over videos, parties and people: one list, the best first, in pages that keep their order.

Theory. The score of a document is the product of how well its text matches, its popularity, and 0.5 for each half-life
of its age. In logarithms to base 2 that is a sum, `bonus(match) + (rank - now) / half-life`, in which `rank` stands in the
document and in the index (`store/search_keys.py`). So each kind and each way of matching is a stream that MongoDB
reads in the order of score, and a page is the merge of their heads.

A cursor holds the moment of the first page and the score of its last item. Documents added later cannot shift what
follows. Popularity only ever lifts a rank, so what was shown stays above the place where the next page begins: nothing
is shown twice.
"""

import asyncio
import zlib
from collections.abc import Mapping, Sequence

import msgspec

from api.ask import Caller
from conf.clock import Clock, utc
from store.database import Store
from store.documents import Hit, PartyHit, UserHit, VideoHit
from store.errors import BadCursor
from store.pages import from_cursor, to_cursor
from store.search_keys import Wanted, is_near, read
from store.searching import HALF_LIVES_MS, Asked, Level

BONUS: Mapping[Level, float] = {"whole": 2.0, "any": 0.0, "begins": 0.0, "near": 0.0}
"""Whole words count four times as much as beginnings: as much as two half-lives of youth."""
NAMED = 1e6
"""Who asks for a username letter by letter means that person: first, whatever their rank."""
ROUNDING_MS = 0.005
"""Ranks are compared as scores, whose sums are rounded: so much is read again and left out exactly."""
SPARE = 8
SUGGESTIONS = 8

AnyHit = PartyHit | VideoHit | UserHit


class Place(msgspec.Struct, array_like=True, frozen=True):
    """Where a page ended."""

    question: int
    """A sum of what was asked, so that no cursor leads into another list."""
    now_ms: float
    near: bool
    score: float
    id: str


class Scored(msgspec.Struct, frozen=True):
    score: float
    hit: AnyHit

    @property
    def order(self) -> tuple[float, str]:
        return (self.score, self.hit.id)


class Results(msgspec.Struct, frozen=True):
    hits: list[AnyHit]
    next: str | None = None


class Search:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def page(
        self, caller: Caller, question: str, kinds: Sequence[str], *, limit: int, cursor: str | None = None
    ) -> Results:
        """Find what the caller may see, the best first. Raises `BadCursor`, `store.errors.Unavailable`."""
        wanted, kinds = read(question), sorted(set(kinds))
        named = question.strip().removeprefix("@").casefold()
        summed = zlib.crc32(msgspec.json.encode([question, kinds]))
        place = None if cursor is None else _decoded(cursor, summed)
        if wanted is None:
            return Results([])
        unseen = await self._unseen(caller)
        moment_ms = self._clock.now_ms()
        now_ms = place.now_ms if place else moment_ms
        reading = _Reading(self._store, caller.user_id, unseen, wanted, named, now_ms, moment_ms, limit, place)
        if place is not None and place.near:
            scored, more = await reading.near(kinds)
        else:
            scored, more = await reading.plain(kinds)
        near = place.near if place else False
        if place is None and not scored:
            near = True
            scored, more = await reading.near(kinds)
        shown = scored[:limit]
        following = None
        if shown and (more or len(scored) > limit):
            following = to_cursor(Place(summed, now_ms, near, shown[-1].score, shown[-1].hit.id))
        hits = [one.hit for one in shown if not near or is_near(wanted, _text(one.hit))]
        return Results(hits, following)

    async def _unseen(self, caller: Caller) -> frozenset[str]:
        return frozenset() if caller.user_id is None else await self._store.relations.blocked_between(caller.user_id)


class _Reading:
    """One page being read."""

    def __init__(  # noqa: PLR0917 - private, made in one place
        self,
        store: Store,
        user_id: str | None,
        unseen: frozenset[str],
        wanted: Wanted,
        named: str,
        now_ms: float,
        moment_ms: float,
        limit: int,
        place: Place | None,
    ) -> None:
        self._store = store
        self._user_id = user_id
        self._unseen = unseen
        self._wanted = wanted
        self._named = named
        self._now_ms = now_ms
        self._moment_ms = moment_ms
        self._limit = limit + SPARE
        self._place = place

    async def plain(self, kinds: Sequence[str]) -> tuple[list[Scored], bool]:
        """Read whole words and beginnings; the second value says that there may be more.

        The first page reads beginnings with the whole words among them, which costs MongoDB no document that is read
        and thrown away: whatever it leaves out has as many before it as were asked for. Further down the whole words
        that were shown already would stand in the way.
        """
        begins: Level = "any" if self._place is None else "begins"
        streams: list[tuple[str, Level]] = [(kind, level) for kind in kinds for level in ("whole", begins)]
        return await self._merged(streams, named="users" in kinds)

    async def near(self, kinds: Sequence[str]) -> tuple[list[Scored], bool]:
        """Read words that are an edit away."""
        return await self._merged([(kind, "near") for kind in kinds], named=False)

    async def _merged(self, streams: Sequence[tuple[str, Level]], *, named: bool) -> tuple[list[Scored], bool]:
        parts = await asyncio.gather(*(self._stream(kind, level) for kind, level in streams))
        best: dict[str, Scored] = {}
        for (kind, level), hits in zip(streams, parts, strict=True):
            for hit in hits:
                one = Scored(self._score(kind, level, hit), hit)
                if hit.id not in best or best[hit.id].score < one.score:
                    best[hit.id] = one
        user = (
            await self._store.users.named(self._named, utc(self._moment_ms)) if named and self._place is None else None
        )
        if user is not None and user.id not in self._unseen:
            best[user.id] = Scored(NAMED, user)
        after = (self._place.score, self._place.id) if self._place else None
        fresh = [one for one in best.values() if after is None or one.order < after]
        return sorted(fresh, key=lambda one: one.order, reverse=True), any(len(p) >= self._limit for p in parts)

    async def _stream(self, kind: str, level: Level) -> Sequence[AnyHit]:
        at_most = None
        if self._place is not None and self._place.score < NAMED:
            at_most = self._now_ms + HALF_LIVES_MS[kind] * (self._place.score - BONUS[level]) + ROUNDING_MS
        asked = Asked(
            wanted=self._wanted,
            level=level,
            at_most=at_most,
            limit=self._limit,
            user_id=self._user_id,
            unseen=self._unseen,
        )
        match kind:
            case "videos":
                return await self._store.videos.search(asked)
            case "parties":
                return await self._store.parties.search(asked)
            case _:
                return await self._store.users.search(asked, utc(self._moment_ms))

    def _score(self, kind: str, level: Level, hit: Hit) -> float:
        if isinstance(hit, UserHit) and hit.username_key == self._named:
            return NAMED
        return BONUS[level] + (hit.search_rank - self._now_ms) / HALF_LIVES_MS[kind]


def _text(hit: AnyHit) -> str:
    return f"{hit.display_name} {hit.username}" if isinstance(hit, UserHit) else hit.title


def _decoded(cursor: str, question: int) -> Place:
    place = from_cursor(cursor, Place)
    if place.question != question:
        raise BadCursor("the cursor belongs to another search")
    return place
