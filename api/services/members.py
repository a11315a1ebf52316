"""Who is in a party, with what everybody may see of their accounts."""

from api.problems import invalid
from api.schemas.parties import MemberList, MemberView, QueueItemView, QueueView
from api.schemas.users import avatar_url
from api.services.parties import Parties
from conf.clock import Clock, utc
from realtime.engine import Engine
from realtime.party.state import Member
from store.database import Store
from store.documents import User

AT_ONCE = 100
"""How many may be named; a page shows fewer seats than that."""


class Members:
    def __init__(self, *, store: Store, engine: Engine, parties: Parties, clock: Clock) -> None:
        self._store = store
        self._engine = engine
        self._parties = parties
        self._clock = clock

    async def page(self, party_id: str, *, ids: str | None = None) -> MemberList:
        """List the members, or those of the comma-separated `ids` who are. Raises `Problem("invalid")`."""
        wanted = None if ids is None else set(ids.split(","))
        if wanted is not None and len(wanted) > AT_ONCE:
            raise invalid("?ids", f"At most {AT_ONCE} members can be named.")
        state = await self._engine.state(party_id)
        present = [one for one in state.members.values() if one.present and (wanted is None or one.id in wanted)]
        accounts = await self._accounts([one.user_id for one in present if one.user_id is not None])
        connected = self._parties.connected(party_id)
        return MemberList(items=[_view(one, accounts.get(one.user_id or ""), one.id in connected) for one in present])

    async def queue(self, party_id: str) -> QueueView:
        """Show what comes next, and who added it."""
        queue = (await self._engine.state(party_id)).queue
        names = QueueItemView.__struct_fields__
        return QueueView(items=[QueueItemView(**{name: getattr(item, name) for name in names}) for item in queue])

    async def _accounts(self, user_ids: list[str]) -> dict[str, User]:
        now = utc(self._clock.now_ms())
        found = await self._store.users.by_ids(user_ids) if user_ids else []
        return {user.id: user for user in found if not user.shut_out(now)}


def _view(member: Member, user: User | None, connected: bool) -> MemberView:  # noqa: FBT001
    return MemberView(
        id=member.id,
        user_id=member.user_id,
        name=member.name,
        username=user.username if user else None,
        avatar_url=avatar_url(user) if user and user.profile.privacy == "public" else None,
        role=member.role,
        connected=connected,
        joined_at=utc(member.joined_ms),
    )
