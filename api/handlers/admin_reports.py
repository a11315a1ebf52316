"""The queue of reports, for staff."""

from api.ask import Ask, Nothing
from api.schemas.reports import (
    Assignment,
    Dismissal,
    QueueQuery,
    Resolution,
    StaffReportList,
    StaffReportView,
    staff_report,
)
from store.documents import User


async def index(ask: Ask[Nothing, QueueQuery, User]) -> StaffReportList:
    page = await ask.services.admin.resolutions.queue(ask.subject, ask.query)
    return StaffReportList(items=[staff_report(report) for report in page.items], next=page.next)


async def show(ask: Ask[Nothing, Nothing, User]) -> StaffReportView:
    return staff_report(await ask.services.admin.resolutions.one(ask.path["report_id"]))


async def assign(ask: Ask[Assignment, Nothing, User]) -> StaffReportView:
    resolutions = ask.services.admin.resolutions
    return staff_report(await resolutions.assign(ask.subject, ask.path["report_id"], ask.body.user_id))


async def dismiss(ask: Ask[Dismissal, Nothing, User]) -> StaffReportView:
    resolutions = ask.services.admin.resolutions
    return staff_report(await resolutions.dismiss(ask.subject, ask.path["report_id"], ask.body.note))


async def resolve(ask: Ask[Resolution, Nothing, User]) -> StaffReportView:
    """Carry a measure out. A ban is as dangerous here as at its own address."""
    if ask.body.measure == "ban":
        ask.services.sessions.check_fresh(ask.caller)
    report = await ask.services.admin.resolutions.resolve(
        ask.subject, ask.path["report_id"], ask.body, ip=ask.ip, request_id=ask.request_id
    )
    return staff_report(report)
