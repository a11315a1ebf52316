"""Who is to hear of a party: those who mean to come, those who are invited, those who follow its host."""

from conf.clock import Clock, utc
from store.database import Store
from store.documents import About, Party

FOLLOWERS_A_PAGE = 100


class PartyGuests:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def expected(self, party: Party) -> list[str]:
        """List who means to come or is invited by name, each once."""
        invited = await self._store.invites.named_for(party.id, utc(self._clock.now_ms()))
        return list(dict.fromkeys([*await self._store.rsvps.user_ids(party.id), *invited]))

    async def followers(self, party: Party) -> list[str]:
        """List who follows its host, where the party is one that all may find: no other is given away by it."""
        if party.visibility != "public":
            return []
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = await self._store.relations.to("follow", party.host_id, limit=FOLLOWERS_A_PAGE, cursor=cursor)
            found += [relation.from_id for relation in page.items]
            cursor = page.next
            if cursor is None:
                return found


def about(party: Party) -> About:
    return About(kind="party", id=party.id)


def facts(party: Party) -> dict[str, str]:
    """Name what the words about a party use."""
    return {"title": party.title, "code": party.code}
