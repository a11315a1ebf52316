"""The recount by hand, continued: base quantities put together for parties, and for the days of films, creators, everybody."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.oracle.presence import Interval
from tests.oracle.quantities import Beat, Party, View, Voice, ranked

DAY, HOUR = 86_400_000, 3_600_000
ALWAYS = (-(10**15), 10**15)

Scope = tuple[str, str, str]
"""Family, subject, window: a day as 2026-11-23, or `all`."""
Numbers = dict[str, float]
Span = tuple[int, int]


@dataclass
class Figures:
    """What one scope comes to; sets hold everybody."""

    sums: Numbers = field(default_factory=lambda: defaultdict(int))
    hours: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0] * 24))
    people: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    quantiles: dict[str, dict[int, float]] = field(default_factory=dict)
    """Of `drift_ms` and `startup_ms`: the values of some ranks, by per cent."""
    films: dict[str, tuple[list[int], list[int]]] = field(default_factory=dict)
    """Of each video how often each bin was played, and by how many views."""
    by: dict[tuple[str, str], Numbers] = field(default_factory=dict)
    """Of each dimension and word: sums, and how many `people`. Only the SQL fills it."""
    peak: int = 0


@dataclass
class Share:
    """One party's rows that count for a subject."""

    party: Party
    films: frozenset[str] | None = None
    """Only rows of these films; None for all rows."""

    def has(self, video_id: str | None) -> bool:
        return self.films is None or video_id in self.films

    @property
    def views(self) -> list[View]:
        return [view for view in self.party.views if self.has(view.video_id)]

    @property
    def beats(self) -> list[Beat]:
        return [beat for beat in self.party.beats if self.has(beat.video_id)]

    @property
    def voices(self) -> list[Voice]:
        return [voice for voice in self.party.voices if self.has(voice.video_id)]

    @property
    def presence(self) -> list[Interval]:
        sessions = {view.session_id for view in self.views}
        return [one for one in self.party.presence if self.films is None or one.session_id in sessions]

    @property
    def while_live(self) -> list[Span]:
        cut = [overlap((one.start, one.end), window) for one in self.presence for window in self.party.windows]
        return [span for span in cut if span[1] > span[0]]


def overlap(one: Span, other: Span) -> Span:
    return max(one[0], other[0]), min(one[1], other[1])


def shares(party: Party) -> Iterator[tuple[str, str, Share]]:
    """Tell whose rows these are: (family, subject, which of them)."""
    yield "party_report", party.party_id, Share(party)
    if party.party_id.startswith("canary"):
        return
    yield "platform_day", "all", Share(party)
    host = party.host.removeprefix("u:") if party.host and party.host.startswith("u:") else None
    if host is not None:
        yield "creator_day", host, Share(party)
    uploads: dict[str, set[str]] = defaultdict(set)
    for video_id in {view.video_id for view in party.views}:
        yield "video_day", video_id, Share(party, frozenset({video_id}))
        uploader = party.uploaders.get(video_id)
        if uploader is not None and uploader != host:
            uploads[uploader].add(video_id)
    for uploader, films in uploads.items():
        yield "creator_day", uploader, Share(party, frozenset(films))


def scoped(parties: Iterable[Party]) -> dict[Scope, Figures]:
    """Count all scopes; days on which nothing of a subject is are missing."""
    owned: dict[tuple[str, str], list[Share]] = defaultdict(list)
    for party in parties:
        for family, subject, share in shares(party):
            owned[family, subject].append(share)
    found: dict[Scope, Figures] = {}
    for (family, subject), its in owned.items():
        days = [ALWAYS] if family == "party_report" else [(day * DAY, (day + 1) * DAY) for day in sorted(_days(its))]
        for span in days:
            window = "all" if span == ALWAYS else f"{datetime.fromtimestamp(span[0] / 1000, UTC):%Y-%m-%d}"
            found[family, subject, window] = _figures(its, span)
    _new_people(owned, found)
    _active_users(found)
    for figures in found.values():
        for of, samples in figures.samples.items():
            figures.quantiles[of] = {per_cent: ranked(samples, per_cent) for per_cent in (50, 95, 99)}
    return found


