"""The pipeline's jobs as staff see them. The scheduler is another process: both meet on the job board in MongoDB."""

from api.problems import not_found
from api.schemas.admin_jobs import JobRequestView, JobRunView, JobView
from conf.clock import Clock, utc
from store.database import Store
from store.documents import JobRequest, JobRun, PlannedJob, User
from store.ids import new_id
from store.pages import Page

REQUESTS_LOOKED_AT = 50


class Jobs:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self) -> list[JobView]:
        """List the jobs with their last runs and newest requests; none where no scheduler has ever run."""
        board = self._store.job_board
        newest: dict[str, JobRequest] = {}
        for request in await board.requests(limit=REQUESTS_LOOKED_AT):
            newest.setdefault(request.job, request)
        return [_job(job, await board.last_run(job.id), newest.get(job.id)) for job in await board.planned()]

    async def ask(self, by: User, job: str) -> JobRequest:
        """Ask the scheduler for a run; asked for twice before it is over, it runs once. Raises `Problem("not_found")`."""
        if not await self._store.job_board.has(job):
            raise not_found("job")
        now_ms = self._clock.now_ms()
        return await self._store.job_board.ask(
            JobRequest(id=new_id(now_ms), job=job, asked_by=by.id, asked_at=utc(now_ms), waiting_for=job)
        )

    async def runs(self, job: str | None, state: str | None, *, limit: int, cursor: str | None) -> Page[JobRun]:
        return await self._store.job_board.runs(job, state, limit=limit, cursor=cursor)


def _job(job: PlannedJob, last: JobRun | None, request: JobRequest | None) -> JobView:
    return JobView(
        name=job.id,
        schedule=job.schedule,
        every_seconds=job.every_seconds,
        meaning=job.meaning,
        inputs=job.inputs,
        outputs=job.outputs,
        next_at=job.next_at,
        scheduler_seen_at=job.told_at,
        last_run=None if last is None else run_view(last),
        last_request=None if request is None else request_view(request),
    )


def run_view(run: JobRun) -> JobRunView:
    return JobRunView(
        id=run.id,
        job=run.job,
        slot=run.slot,
        state=run.state,
        attempts=run.attempts,
        owner=run.owner,
        started_at=run.started_at,
        finished_at=run.finished_at,
        error=run.error,
        rows=run.outcome.get("rows"),
    )


def request_view(request: JobRequest) -> JobRequestView:
    return JobRequestView(
        id=request.id,
        job=request.job,
        state=request.state,
        asked_by=request.asked_by,
        asked_at=request.asked_at,
        started_at=request.started_at,
        finished_at=request.finished_at,
        error=request.error,
        rows=request.outcome.get("rows"),
    )
