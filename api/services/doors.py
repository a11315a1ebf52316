"""What opens a closed party: its password, or an invite. Implements `realtime.credentials.Doors`."""

from collections.abc import Awaitable
from typing import TypeVar

from api.problems import Problem
from api.services.invite_tokens import InviteTokens
from api.services.passwords import Passwords
from store.database import Store
from store.errors import Unavailable

T = TypeVar("T")


class PartyDoors:
    def __init__(self, *, store: Store, passwords: Passwords, invites: InviteTokens) -> None:
        self._store = store
        self._passwords = passwords
        self._invites = invites

    async def opens(
        self,
        party_id: str,
        *,
        password: str | None,
        invite: str | None,
        user_id: str | None,
        guest_id: str | None = None,
    ) -> bool:
        """Say whether what was given opens the party; an invite is used up by it, unless the password was right.

        Raises `store.errors.Unavailable`.
        """
        party = await self._store.parties.by_id(party_id)
        if party is None:
            return False
        involved = user_id is not None and user_id in {party.host_id, party.creator_id}
        if involved or (party.password_hash is None and party.visibility != "private"):
            return True
        known = party.password_hash is not None and password is not None
        if known and await _in_turn(self._passwords.matches(party.password_hash, str(password))):
            return True
        return party.status != "ended" and await self._invited(party_id, invite, user_id, guest_id)

    async def names(self, party_id: str, *, invite: str, user_id: str) -> bool:
        """Say whether an invite, that is good still or was used by them, was made for this person and nobody else."""
        found = await self._invites.find(invite, user_id)
        if found is None or found.party_id != party_id or (found.for_user_id is None and found.email_key is None):
            return False
        return found.left > 0 or user_id in found.used_by

    async def settle(
        self, party_id: str, *, invite: str, user_id: str | None, guest_id: str | None, entered: bool
    ) -> None:
        """Note who came by an invite, or make its use good again. Raises `store.errors.Unavailable`."""
        member_id = user_id or guest_id
        found = await self._invites.find(invite, user_id)
        if found is None or found.party_id != party_id or member_id not in found.used_by:
            return  # it was the password that opened
        if entered:
            await self._invites.accepted(found, user_id=user_id, guest_id=guest_id)
        else:
            await self._invites.give_back(found, str(member_id))

    async def lock(self, party_id: str, password: str | None) -> None:
        """Set the party's password, or (None) remove it."""
        hashed = None if password is None else await _in_turn(self._passwords.hash(password))
        await self._store.parties.set_password_hash(party_id, hashed)

    async def _invited(self, party_id: str, invite: str | None, user_id: str | None, guest_id: str | None) -> bool:
        member_id = user_id or guest_id
        found = await self._invites.find(invite, user_id) if invite and member_id else None
        if found is None or found.party_id != party_id:
            return False
        return await self._invites.use(found, str(member_id)) is not None


async def _in_turn(work: Awaitable[T]) -> T:
    """Await a hash; too many of them at once is for realtime the same as a database that does not answer: come back."""
    try:
        return await work
    except Problem as problem:
        raise Unavailable(problem.detail) from problem
