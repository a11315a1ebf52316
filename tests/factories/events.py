"""Watch-party histories with known answers: seeded, with duplicates, late events, missing leaves, reconnections.

The answers are kept while the history is made, from what the people in it did; no code of the pipeline is asked.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

MINUTE = 60_000
HEARTBEAT = 10_000
TIMEOUT = 30_000
START = 1_795_392_000_000  # 2026-11-23T00:00Z


@dataclass
class Answers:
    """What is true of one party."""

    host: str
    watch_time_ms: int = 0
    viewers: set[str] = field(default_factory=set)
    chatters: set[str] = field(default_factory=set)
    chat_messages: int = 0
    presence: list[tuple[int, int]] = field(default_factory=list)
    live: tuple[int, int] = (0, 0)
    watch_by_day: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def peak(self) -> int:
        moments = [max(start, self.live[0]) for start, _ in self.presence]
        return max((self._level(at) for at in moments if at < self.live[1]), default=0)

    @property
    def average(self) -> float | None:
        length = self.live[1] - self.live[0]
        inside = sum(max(0, min(end, self.live[1]) - max(start, self.live[0])) for start, end in self.presence)
        return inside / length if length else None

    def _level(self, at: int) -> int:
        return sum(start <= at < end for start, end in self.presence)


@dataclass
class History:
    """Documents as MongoDB holds them, before they are written, and what is true of each party."""

    telemetry: list[dict[str, Any]] = field(default_factory=list)
    commits: list[dict[str, Any]] = field(default_factory=list)
    answers: dict[str, Answers] = field(default_factory=dict)


class Maker:
    """Makes one history from a seed."""

    def __init__(self, seed: int, *, duplicates: float = 0.02, late: float = 0.02, lost_leaves: float = 0.2) -> None:
        self.chance = random.Random(seed)
        self.duplicates, self.late, self.lost_leaves = duplicates, late, lost_leaves
        self.history = History()
        self._ids = 0
        self._seqs: dict[str, int] = defaultdict(int)

    def party(self, *, starts: int, minutes: int, viewers: int, host: str = "host", ended: bool = True) -> str:
        """Hold a party of `viewers` people for `minutes`."""
        party_id = f"party{len(self.history.answers):03}"
        ends = starts + minutes * MINUTE
        answers = self.history.answers[party_id] = Answers(host=host, live=(starts, ends))
        self.log(party_id, "party.created", starts - 5 * MINUTE, user_id=host, body={"title": "private words"})
        self.log(party_id, "party.started", starts, user_id=host)
        for number in range(viewers):
            guest = number % 4 == 3
            person = {"guest_id": f"guest{number}"} if guest else {"user_id": f"user{number}"}
            self._watch(party_id, person, f"{party_id}-s{number}", starts, ends)
        if viewers > 2:  # one of them on a second device
            self._watch(party_id, {"user_id": "user0"}, f"{party_id}-second", starts, ends)
        if ended:
            self.log(party_id, "party.ended", ends, user_id=host)
        else:
            answers.live = (starts, max(end for _, end in answers.presence))
        return party_id

    def telemetry(self, type_: str, at: int, *, received: int | None = None, **values: Any) -> dict[str, Any]:
        """Record one event; sometimes it comes late, sometimes twice."""
        received = at + self.chance.randint(20, 400) if received is None else received
        document = {"_id": self._id(at), "type": type_, "v": 1, "at_ms": at, "received_ms": received, **values}
        self.history.telemetry.append(document)
        if self.chance.random() < self.duplicates:
            again = received + self.chance.randint(1, 3 * MINUTE)
            self.history.telemetry.append({**document, "received_ms": again})
        return document

    def log(self, party_id: str, type_: str, at: int, **values: Any) -> None:
        """Append one event to the party's log."""
        self._seqs[party_id] += 1
        seq = self._seqs[party_id]
        event = {"event_id": self._id(at), "seq": seq, "type": type_, "v": 1, "at_ms": at, **values}
        commit = {
            "_id": self._id(at),
            "party_id": party_id,
            "seq": seq,
            "last_seq": seq,
            "received_ms": at,
            "events": [event],
        }
        self.history.commits.append(commit)

    def _watch(self, party_id: str, person: dict[str, str], session: str, starts: int, ends: int) -> None:
        answers = self.history.answers[party_id]
        who = {"party_id": party_id, "video_id": "video1", "session_id": session, **person}
        answers.viewers |= set(person.values())
        joins = starts + self.chance.randint(-2 * MINUTE, (ends - starts) // 2)
        leaves = self.chance.randint(joins + 15_000, ends + MINUTE)
        self.telemetry("party.joined", joins, received=joins, **who, fields={"connection_id": f"{session}-1"})
        self._reconnects(who, session, joins, leaves)
        last = max(self._beats(who, joins, leaves), self._talks(who, person, joins, leaves), joins)
        if self.chance.random() < self.lost_leaves:
            leaves = max(last, self._last_reconnect) + TIMEOUT
        else:
            fields = {"connection_id": f"{session}-{2 if self._last_reconnect else 1}"}
            self.telemetry("party.left", leaves, received=leaves, **who, fields=fields)
        answers.presence.append((joins, leaves))

    def _reconnects(self, who: dict[str, str], session: str, joins: int, leaves: int) -> None:
        """Sometimes drop the connection once and come back, the old socket's end being noticed after that."""
        self._last_reconnect = 0
        if leaves - joins > MINUTE and self.chance.random() < 0.3:
            back = self.chance.randint(joins + 1_000, leaves - 31_000)
            self.telemetry("party.joined", back, received=back, **who, fields={"connection_id": f"{session}-2"})
            noticed = back + self.chance.randint(0, 10_000)
            self.telemetry("party.left", noticed, received=noticed, **who, fields={"connection_id": f"{session}-1"})
            self._last_reconnect = back

    def _beats(self, who: dict[str, str], joins: int, leaves: int) -> int:
        answers = self.history.answers[who["party_id"]]
        before = last = joins
        for at in range(joins + HEARTBEAT, leaves, HEARTBEAT):
            claimed = self.chance.choice([HEARTBEAT, HEARTBEAT, 7_500, 0, 60_000])
            received = at + 40 + (2 * HEARTBEAT if self.chance.random() < self.late else 0)
            received = max(received, before)  # telemetry of one session comes in order
            allowed = min(claimed, received - before + 5_000, 2 * HEARTBEAT)
            answers.watch_time_ms += allowed
            answers.watch_by_day[day(at)] += allowed
            self.telemetry(
                "view.watched", at, received=received, **who, fields={"watched_ms": claimed, "drift_ms": 1.5}
            )
            before, last = received, at
        return last

    def _talks(self, who: dict[str, str], person: dict[str, str], joins: int, leaves: int) -> int:
        answers = self.history.answers[who["party_id"]]
        moments = sorted(self.chance.randint(joins, leaves - 1) for _ in range(self.chance.randint(0, 6)))
        for at in moments:
            body = {"message": {"body": "secret words", "position_ms": 5.0}}
            self.log(who["party_id"], "chat.sent", at, session_id=who["session_id"], **person, body=body)
            answers.chat_messages += 1
            answers.chatters |= set(person.values())
        return moments[-1] if moments else joins

    def _id(self, at: int) -> str:
        self._ids += 1
        return f"{at:012x}7{self._ids:019x}"


def day(at: int) -> str:
    """Name the day in UTC; the histories here begin at `START` and last less than a month."""
    return f"2026-11-{23 + (at - START) // 86_400_000:02}"


def a_history(seed: int = 7, parties: int = 3, viewers: int = 8, minutes: int = 6, **chances: float) -> History:
    """Make parties of two hosts, one of them still open, the last across midnight."""
    maker = Maker(seed, **chances)
    for number in range(parties):
        last = number == parties - 1
        starts = START + 86_400_000 - minutes * MINUTE // 2 if last else START + number * 7 * MINUTE
        maker.party(starts=starts, minutes=minutes, viewers=viewers, host=f"host{number % 2}", ended=number != 1)
    maker.chance.shuffle(maker.history.telemetry)
    return maker.history
