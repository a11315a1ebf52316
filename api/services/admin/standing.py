"""Suspensions, bans and roles. Nobody acts on their own account, and somebody of the staff always remains."""

from datetime import datetime

from api.problems import Problem, invalid, not_found
from api.services.sessions import Sessions
from conf.clock import Clock, utc
from store.database import Store
from store.documents import User
from store.users import Standing as Decision


class Standing:
    def __init__(self, *, store: Store, sessions: Sessions, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock

    async def suspend(self, by: User, user_id: str, reason: str, until: datetime | None) -> User:
        """Shut somebody out until a moment, or until somebody lets them in; all their sessions and sockets end.

        Raises `Problem`: `not_found`, `forbidden`, `invalid` for a moment that is past, `conflict` for somebody banned.
        """
        if until is not None and until <= self._now():
            raise invalid("$.until", "The time lies in the past.")
        user = await self._target(by, user_id)
        if user.banned:
            raise Problem("conflict", "The account is banned.")
        return await self._decide(user, Decision(suspended=True, suspended_until=until, standing_reason=reason))

    async def ban(self, by: User, user_id: str, reason: str) -> User:
        """Shut somebody out for good. The account stays, and with it the e-mail address: nobody can register it again."""
        user = await self._target(by, user_id)
        return await self._decide(user, Decision(suspended=True, banned=True, standing_reason=reason))

    async def unsuspend(self, by: User, user_id: str) -> User:
        """Let somebody in again who is suspended, or is not. Raises `Problem("conflict")` for somebody banned."""
        user = await self._target(by, user_id)
        if user.banned:
            raise Problem("conflict", "The account is banned; lift the ban.")
        return await self._decide(user, Decision())

    async def unban(self, by: User, user_id: str) -> User:
        """Lift a ban; whoever is not banned stays as they are."""
        user = await self._target(by, user_id)
        return await self._decide(user, Decision()) if user.banned else user

    async def set_role(self, by: User, user_id: str, role: str) -> User:
        """Make somebody staff, or no longer. It counts from their next request on."""
        user = await self._target(by, user_id)
        await self._store.users.set_role(user.id, role)
        if user.role == "staff" and not await self._staff_remains():
            await self._store.users.set_role(user.id, user.role)
            raise _last()
        return await self._again(user.id)

    async def _target(self, by: User, user_id: str) -> User:
        if user_id == by.id:
            raise Problem("forbidden", "Nobody does that to their own account.")
        return await self._again(user_id)

    async def _again(self, user_id: str) -> User:
        user = await self._store.users.by_id(user_id)
        if user is None:
            raise not_found("user")
        return user

    async def _decide(self, user: User, decision: Decision) -> User:
        changed = await self._store.users.set_standing(user.id, decision)
        if changed is None:
            raise not_found("user")
        if not decision.suspended:
            return changed
        # Two who shut each other out in the same moment: both find that nobody is left, and neither has been.
        if user.role == "staff" and not await self._staff_remains():
            await self._store.users.set_standing(user.id, _as_it_was(user))
            raise _last()
        await self._sessions.end_all(changed)
        return changed

    async def _staff_remains(self) -> bool:
        now = self._now()
        return any(not one.shut_out(now) for one in await self._store.users.staff())

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())


def _as_it_was(user: User) -> Decision:
    return Decision(
        suspended=user.suspended,
        suspended_until=user.suspended_until,
        banned=user.banned,
        standing_reason=user.standing_reason,
    )


def _last() -> Problem:
    return Problem("conflict", "Nobody of the staff would be left.")
