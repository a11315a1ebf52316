"""The pipeline's jobs, for staff."""

from api.ask import Ask, Nothing
from api.schemas.admin_jobs import JobList, JobRequestView, JobRunList, JobRunQuery
from api.services.admin.jobs import request_view, run_view
from store.documents import User


async def index(ask: Ask[Nothing, Nothing, User]) -> JobList:
    return JobList(items=await ask.services.admin.jobs.all(), next=None)


async def run(ask: Ask[Nothing, Nothing, User]) -> JobRequestView:
    return request_view(await ask.services.admin.jobs.ask(ask.subject, ask.path["job"]))


async def runs(ask: Ask[Nothing, JobRunQuery, User]) -> JobRunList:
    query = ask.query
    page = await ask.services.admin.jobs.runs(query.job, query.state, limit=query.limit, cursor=query.cursor)
    return JobRunList(items=[run_view(one) for one in page.items], next=page.next)
