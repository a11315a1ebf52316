"""The queue of reports: who works on one, and what came of it. Of two who close one at once, one does."""

from typing import NoReturn

from msgspec import UNSET, UnsetType

from api.problems import Problem, invalid, not_found
from api.schemas.reports import QueueQuery, Resolution
from api.services.admin.content import Content
from api.services.admin.standing import Standing
from api.services.audit import Audit
from api.services.notifications.notifier import Note, Notifier
from conf.clock import Clock, utc
from store.database import Store
from store.documents import About, Report, User
from store.ids import new_id
from store.pages import Page


class Resolutions:
    def __init__(
        self, *, store: Store, standing: Standing, content: Content, notifier: Notifier, audit: Audit, clock: Clock
    ) -> None:
        self._store = store
        self._standing = standing
        self._content = content
        self._notifier = notifier
        self._audit = audit
        self._clock = clock

    async def queue(self, by: User, query: QueueQuery) -> Page[Report]:
        assigned_to = by.id if query.assigned_to == "me" else query.assigned_to
        return await self._store.reports.queue(
            query.state, assigned_to=assigned_to, limit=query.limit, cursor=query.cursor
        )

    async def one(self, report_id: str) -> Report:
        report = await self._store.reports.by_id(report_id)
        if report is None:
            raise not_found("report")
        return report

    async def assign(self, by: User, report_id: str, to: str | UnsetType | None) -> Report:
        """Give a report to somebody of the staff (unset: to oneself), or back to the queue (None)."""
        user_id = by.id if to is UNSET else to
        if user_id is not None:
            user = await self._store.users.by_id(user_id)
            if user is None or user.role != "staff" or user.shut_out(utc(self._clock.now_ms())):
                raise invalid("$.user_id", "This is nobody of the staff.")
        return await self._store.reports.assign(report_id, user_id) or await self._refuse(report_id)

    async def dismiss(self, by: User, report_id: str, note: str) -> Report:
        """Close a report about which there is nothing to do. Raises `Problem`: `not_found`, `conflict`."""
        report, claim = await self._claimed(report_id)
        return await self._close(by, report, claim, {"state": "dismissed", "note": note})

    async def resolve(self, by: User, report_id: str, asked: Resolution, *, ip: str, request_id: str) -> Report:
        """Carry a measure out and close the report with it.

        Raises `Problem`: `not_found`, `conflict` where it is closed or somebody else is closing it, and what the measure
        itself is refused with; the report is then as it was.
        """
        if asked.until is not None and asked.measure != "suspend":
            raise invalid("$.until", "Only a suspension ends by itself.")
        report, claim = await self._claimed(report_id)
        try:
            details = {"report": report.id, "measure": asked.measure}
            about = ("user", report.about_user_id or "")
            if asked.measure != "none":
                await self._audit.note(by, f"report.{asked.measure}", about, details, ip=ip, request_id=request_id)
            await self._carry_out(by, report, asked)
        except BaseException:
            await self._store.reports.give_back(report, claim)
            raise
        changes = {"state": "resolved", "measure": asked.measure, "note": asked.note}
        return await self._close(by, report, claim, changes)

    async def _claimed(self, report_id: str) -> tuple[Report, str]:
        now_ms = self._clock.now_ms()
        claim = new_id(now_ms)
        report = await self._store.reports.claim(report_id, claim, utc(now_ms))
        return report or await self._refuse(report_id), claim

    async def _refuse(self, report_id: str) -> NoReturn:
        """Say why a report cannot be changed."""
        await self.one(report_id)
        raise Problem("conflict", "The report is closed, or somebody else is closing it.")

    async def _close(self, by: User, report: Report, claim: str, changes: dict[str, str]) -> Report:
        if report.reporter_id:  # else they have left meanwhile
            await self._tell(report, changes["state"])
        closed = {**changes, "closed_by": by.id, "closed_at": utc(self._clock.now_ms())}
        return await self._store.reports.close(report.id, claim, closed) or await self._refuse(report.id)

    async def _tell(self, report: Report, outcome: str) -> None:
        """Tell the reporter, before the report is closed: done again after a fault, nobody is told twice or never."""
        note = Note(
            user_id=report.reporter_id,
            kind="report_resolved",
            about=About(kind="report", id=report.id),
            fields={"outcome": outcome},
            key=f"report:{report.id}",
        )
        await self._notifier.tell(note)

    async def _carry_out(self, by: User, report: Report, asked: Resolution) -> None:
        match asked.measure:
            case "none":
                return
            case "remove_content":
                await self._content.remove_reported(by, report, asked.note)
                return
        if report.about_user_id is None:
            raise Problem("conflict", "Nobody with an account answers for this.")
        reason = asked.note[:500] or f"reported for {report.reason}"
        match asked.measure:
            case "warn":
                await self._notifier.tell(
                    Note(
                        user_id=report.about_user_id,
                        kind="security",
                        fields={"event": "warned", "reason": report.reason},
                        key=f"warned:{report.id}",
                    )
                )
            case "suspend":
                await self._standing.suspend(by, report.about_user_id, reason, asked.until)
            case "ban":
                await self._standing.ban(by, report.about_user_id, reason)
