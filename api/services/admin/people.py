"""Accounts as staff look at them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from api.problems import not_found
from api.schemas.admin_users import StaffSessionView, StaffUserDetail, StaffUserView, UserSearch, staff_view
from api.schemas.reports import staff_report
from api.services.parties import Parties
from api.services.sessions import Sessions
from conf.clock import Clock, utc
from store.database import Store
from store.documents import User
from store.ids import made_at_ms
from store.pages import Page
from store.users import UserFilter

SHOWN = 20
EXPORTED = ("id", "username", "display_name", "email", "verified", "role", "state", "created_at")


class People:
    def __init__(self, *, store: Store, sessions: Sessions, parties: Parties, clock: Clock) -> None:
        self._store = store
        self._sessions = sessions
        self._parties = parties
        self._clock = clock

    async def page(self, which: UserFilter, *, limit: int, cursor: str | None) -> Page[User]:
        return await self._store.users.page(which, self._now(), limit=limit, cursor=cursor)

    async def detail(self, user_id: str) -> StaffUserDetail:
        """Show an account with where it is signed in, its newest parties and the newest reports about it."""
        user = await self._store.users.by_id(user_id)
        if user is None:
            raise not_found("user")
        parties = await self._store.parties.page("mine", user.id, limit=SHOWN)
        return StaffUserDetail(
            user=self.view(user),
            sessions=[
                StaffSessionView(
                    id=token.family,
                    device=token.device or None,
                    created_at=utc(made_at_ms(token.family)),
                    last_used_at=token.created_at,
                    expires_at=token.expires_at,
                )
                for token in await self._sessions.of(user)
            ],
            parties=self._parties.views(parties.items),
            reports=[staff_report(report) for report in await self._store.reports.about(user.id, limit=SHOWN)],
        )

    async def table(self, asked: UserSearch) -> AsyncIterator[Sequence[str]]:
        """Read all accounts that match, as rows of `EXPORTED`."""
        async for user in self._store.users.each(user_filter(asked), self._now()):
            yield _row(self.view(user))

    def view(self, user: User) -> StaffUserView:
        return staff_view(user, self._now())

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())


def user_filter(asked: UserSearch) -> UserFilter:
    return UserFilter(q=asked.q, role=asked.role, state=asked.state)


def _row(view: StaffUserView) -> Sequence[str]:
    verified = "yes" if view.verified else "no"
    return (
        view.id,
        view.username,
        view.display_name,
        view.email,
        verified,
        view.role,
        view.state,
        view.created_at.isoformat(timespec="seconds"),
    )
