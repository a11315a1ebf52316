"""The bodies of a party's log: what each event holds in full, as `realtime.party.events` has it, and what the lake keeps.

Plain dictionaries instead of Structs: a history has tens of thousands of messages; a test folds the logs by the real
rules.
"""

import json
from typing import Any

import msgspec
import numpy as np

from matinee.generator import words
from matinee.generator.arrays import Chances
from matinee.generator.logbook import Details
from matinee.generator.words import KIND
from matinee.generator.world import Films
from realtime.party.state import Settings

Body = dict[str, Any]
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Of codes that people type: without 0 O 1 I L."""
CODE_LENGTH = 8
QUESTION = "What do we watch next?"
OPTIONS = ("The same again", "Something short", "Whatever the host likes")

_SETTINGS: Body = msgspec.to_builtins(Settings())
_PLAYBACK = frozenset(KIND[f"playback.{name}"] for name in ("played", "paused", "sought", "rate"))


def code_of(drawn: np.uint64) -> str:
    """Make a party's code out of its chance."""
    number, digits = int(drawn), []
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)


def codes_of(drawn: Chances) -> list[str]:
    return [code_of(one) for one in drawn]


def title_of(place: int, film: str) -> str:
    """Give a party its title."""
    return f"{words.EVENINGS[place % len(words.EVENINGS)]}: {film}"


def extra_of(kind: int, detail: tuple[object, ...]) -> str | None:
    """Write what the lake keeps of a body beside its columns, as `pipeline.schema` does."""
    kept: Body = {}
    if kind in _PLAYBACK:
        kept = {"cause": detail[1]}
    elif kind == KIND["party.created"]:
        kept = {"has_password": False}
    elif kind == KIND["queue.voted"]:
        kept = {"up": True}
    elif kind == KIND["member.muted"]:
        kept = {"muted": True}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else None


EXTRA_KINDS = (*_PLAYBACK, *(KIND[name] for name in ("party.created", "queue.voted", "member.muted")))
"""The kinds of which the lake keeps something beside the columns."""


class Writer:
    """Writes bodies; remembers each party's open poll and its votes."""

    def __init__(self, films: Films, details: Details) -> None:
        self._films = films
        self._ids = films.ids.to_pylist()
        self._details = details
        self._polls: dict[int, Body] = {}

    def body(self, event: Body) -> Body:
        """Write the body of an event: its columns by name, `who` the person as `member` shows them."""
        kind = words.KINDS[event["kind"]].name
        if kind.startswith("playback."):
            return self._playback(kind, event)
        if kind.startswith("queue."):
            return self._queue(kind, event)
        if kind.startswith("poll."):
            return self._poll(kind, event)
        if kind == "chat.sent":
            return {"message": _message(event)}
        if kind.startswith("member."):
            return self._member(kind, event)
        return self._created(event) if kind == "party.created" else {}

    def video(self, film: int) -> Body:
        """Show a film as a party knows it."""
        return {
            "id": self._ids[film],
            "title": self._films.titles[film],
            "source": "upload" if film < self._films.given else "url",
            "duration_ms": int(self._films.duration_ms[film]),
            "stream_url": f"/api/v1/videos/{self._ids[film]}/stream",
        }

    def _created(self, event: Body) -> Body:
        return {
            "party_id": event["party_id"],
            "code": event["code"],
            "title": title_of(event["party"], self._films.titles[event["film"]]),
            "description": "",
            "visibility": "private",
            "has_password": False,
            "settings": _SETTINGS,
            "host": member(event["who"], event["at"], host=True),
            "video": {**self.video(event["film"]), "uploader_id": event["uploader_id"]},
            "scheduled_for_ms": None if event["scheduled"] < 0 else event["scheduled"],
        }

    def _playback(self, kind: str, event: Body) -> Body:
        running, cause = self._details.held[event["detail"]]
        playback = {
            "video_id": self._ids[event["film"]],
            "paused": not running,
            "position_ms": event["position"],
            "rate": event["rate"],
            "at_ms": event["at"],
            "revision": event["seq"],
        }
        if kind == "playback.video_changed":
            return {"video": {**self.video(event["film"]), "uploader_id": event["uploader_id"]}, "playback": playback}
        before = {"from_ms": event["from"]} if kind == "playback.sought" else {}
        return {"playback": playback, **before, "cause": cause}

    def _queue(self, kind: str, event: Body) -> Body:
        (film,) = self._details.held[event["detail"]]
        assert isinstance(film, int)
        shown = self.video(film)
        item_id = f"{event['party_id'][:24]}{film:08x}"
        votes = int(kind == "queue.voted")
        item = {**shown, "id": item_id, "video_id": shown["id"], "added_by": event["by"], "votes": votes}
        more = {"member_id": event["by"], "up": True} if votes else {}
        return {"item_id": item_id, **more, "items": [] if kind == "queue.removed" else [item]}

    def _poll(self, kind: str, event: Body) -> Body:
        party = event["party"]
        if kind == "poll.opened":
            about = {"question": QUESTION, "options": list(OPTIONS), "multiple": False, "by": event["by"]}
            self._polls[party] = {"id": event["event_id"], **about, "open": True, "votes": {}}
        poll = self._polls[party]
        if kind == "poll.voted":
            (option,) = self._details.held[event["detail"]]
            poll = self._polls[party] = {**poll, "votes": {**poll["votes"], event["by"]: [option]}}
            return {"member_id": event["by"], "poll": poll}
        if kind == "poll.closed":
            poll = {**self._polls.pop(party), "open": False}
        return {"poll": poll}

    def _member(self, kind: str, event: Body) -> Body:
        if kind == "member.muted":
            muted = {**member(event["other"], event["at"]), "muted": True}
            return {"member": muted, "muted": True, "until_ms": None, "reason": None}
        return {"member": member(event["who"], event["at"], present=kind == "member.joined")}


def member(who: Body, joined_ms: int, *, host: bool = False, present: bool = True) -> Body:
    """Show a person as a party does: `who` has `id`, `name` and `guest`."""
    guest = bool(who["guest"])
    return {
        "id": who["id"],
        "user_id": None if guest else who["id"],
        "name": who["name"],
        "role": "host" if host else "guest" if guest else "member",
        "joined_ms": joined_ms,
        "present": present,
        "muted": False,
        "muted_until_ms": None,
        "last_chat_ms": None,
    }


def _message(event: Body) -> Body:
    return {
        "id": event["event_id"],
        "member_id": event["by"],
        "name": event["who"]["name"],
        "body": words.LINES[event["line"]],
        "reply_to": None,
        "mentions": [],
        "at_ms": event["at"],
        "position_ms": float(event["position"]),
        "edited": False,
        "reactions": {},
    }