def _days(its: list[Share]) -> set[int]:
    moments: list[int] = []
    for share in its:
        for rows in (share.views, share.beats, share.voices):
            moments += [row.at for row in rows]
        for start, end in [*share.party.windows, *((one.start, one.end) for one in share.presence)]:
            moments += [*range(start, end, HOUR), start, max(start, end - 1)]
        if share.films is None:
            party = share.party
            moments += [at for at in (party.created, party.first_started, party.ended) if at is not None]
    return {at // DAY for at in moments}


def _new_people(owned: dict[tuple[str, str], list[Share]], found: dict[Scope, Figures]) -> None:
    for (family, subject), its in owned.items():
        if family == "party_report":
            continue
        first: dict[str, int] = {}
        for share in its:
            for view in share.views:
                if view.is_view and view.viewer is not None:
                    first[view.viewer] = min(view.at // DAY, first.get(view.viewer, 10**9))
        for viewer, day in first.items():
            window = f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"
            found[family, subject, window].people["new_viewers"].add(viewer)


def _active_users(found: dict[Scope, Figures]) -> None:
    active = {window: its.people["active_users"] for (of, _, window), its in found.items() if of == "platform_day"}
    for (of, _, window), its in found.items():
        if of == "platform_day":
            for name, length in (("dau", 1), ("wau", 7), ("mau", 28)):
                earliest = f"{datetime.fromisoformat(window) - timedelta(days=length - 1):%Y-%m-%d}"
                together = [users for day, users in active.items() if earliest <= day <= window]
                its.sums[name] = len(set[str]().union(*together))


def _figures(its: list[Share], span: Span) -> Figures:
    into = Figures()
    daily = span != ALWAYS

    for share in its:
        for view in share.views:
            if within(view.at, span):
                _count_view(into, view, daily=daily)
        for beat in share.beats:
            if within(beat.at, span):
                _count_beat(into, beat)
        for voice in share.voices:
            if within(voice.at, span):
                many, who = ("chat_messages", "chatters") if voice.kind == "chat" else ("reactions", "reactors")
                into.sums[many] += 1
                into.hours[many][hour(voice.at)] += 1
                if voice.viewer is not None:
                    into.people[who].add(voice.viewer)
        _count_people(into, share, span)
        if share.films is None:
            _count_life(into, share, span)
    _count_concurrency(into, its, span, daily=daily)
    return into


def _count_life(into: Figures, share: Share, span: Span) -> None:
    party, sums = share.party, into.sums
    sums["parties_created"] += within(party.created, span)
    sums["parties_started"] += within(party.first_started, span)
    sums["parties_ended"] += within(party.ended, span)
    sums["parties_abandoned"] += within(party.ended, span) and level(share.while_live)[0] < 2
    if span == ALWAYS or within(party.first_started, span):
        stays: dict[str, int] = defaultdict(int)
        for one in party.presence:
            if one.viewer is not None:
                stays[one.viewer] += 1
        sums["joined"] += len(stays)
        sums["rejoined"] += sum(count > 1 for count in stays.values())
    if span == ALWAYS or within(party.created, span):
        sums["invited"] += party.invited
        sums["accepted"] += party.accepted


def within(at: int | None, span: Span) -> bool:
    return at is not None and span[0] <= at < span[1]


def hour(at: int) -> int:
    return at % DAY // HOUR


def _count_view(into: Figures, view: View, *, daily: bool) -> None:
    sums = into.sums
    sums["attempts"] += 1
    sums["started"] += view.started
    sums["failed"] += view.failed
    sums["ebvs"] += view.ebvs
    if view.startup_ms is not None and view.startup_score is not None:
        into.samples["startup_ms"].append(view.startup_ms)
        sums["startup_n"] += 1
        sums["startup_score_sum"] += view.startup_score
    if view.experience is not None:
        sums["experience_n"] += 1
        sums["experience_sum"] += view.experience
    if not view.is_view:
        return
    sums["views"] += 1
    sums["engaged_views"] += view.engaged
    sums["smooth_n"] += 1
    sums["smooth_sum"] += view.smoothness
    if daily:
        into.hours["views"][hour(view.at)] += 1
    if view.viewer is not None and view.viewer.startswith("u:"):
        into.people["active_users"].add(view.viewer)
    if view.length is None:
        return
    sums["films_n"] += 1
    sums["percent_n"] += 1
    sums["percent_sum"] += view.watched / view.length
    sums["completed"] += view.completed
    for share in (25, 50, 75, 95):
        sums[f"q{share}"] += view.coverage >= share
    plays, people = into.films.setdefault(view.video_id, ([0] * 100, [0] * 100))
    for number, count in enumerate(view.played):
        plays[number] += count
        people[number] += count > 0


def _count_beat(into: Figures, beat: Beat) -> None:
    sums = into.sums
    if beat.stall_ms is not None:
        sums["stalls"] += 1
        sums["stall_ms"] += beat.stall_ms
        return
    sums["beats"] += 1
    sums["watch_ms"] += beat.watched
    into.hours["watch_ms"][hour(beat.at)] += beat.watched
    if beat.drift is not None:
        into.samples["drift_ms"].append(abs(beat.drift))
        sums["drift_n"] += 1
        sums["synced_ms"] += beat.watched
        sums["in_sync_ms"] += beat.watched if abs(beat.drift) <= 1000 else 0


def _count_people(into: Figures, share: Share, span: Span) -> None:
    present = [
        one for one in share.presence if one.start < span[1] and (one.end > span[0] or one.start == one.end >= span[0])
    ]
    into.sums["sessions"] += len({one.session_id for one in present})
    # Who came and went in the same millisecond was not there.
    into.people["viewers"] |= {one.viewer for one in present if one.viewer is not None and one.end > one.start}


def _count_concurrency(into: Figures, its: list[Share], span: Span, *, daily: bool) -> None:
    everyone: list[Span] = []
    lives: list[Span] = []
    for share in its:
        inside = [cut for one in share.while_live if (cut := overlap(one, span))[1] > cut[0]]
        windows = [cut for one in share.party.windows if (cut := overlap(one, span))[1] > cut[0]]
        into.sums["parties"] += bool(windows)
        into.sums["viewer_ms"] += sum(end - start for start, end in inside)
        into.sums["cowatch_ms"] += level(inside)[2]
        everyone += inside
        lives += windows
    into.sums["live_ms"] += level(lives)[1]
    into.peak = level(everyone)[0]
    for number in range(24 if daily else 0):
        of_hour = (span[0] + number * HOUR, span[0] + (number + 1) * HOUR)
        inside = [cut for one in everyone if (cut := overlap(one, of_hour))[1] > cut[0]]
        windows = [cut for one in lives if (cut := overlap(one, of_hour))[1] > cut[0]]
        into.hours["peak"][number] = level(inside)[0]
        into.hours["viewer_ms"][number] = sum(end - start for start, end in inside)
        into.hours["live_ms"][number] = level(windows)[1]


def level(spans: list[Span]) -> tuple[int, int, int]:
    """Give the highest level, the time with anybody there, and the time of all who were not alone added up."""
    moments = sorted({moment for span in spans for moment in span})
    peak = alone = company = 0
    for start, end in itertools.pairwise(moments):
        present = sum(one[0] <= start < one[1] for one in spans)
        peak = max(peak, present)
        alone += (end - start) * (present >= 1)
        company += (end - start) * present * (present >= 2)
    return peak, alone, company
