"""The audit log: what staff do is written down before it is done, and what came of it after."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from api.problems import Problem
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import AuditEntry, User
from store.errors import StoreError
from store.ids import new_id

COMMAND_LINE = "command line"
LONGEST_DETAIL = 500
MOST_DETAILS = 20

About = tuple[str, str]
"""Kind and id of what an action is about."""

log = logs.get("api.audit")


class Audit:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def note(
        self,
        by: User | None,
        action: str,
        about: About | None = None,
        details: Mapping[str, str] | None = None,
        *,
        ip: str = "",
        request_id: str = "",
    ) -> None:
        """Write down an action that is done in the same step; `by` None is the command line.

        Raises `store.errors.Unavailable`: what cannot be logged shall not be done, so note first.
        """
        entry = self._entry(by, action, about, details, ip=ip, request_id=request_id)
        entry.outcome = "done"
        await self._store.audit_log.add(entry)

    @asynccontextmanager
    async def acting(
        self,
        by: User | None,
        action: str,
        about: About | None = None,
        details: Mapping[str, str] | None = None,
        *,
        ip: str = "",
        request_id: str = "",
    ) -> AsyncIterator[None]:
        """Do an action inside the block. Its row is there before the block begins, and says afterwards what came of it.

        Raises `store.errors.Unavailable` before anything is done.
        """
        entry = self._entry(by, action, about, details, ip=ip, request_id=request_id)
        await self._store.audit_log.add(entry)
        try:
            yield
        except BaseException as error:
            await self._end(entry, "refused", error.code if isinstance(error, Problem) else type(error).__name__)
            raise
        await self._end(entry, "done")

    async def _end(self, entry: AuditEntry, outcome: str, why: str = "") -> None:
        try:
            await self._store.audit_log.end(entry.id, outcome, {"refusal": why} if why else {})
        except StoreError:
            log.error("the audit log does not say what came of an action", entry=entry.id, outcome=outcome)  # noqa: TRY400 - the words say it

    def _entry(
        self,
        by: User | None,
        action: str,
        about: About | None,
        details: Mapping[str, str] | None,
        *,
        ip: str,
        request_id: str,
    ) -> AuditEntry:
        now_ms = self._clock.now_ms()
        kind, id_ = about or (None, None)
        return AuditEntry(
            id=new_id(now_ms),
            by=by.id if by else None,
            by_name=by.username if by else COMMAND_LINE,
            action=action,
            about_kind=kind,
            about_id=id_,
            details=_bounded(details or {}),
            ip=ip,
            request_id=request_id,
            outcome="begun",
            at=utc(now_ms),
        )


def _bounded(details: Mapping[str, str]) -> dict[str, str]:
    """Keep a row small, whatever a request held. A dot or dollar in a name would stand in the way of later changes."""
    named = [(name, value) for name, value in details.items() if "." not in name and not name.startswith("$")]
    return {name: value[:LONGEST_DETAIL] for name, value in named[:MOST_DETAILS]}
