"""Blocks: who may not see what, and not be heard by whom. Implements `realtime.blocks.Blocking`."""

from collections.abc import Awaitable, Callable

from api.ask import Caller
from conf.clock import Clock, utc
from realtime.blocks import NONE, Blocks, bars
from store.database import Store
from store.documents import Party, User

Changed = Callable[[str, str], Awaitable[None]]


async def _nobody_connected(_user_id: str, _other_id: str) -> None:
    """Stand in where no sockets are served."""


class Blocking:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.changed: Changed = _nobody_connected
        """Called with the two whom a block or its end concerns; the composition root has their sockets looked at."""

    async def of(self, user_id: str) -> Blocks:
        relations = self._store.relations
        return Blocks(await relations.blocked_by(user_id), await relations.blockers_of(user_id))

    async def of_caller(self, caller: Caller) -> Blocks:
        """Say whom a caller blocks and who blocks them; nobody where they are not signed in."""
        return NONE if caller.user_id is None else await self.of(caller.user_id)

    async def unseen(self, caller: Caller) -> frozenset[str]:
        """List whose things a caller is not shown: those of people who block them. Staff are shown everything."""
        if caller.user_id is None or caller.staff:
            return frozenset()
        return await self._store.relations.blockers_of(caller.user_id)

    async def hides(self, owner_id: str, caller: Caller) -> bool:
        """Say whether a thing is not shown to a caller because its owner blocks them."""
        if caller.user_id is None or caller.staff or caller.user_id == owner_id:
            return False
        return await self._store.relations.exists("block", owner_id, caller.user_id)

    async def bars(self, party: Party, caller: Caller) -> bool:
        """Say whether a caller may not see a party because its host or creator blocks them."""
        blockers = Blocks(blocked_by=await self.unseen(caller))
        return bars(blockers, caller.user_id, host_id=party.host_id, creator_id=party.creator_id)

    async def between(self, one_id: str, other_id: str) -> bool:
        """Say whether one of two people blocks the other."""
        return any(kind == "block" for kind, _ in await self._store.relations.between(one_id, other_id))

    async def block(self, user: User, person: User) -> bool:
        """Block somebody; neither follows the other any more. False where they were blocked already.

        Raises `store.errors.Unavailable`; asked again, what is missing is done.
        """
        relations = self._store.relations
        made = await relations.add("block", user.id, person.id, utc(self._clock.now_ms()))
        await relations.remove("follow", user.id, person.id)
        await relations.remove("follow", person.id, user.id)
        await self.changed(user.id, person.id)
        return made

    async def unblock(self, user: User, person_id: str) -> None:
        await self._store.relations.remove("block", user.id, person_id)
        await self.changed(user.id, person_id)
