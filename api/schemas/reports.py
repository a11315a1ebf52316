from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from api.schemas.fields import Body, Id, PageQuery, View
from store.documents import Report
from store.documents.moderation import Measure, ReportKind, ReportReason, ReportState

Words = Annotated[str, Meta(max_length=2000)]


class NewReport(Body, kw_only=True, frozen=True):
    kind: ReportKind
    id: Id
    """Of the party, message, video or user."""
    party_id: Id | None = None
    """Where a message stands; only for messages."""
    reason: ReportReason
    text: Words = ""


class ReportView(View, kw_only=True, frozen=True):
    """A report as who filed it sees it."""

    id: str
    kind: ReportKind
    subject_id: str
    party_id: str | None = None
    reason: ReportReason
    text: str
    state: Literal["open", "resolved", "dismissed"]
    created_at: datetime
    closed_at: datetime | None = None


class ReportList(View, kw_only=True, frozen=True):
    items: list[ReportView]
    next: str | None


class StaffReportView(View, kw_only=True, frozen=True):
    """A report as staff see it."""

    id: str
    reporter_id: str
    kind: ReportKind
    subject_id: str
    party_id: str | None = None
    about_user_id: str | None
    """Who answers for the thing; null for a guest."""
    reason: ReportReason
    text: str
    evidence: dict[str, str]
    """What the thing said when it was reported."""
    state: ReportState
    assigned_to: str | None = None
    closed_by: str | None = None
    measure: Measure | None = None
    note: str
    created_at: datetime
    closed_at: datetime | None = None


class StaffReportList(View, kw_only=True, frozen=True):
    items: list[StaffReportView]
    next: str | None


class QueueQuery(PageQuery, kw_only=True, frozen=True):
    state: Literal["open", "assigned", "closed"] = "open"
    assigned_to: Id | None = None
    """`me` is the caller."""


class Assignment(Body, kw_only=True, frozen=True):
    user_id: Id | UnsetType | None = UNSET
    """Whom of the staff; left out, the caller; null gives it back to the queue."""


class Resolution(Body, kw_only=True, frozen=True):
    measure: Measure
    note: Words = ""
    until: Annotated[datetime, Meta(tz=True)] | None = None
    """When a suspension ends by itself; only for `suspend`."""


class Dismissal(Body, kw_only=True, frozen=True):
    note: Words = ""


def own_report(report: Report) -> ReportView:
    """Show a report to who filed it: not who works on it, nor what was written about it."""
    return ReportView(
        id=report.id,
        kind=report.kind,
        subject_id=report.subject_id,
        party_id=report.party_id,
        reason=report.reason,
        text=report.text,
        state=report.state if report.state in {"resolved", "dismissed"} else "open",
        created_at=report.created_at,
        closed_at=report.closed_at,
    )


def staff_report(report: Report) -> StaffReportView:
    """Show a report to staff."""
    return StaffReportView(
        id=report.id,
        reporter_id=report.reporter_id,
        kind=report.kind,
        subject_id=report.subject_id,
        party_id=report.party_id,
        about_user_id=report.about_user_id,
        reason=report.reason,
        text=report.text,
        evidence=report.evidence,
        state=report.state,
        assigned_to=report.assigned_to,
        closed_by=report.closed_by,
        measure=report.measure,
        note=report.note,
        created_at=report.created_at,
        closed_at=report.closed_at,
    )
