from api.ask import Ask, Nothing
from api.schemas.fields import PageQuery
from api.schemas.reports import NewReport, ReportList, ReportView, own_report
from store.documents import User


async def create(ask: Ask[NewReport, Nothing, User]) -> ReportView:
    return own_report(await ask.services.admin.reports.file(ask.subject, ask.body, ask.ip))


async def mine(ask: Ask[Nothing, PageQuery, User]) -> ReportList:
    page = await ask.services.admin.reports.mine(ask.subject, limit=ask.query.limit, cursor=ask.query.cursor)
    return ReportList(items=[own_report(report) for report in page.items], next=page.next)
