"""Reports: filed by who can see the thing, with the thing as it was, so that nobody can deny it afterwards."""

from msgspec import Struct

from api.ask import Caller
from api.problems import Problem, invalid, not_found
from api.schemas.reports import NewReport
from api.services.allowance import Allowance
from api.services.parties import Parties
from api.services.party_past import PartyPast
from api.services.text import clean_text
from api.services.videos import Videos
from conf.clock import Clock, utc
from realtime.engine import Engine
from store.database import Store
from store.documents import Report, User
from store.errors import AlreadyExists
from store.ids import new_id
from store.pages import Page

LONGEST_EVIDENCE = 5000
"""Of one field: the longest description. A report stays under 16 kB."""


class Subject(Struct, frozen=True):
    """The reported thing as the reporter sees it."""

    evidence: dict[str, str]
    about_user_id: str | None


class Reports:
    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        parties: Parties,
        past: PartyPast,
        videos: Videos,
        allowance: Allowance,
        clock: Clock,
    ) -> None:
        self._store = store
        self._engine = engine
        self._parties = parties
        self._past = past
        self._videos = videos
        self._allowance = allowance
        self._clock = clock

    async def file(self, user: User, asked: NewReport, ip: str) -> Report:
        """File a report.

        Raises `Problem`: `not_found` alike for what is not there and what the reporter may not see, `conflict` for a
        second one about the same thing while the first is open, `rate_limited`.
        """
        if (asked.kind == "message") != (asked.party_id is not None):
            raise invalid("$.party_id", "A message is named with its party, and nothing else is.")
        text = clean_text(asked.text, "$.text")
        self._allowance.spend(ip, user.id)
        subject = await self._subject(user, asked)
        now_ms = self._clock.now_ms()
        report = Report(
            id=new_id(now_ms),
            reporter_id=user.id,
            kind=asked.kind,
            subject_id=asked.id,
            party_id=asked.party_id,
            about_user_id=subject.about_user_id,
            reason=asked.reason,
            text=text,
            evidence={name: value[:LONGEST_EVIDENCE] for name, value in subject.evidence.items() if value},
            open_key=f"{user.id}:{asked.kind}:{asked.id}",
            created_at=utc(now_ms),
        )
        try:
            await self._store.reports.add(report)
        except AlreadyExists as error:
            raise Problem("conflict", "You have reported this already.") from error
        return report

    async def mine(self, user: User, *, limit: int, cursor: str | None) -> Page[Report]:
        return await self._store.reports.of_reporter(user.id, limit=limit, cursor=cursor)

    async def _subject(self, user: User, asked: NewReport) -> Subject:
        caller = Caller(user=user)
        match asked.kind:
            case "party":
                party = await self._parties.visible(asked.id, caller)
                return Subject({"title": party.title, "description": party.description}, party.host_id)
            case "video":
                video = await self._videos.visible(asked.id, caller)
                evidence = {"title": video.title, "description": video.description, "url": video.url or ""}
                return Subject(evidence, video.uploader_id)
            case "message":
                return await self._message(asked.party_id or "", asked.id, caller)
            case "user":
                return await self._person(asked.id, user)

    async def _message(self, party_id: str, message_id: str, caller: Caller) -> Subject:
        try:
            party = await self._parties.entered(party_id, caller)
        except Problem as problem:
            raise not_found("message") from problem
        message = await self._past.message(party.id, message_id)
        if message is None:
            raise not_found("message")
        author = (await self._engine.state(party.id)).members.get(message.member_id)
        evidence = {"body": message.body, "name": message.name, "said_at": utc(message.at_ms).isoformat()}
        return Subject(evidence, author.user_id if author else None)

    async def _person(self, user_id: str, reporter: User) -> Subject:
        person = await self._store.users.by_id(user_id)
        # Who was blocked by somebody does not see them; who blocked somebody may report them.
        if person is None or await self._store.relations.exists("block", user_id, reporter.id):
            raise not_found("user")
        if person.id == reporter.id:
            raise Problem("conflict", "Nobody reports themselves.")
        return Subject({"username": person.username, "display_name": person.display_name}, person.id)
