"""What is true of a history: counted from what its people did, by no code of the pipeline."""

from collections.abc import Sequence

import msgspec


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """A planted moment at which a party cries out; people need a few seconds until they have typed."""

    party_id: str
    at_ms: int
    video_id: str
    position_ms: int
    kind: str
    """`chat`, `reactions` or `both`."""
    people: int
    events: int


class PartyAnswers(msgspec.Struct, kw_only=True):
    """What is true of one party; a person is `u:<user id>` or `g:<guest id>`."""

    party_id: str
    host: str
    video_ids: list[str]
    created_ms: int
    scheduled_ms: int | None = None
    live: list[tuple[int, int]] = []
    watch_time_ms: int = 0
    """Accepted, as analytics believes it."""
    watch_by_day: dict[str, int] = {}
    heartbeats: int = 0
    attempts: int = 0
    views: int = 0
    engaged_views: int = 0
    started: int = 0
    failed: int = 0
    stalls: int = 0
    stall_ms: int = 0
    sessions: int = 0
    unique_viewers: int = 0
    unique_chatters: int = 0
    chat_messages: int = 0
    reactions: int = 0
    peak_concurrent_viewers: int = 0
    viewer_ms: int = 0
    """Integral of the viewers at once over the live time."""
    presence_ms: int = 0
    """The same over all time, the lobby included."""
    invited: int = 0
    accepted: int = 0


class DayAnswers(msgspec.Struct, kw_only=True):
    """What is true of one day in UTC, by when things happened, each event once."""

    events: int = 0
    watch_time_ms: int = 0
    views: int = 0
    attempts: int = 0
    failed: int = 0
    stalls: int = 0
    stall_ms: int = 0
    chat_messages: int = 0
    reactions: int = 0
    parties_created: int = 0
    parties_started: int = 0
    parties_ended: int = 0
    registered: int = 0
    active_users: int = 0
    """Users with a view on that day."""


class ClientAnswers(msgspec.Struct, kw_only=True):
    """What is true of the people with one client, on or after the day of the roll-out."""

    attempts: int = 0
    started: int = 0
    startup_sum_ms: int = 0
    stalls: int = 0
    watch_time_ms: int = 0


class Anomaly(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which something is planted: `failures` or `surge`."""

    kind: str
    from_ms: int
    to_ms: int


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A planted difference between two clients; the ratios are treatment by control."""

    control: str
    treatment: str
    since_ms: int
    startup_ratio: float
    stall_ratio: float


class Cohort(msgspec.Struct, frozen=True, kw_only=True):
    """Users who registered on one day, and how many of them had a view on the n-th day after."""

    day: str
    users: int
    campaign: bool
    """Brought by a campaign: planted to come back less."""
    active: dict[int, int]


class Answers(msgspec.Struct, kw_only=True):
    """Everything that is known of a history."""

    seed: int
    from_ms: int
    to_ms: int
    events: int = 0
    """Rows in all, copies included."""
    copies: int = 0
    """Rows that repeat an event."""
    late_events: int = 0
    """Received more than a minute after they happened."""
    old_events: int = 0
    """In version 0 of their shape."""
    parties: dict[str, PartyAnswers] = {}
    days: dict[str, DayAnswers] = {}
    clients: dict[str, ClientAnswers] = {}
    bursts: list[Burst] = []
    anomalies: list[Anomaly] = []
    experiment: Experiment
    cohorts: list[Cohort] = []

    def total(self, name: str) -> int:
        """Add up a figure of all parties."""
        return sum(getattr(party, name) for party in self.parties.values())

    def bursts_of(self, party_id: str) -> Sequence[Burst]:
        """List the bursts planted in a party."""
        return [burst for burst in self.bursts if burst.party_id == party_id]

    def as_json(self) -> bytes:
        """Write them as JSON that `answers_from_json` reads."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def answers_from_json(text: bytes) -> Answers:
    """Read what `Answers.as_json` wrote."""
    return msgspec.json.decode(text, type=Answers)
