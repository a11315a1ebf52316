"""Small random lakes: rows as the raw lake holds them, with everything in them that makes counting hard.

Doubled and late events, ties of all times, connections that drop and come back, leaves that never came, people who sign
in half-way, one session id in several parties, several films in one party, lengths that were learnt late.
"""

import random
from dataclasses import dataclass
from typing import Any

DAY = 86_400_000
START = 1_795_392_000_000
"""2026-11-23T00:00Z"""

PARTIES = ("019ab0d5e4007aaaaaaaaaaaaaaaaaaa", "019ab0d5e4007bbbbbbbbbbbbbbbbbbb", "some-other-party")
FILMS = ("film1", "film2", "film3", None)
LENGTHS = (30_000, 90_500, 301_999)
PEOPLE: tuple[dict[str, str], ...] = (
    {"user_id": "ann"},
    {"user_id": "ben"},
    {"user_id": "cia"},
    {"guest_id": "gus"},
    {"guest_id": "ann"},
    {},
)
UPLOADERS = ("ann", "ben", "zoe", None)


@dataclass
class Socket:
    """The connection of a session; some clients tell no name of theirs."""

    prefix: str | None
    number: int = 0
    since: int = 0

    @property
    def name(self) -> str | None:
        return None if self.prefix is None else f"{self.prefix}-{self.number}"


