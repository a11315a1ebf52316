"""The report of one party."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, structs

from api.ask import Caller
from api.schemas.dashboards import AttendanceView, PartyView, RangeQuery, RangeView, SeriesView, SubjectView
from api.services.dashboards.figures import metrics_of
from api.services.dashboards.identities import without_people
from api.services.dashboards.windows import Windows
from api.services.ranges import stretch_of
from conf.clock import Clock, to_ms, utc
from store.database import Store
from store.documents import Aggregate, Party

FAMILY = "party_report"
OF_PEOPLE = frozenset({"host", "host_user_id", "days"})
"""What the pipeline notes for itself of a party."""
MINUTE_MS = 60_000


class Report(Struct, frozen=True, kw_only=True):
    """What all who may see it are shown of a party, and who was there for how long, whose names few may see."""

    view: PartyView
    there: list[tuple[str, float]]


class PartyReports:
    def __init__(self, *, store: Store, windows: Windows, pseudonym: Callable[[str], str], clock: Clock) -> None:
        self._store = store
        self._windows = windows
        self._pseudonym = pseudonym
        self._clock = clock

    async def row(self, party: Party) -> Aggregate | None:
        return await self._store.aggregates.get(FAMILY, "party", party.id, "all")

    async def show(self, party: Party, caller: Caller, query: RangeQuery) -> PartyView:
        """Show the report of a whole party; `range` is checked but a party has one report only.

        Names of those who were there are for those whose party it is; staff see how many and how long.
        """
        now = utc(self._clock.now_ms())
        stretch_of(query, now)
        report = await self._windows.recent(Report, f"party:{party.id}", lambda: self._made(party))
        ends = party.ended_at or report.view.complete_until or now
        return structs.replace(
            report.view,
            range=RangeView(from_=party.created_at, to=max(ends, party.created_at), tz=query.tz),
            attendance=await self._attendance(party, report.there, caller),
        )

    async def _made(self, party: Party) -> Report:
        row = await self.row(party)
        values: dict[str, Any] = {} if row is None else row.values
        lists = values.get("lists", {})
        view = PartyView(
            subject=SubjectView(kind="party", id=party.id),
            range=RangeView(from_=party.created_at, to=party.created_at, tz="UTC"),
            computed_at=row.computed_at if row is not None else None,
            complete_until=row.complete_until if row is not None else None,
            provisional=row is None or row.provisional,
            metrics=metrics_of("party", values),
            series={} if row is None else known(row),
            lifecycle={
                name: without_people(value) for name, value in values.get("party", {}).items() if name not in OF_PEOPLE
            },
            highlights=without_people(lists.get("highlights", [])),
            attendance=[],
            lists={
                name: without_people(value) for name, value in lists.items() if name not in {"highlights", "attendance"}
            },
        )
        return Report(view=view, there=lists.get("attendance", []))

    async def _attendance(self, party: Party, there: list[tuple[str, float]], caller: Caller) -> list[AttendanceView]:
        """Name the members of the party among those who were there; nobody else can be named, for ids are not kept."""
        own = {party.host_id, party.creator_id, *party.member_user_ids}
        members = {f"u:{self._pseudonym(user_id)}": user_id for user_id in own} if caller.user_id in own else {}
        present = sorted({members[viewer] for viewer, _ in there if viewer in members})
        names = {user.id: user.display_name for user in await self._store.users.by_ids(present)} if present else {}
        return [_attended(viewer, length_ms, members, names) for viewer, length_ms in there]


def _attended(viewer: str, length_ms: float, members: Mapping[str, str], names: Mapping[str, str]) -> AttendanceView:
    user_id = members.get(viewer)
    known = user_id if user_id in names else None
    return AttendanceView(
        name=names.get(known) if known else None,
        user_id=known,
        guest=viewer.startswith("g:"),
        minutes=round(length_ms / MINUTE_MS, 1),
    )


def known(row: Aggregate) -> dict[str, SeriesView]:
    """Draw the curves of a row without what lay in the future when it was computed.

    While a party goes on, those who watch are reckoned gone 30 s after their last event: drawn, everybody would just
    have left. What held last then holds for as long as the input is complete.
    """
    computed_ms, complete_ms = to_ms(row.computed_at), to_ms(row.complete_until)
    shown = {}
    for name, drawn in row.values.get("series", {}).items():
        points = [(at_ms, value) for at_ms, value in drawn["points"] if at_ms <= computed_ms]
        if points and len(points) < len(drawn["points"]):
            points.append((max(complete_ms, points[-1][0]), points[-1][1]))
        shown[name] = SeriesView(unit=drawn["unit"], points=points)
    return shown
