"""Canaries: small parties of nobody, of which is known what the pipeline must make of them.

Two people see forty seconds of a video: one is there all the time, the other comes ten seconds later. What follows from
that was worked out by hand (docs/decisions/canary.md), not by the pipeline. Whose id begins with `canary` counts in no
figure but its own report.
"""

from typing import Any

import msgspec

from pipeline.aggregations.scopes import CANARY

LASTS_MS = 40_000
VIDEO = {"id": f"{CANARY}-video", "duration_ms": LASTS_MS, "title": "", "uploader_id": None}
HOST, GUEST = f"{CANARY}-host", f"{CANARY}-guest"

ANSWER: dict[str, int] = {
    "joined": 2,
    "sessions": 2,
    "viewers": 2,
    "chat_messages": 2,
    "reactions": 1,
    "beats": 5,
    "watch_ms": 25_000,
    "views": 2,
    "engaged_views": 0,
    "live_ms": 40_000,
    "viewer_ms": 70_000,
    "cowatch_ms": 60_000,
}
"""Each of five heartbeats claims ten seconds, but all are received at once, and so five seconds of each are believed."""


class Canary(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of one party, as MongoDB holds them."""

    party: str
    commit: dict[str, Any]
    telemetry: list[dict[str, Any]]


def canary(name: str, now_ms: int) -> Canary:
    """Make the party that ended just now and is received at `now_ms`. The same name makes the same ids."""
    party = f"{CANARY}-{name}"
    starts = now_ms - LASTS_MS
    made = _Made(party, now_ms)
    host, guest = f"{party}-1", f"{party}-2"
    said = {"message": {"body": "", "position_ms": 0.0}}
    events = [
        made.event("party.created", starts, user_id=HOST, body={"video": VIDEO}),
        made.event("party.started", starts, user_id=HOST),
        made.event("chat.sent", starts + 20_000, user_id=HOST, session_id=host, body=said),
        made.event("chat.sent", starts + 25_000, guest_id=GUEST, session_id=guest, body=said),
        made.event("reaction.sent", starts + 30_000, guest_id=GUEST, session_id=guest, body={"emoji": "🎬"}),
        made.event("party.ended", now_ms, user_id=HOST),
    ]
    commit = {
        "_id": f"{party}-log",
        "party_id": party,
        "seq": 1,
        "last_seq": len(events),
        "received_ms": now_ms,
        "events": [{"seq": number, **event} for number, event in enumerate(events, start=1)],
    }
    telemetry: list[dict[str, Any]] = []
    for session, person, joins in ((host, {"user_id": HOST}, 0), (guest, {"guest_id": GUEST}, 10_000)):
        who = {"party_id": party, "session_id": session, "video_id": VIDEO["id"], "client": CANARY, **person}
        socket = {"connection_id": f"{session}-socket"}
        telemetry.append(made.measured("party.joined", starts + joins, who, socket))
        for at in range(joins + 10_000, LASTS_MS, 10_000):
            played = {"watched_ms": 10_000, "from_ms": at - 10_000, "to_ms": at, "drift_ms": 5.0}
            telemetry.append(made.measured("view.watched", starts + at, who, played))
        telemetry.append(made.measured("party.left", now_ms, who, socket))
    return Canary(party=party, commit=commit, telemetry=telemetry)


def differences(report: dict[str, Any] | None) -> dict[str, list[Any]]:
    """Compare the values of a report with the answer: [expected, found] by name; all of it where there is no report."""
    values = report or {}
    found = {**values.get("sums", {}), "viewers": len(values.get("people", {}).get("viewers", {}).get("ids") or ())}
    return {name: [right, found.get(name)] for name, right in ANSWER.items() if found.get(name) != right}


class _Made:
    """Makes events with ids that follow from the party's name."""

    def __init__(self, party: str, now_ms: int) -> None:
        self._party = party
        self._now_ms = now_ms
        self._made = 0

    def event(self, kind: str, at_ms: int, **values: Any) -> dict[str, Any]:
        self._made += 1
        return {"event_id": f"{self._party}-{self._made:02}", "type": kind, "v": 1, "at_ms": at_ms, **values}

    def measured(self, kind: str, at_ms: int, who: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        event = self.event(kind, at_ms, **who, fields=fields)
        return {"_id": event.pop("event_id"), "received_ms": self._now_ms, **event}