class Maker:
    """Makes one lake's rows from a seed."""

    def __init__(self, seed: int, *, coarse: int = 500) -> None:
        self.chance = random.Random(seed)
        self.coarse = coarse
        self.rows: list[dict[str, Any]] = []

    def lake(self, *, parties: int = 3, sessions: int = 6, beats: int = 14) -> list[dict[str, Any]]:
        for number, party in enumerate(PARTIES[:parties]):
            opens = START + DAY - 120_000 + number * 70_000 + self._ms(60_000)
            self._lifecycle(party, opens)
            for index in range(self.chance.randint(1, sessions)):
                self._session(party, f"s{self.chance.choice((index, 0))}", opens, beats)
        self._row("account.logged_in", START, user_id="ann")
        self._row("view.watched", START, user_id="ann", session_id="lone", video_id="film1", watched_ms=10_000)
        self.chance.shuffle(self.rows)
        return self.rows

    def _lifecycle(self, party: str, opens: int) -> None:
        log = {"party_id": party}
        if self.chance.random() < 0.9:
            self._row("party.created", opens - 90_000, user_id=self._one("ann", "ben"), **log, **self._film())
        for _ in range(self.chance.randint(0, 3)):
            self._row("party.invited", opens - self._ms(80_000), user_id="ann", **log)
            if self.chance.random() < 0.5:
                self._row("party.invite_accepted", opens - self._ms(60_000), user_id="cia", **log)
        if self.chance.random() < 0.85:
            self._row("party.started", opens, user_id="ann", **log)
        for _ in range(self.chance.randint(0, 2)):
            self._row("playback.played", opens + self._ms(60_000), user_id="ann", **log)
        for _ in range(self.chance.randint(0, 4)):
            self._row("playback.video_changed", opens + self._ms(120_000), user_id="ann", **log, **self._film())
        closes = opens + self._ms(260_000)
        if self.chance.random() < 0.3:
            self._row("party.vacated", closes, **log)
            self._row("party.started", closes + self._ms(60_000), user_id="ben", **log)
        if self.chance.random() < 0.6:
            self._row("party.ended", opens + 150_000 + self._ms(200_000), user_id="ann", **log)

    def _session(self, party: str, session: str, opens: int, beats: int) -> None:
        at = opens + self._ms(150_000) - 40_000
        person = dict(self.chance.choice(PEOPLE))
        who = {"party_id": party, "session_id": session}
        machine = {"device": self._one("desktop", "phone", None), "country": self._one("SE", "FI", None)}
        machine |= {"browser": self._one("firefox", None), "os": self._one("linux", None), "client": "web"}
        film, position = self.chance.choice(FILMS), self._ms(60_000)
        socket = Socket(self._one(f"{session}-{self._id()}", f"{session}-{self._id()}", None))
        if self.chance.random() < 0.85:
            self._join(at, {**who, **person, **machine}, socket)
        for _ in range(self.chance.randint(0, beats)):
            at += self._one(0, 500, 10_000, 10_000, 10_000, 31_000, 30_000)
            step = self.chance.random()
            common = {**who, **person, "video_id": film}
            if step < 0.5:
                position += self._beat(at, position, common, machine)
            elif step < 0.62:
                self._other_view(at, common)
            elif step < 0.76:
                self._voice(at, position, common)
            elif step < 0.88:
                self._reconnect(at, {**who, **person}, socket)
            elif step < 0.95:
                film, position = self.chance.choice(FILMS), self._ms(20_000)
            else:
                person = dict(self.chance.choice(PEOPLE))
        if self.chance.random() < 0.7:
            self._row("party.left", at + self._ms(15_000), **who, **person, connection_id=socket.name)

    def _beat(self, at: int, position: int, common: dict[str, Any], machine: dict[str, Any]) -> int:
        watched = self._one(10_000, 10_000, 10_000, 7_321, 0, -5, 60_000, None)
        start = self._one(position, position, position, position, -1, None)
        end = None if start is None else start + self._one(10_000, 10_000, 9_999, 0, 60_000)
        drift = self._one(None, -3.25, 12.5, -999.5, 1000.0, -1000.25, 4000.0, 0.0)
        given = machine if self.chance.random() < 0.5 else {}
        self._row("view.watched", at, **common, **given, watched_ms=watched, from_ms=start, to_ms=end, drift_ms=drift)
        return 10_000

    def _other_view(self, at: int, common: dict[str, Any]) -> None:
        kind = self._one("view.started", "view.started", "view.stalled", "view.stalled", "view.failed", "view.ended")
        row = dict(common)
        if kind == "view.started":
            row["startup_ms"] = self._one(0, 420, 2_000, 11_300, -1, None)
        if kind == "view.stalled":
            row["stall_ms"] = self._one(0, 250, 3_000, 700_000, None)
        if self.chance.random() < 0.2:
            row["duration_ms"] = self._one(*LENGTHS)
        self._row(kind, at, **row)

    def _voice(self, at: int, position: int, common: dict[str, Any]) -> None:
        kind = self._one("chat.sent", "chat.sent", "reaction.sent", "chat.reacted")
        emoji = self._one("heart", "laugh") if kind == "reaction.sent" else None
        self._row(kind, at, **common, position_ms=position, emoji=emoji, seq=1)

    def _reconnect(self, at: int, who: dict[str, Any], socket: Socket) -> None:
        """Come back on another socket; the old one's end is seen before that, after it, or never."""
        seen = self.chance.random()
        if seen < 0.4:
            self._row("party.left", max(socket.since, at - self._ms(40_000)), **who, connection_id=socket.name)
        elif seen < 0.7:
            self._row("party.left", at + self._ms(20_000), **who, connection_id=socket.name)
        self._join(at, who, socket)

    def _join(self, at: int, who: dict[str, Any], socket: Socket) -> None:
        socket.number += 1
        socket.since = at
        self._row("party.joined", at, **who, connection_id=socket.name)

    def _film(self) -> dict[str, Any]:
        return {
            "video_id": self._one("film1", "film2", "film3"),
            "duration_ms": self._one(*LENGTHS, None, 0),
            "uploader_id": self._one(*UPLOADERS),
        }

    def _row(self, kind: str, at: int, **values: Any) -> None:
        lateness = self._one(0, 0, 300, 300, 1_000, 40_000, 3_600_000) if self.chance.random() < 0.3 else 0
        row = {"event_id": self._id(), "type": kind, "v": 1, "at": at, "sent_at": at, "received_at": at + lateness}
        row |= values
        self.rows.append(row)
        while self.chance.random() < 0.08:
            later = self._one(1, 500, 90_000, DAY)
            self.rows.append({**row, "received_at": row["received_at"] + later})

    def _id(self) -> str:
        return f"{self.chance.getrandbits(64):016x}"

    def _ms(self, most: int) -> int:
        return self.chance.randrange(0, most, self.coarse)

    def _one(self, *choices: Any) -> Any:
        return self.chance.choice(choices)
