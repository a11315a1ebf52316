"""The layouts of what `matinee.v1` shows: each name with its type, or with the value that it has in the tests' party."""

from typing import Any

from tests.fakes.node import CODE, PARTY

NUMBER = int | float
TEXT_OR_NONE = str | None
NUMBER_OR_NONE = int | float | None

PLAYBACK = {
    "video_id": TEXT_OR_NONE,
    "paused": bool,
    "position_ms": NUMBER,
    "rate": NUMBER,
    "at_ms": NUMBER,
    "revision": int,
}
VIDEO = {"id": str, "title": str, "source": str, "duration_ms": NUMBER_OR_NONE, "stream_url": TEXT_OR_NONE}
ITEM = VIDEO | {"video_id": str, "added_by": TEXT_OR_NONE, "votes": int}
MESSAGE = {
    "id": str,
    "member_id": str,
    "name": str,
    "body": str,
    "reply_to": TEXT_OR_NONE,
    "mentions": [str],
    "at_ms": NUMBER,
    "position_ms": NUMBER,
    "edited": bool,
    "reactions": dict,
}
SETTINGS = {
    "control": "cohosts",
    "guests": True,
    "chat": True,
    "reactions": True,
    "slow_mode_s": 0,
    "max_members": 1000,
    "wait": "off",
    "approval": "off",
    "emotes": {},
    "permissions": {},
}
POLL = {
    "id": str,
    "question": "Which?",
    "options": [{"text": str, "votes": int}],
    "multiple": False,
    "voters": int,
    "open": True,
    "by": "ann",
}
MEMBER = {"id": str, "user_id": TEXT_OR_NONE, "name": str, "role": str, "status": str}
FIGURES = {"drift_ms": NUMBER_OR_NONE, "rtt_ms": NUMBER_OR_NONE}
PARTY_SHOWN = {
    "id": PARTY,
    "seq": int,
    "code": CODE,
    "title": "Friday",
    "description": "",
    "status": "lobby",
    "visibility": "unlisted",
    "has_password": False,
    "settings": SETTINGS,
    "host_id": "ann",
    "scheduled_for_ms": None,
    "started_ms": None,
    "playback": PLAYBACK,
    "video": VIDEO,
    "queue": [ITEM],
    "members": [MEMBER | FIGURES],
    "chat": [MESSAGE],
    "poll": None,
    "waiting": None,
    "knocking": [],
}
WELCOME = {
    "t": "welcome",
    "you": {"member_id": str, "user_id": TEXT_OR_NONE, "name": str, "role": str, "session": str},
    "party": PARTY_SHOWN,
    "epoch": str,
    "seq": int,
    "now_ms": float,
    "heartbeat_ms": 15_000,
    "resumed": bool,
    "missed": [dict],
}


def like(value: Any, pattern: Any, at: str = "$") -> None:
    """Hold a value to a pattern: the same keys, each of its type, or equal where a value is given."""
    if isinstance(pattern, dict):
        assert isinstance(value, dict), at
        assert value.keys() == pattern.keys(), at
        for name, inner in pattern.items():
            like(value[name], inner, f"{at}.{name}")
    elif isinstance(pattern, list):
        assert isinstance(value, list), at
        for n, item in enumerate(value):
            like(item, pattern[0], f"{at}[{n}]")
    elif isinstance(pattern, type) or hasattr(pattern, "__args__"):
        assert isinstance(value, pattern), (at, value)
        assert pattern is bool or not isinstance(value, bool), (at, value)
    else:
        assert value == pattern, at
