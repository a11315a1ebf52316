"""What opens a closed party: its password. Implements `realtime.credentials.Doors`."""

from collections.abc import Awaitable
from typing import TypeVar

from api.problems import Problem
from api.services.passwords import Passwords
from store.database import Store
from store.errors import Unavailable

T = TypeVar("T")


class PartyDoors:
    def __init__(self, *, store: Store, passwords: Passwords) -> None:
        self._store = store
        self._passwords = passwords

    async def opens(self, party_id: str, *, password: str | None, invite: str | None, user_id: str | None) -> bool:  # noqa: ARG002
        """Say whether what was given opens the party. Raises `store.errors.Unavailable`."""
        party = await self._store.parties.by_id(party_id)
        if party is None:
            return False
        involved = user_id is not None and user_id in {party.host_id, party.creator_id}
        if involved or (party.password_hash is None and party.visibility != "private"):
            return True
        if party.password_hash is None or password is None:
            return False
        return await _in_turn(self._passwords.matches(party.password_hash, password))

    async def lock(self, party_id: str, password: str | None) -> None:
        """Set the party's password, or (None) remove it."""
        hashed = None if password is None else await _in_turn(self._passwords.hash(password))
        await self._store.parties.set_password_hash(party_id, hashed)


async def _in_turn(work: Awaitable[T]) -> T:
    """Await a hash; too many of them at once is for realtime the same as a database that does not answer: come back."""
    try:
        return await work
    except Problem as problem:
        raise Unavailable(problem.detail) from problem
