"""An example of everything that is sent or answered, made from its type and from what a field of that name usually holds.

Whatever a field is called in no table gets the least that its type allows, so that a new type has an example at once.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import inspect

ID = "0192f0c13a7b7c1e9d2a4b6c8e0f1a2b"
TOKEN = "q3Jx0v0nB1m9yqQYkqC4kq2eTn4gJw8dZr7sL5uXo1E"  # 256 random bits, of nobody
PASSWORD = "a seat in the first row"

NAMED: dict[str, Any] = {
    "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiIwMTkyIn0.c2lnbmF0dXJl",
    "at": "2026-11-27T20:00:00Z",
    "body": "Is there popcorn?",
    "bio": "Silent films and loud trailers.",
    "code": "HARBOUR7",
    "current_password": PASSWORD,
    "metric": "views",
    "description": "An evening on the harbour.",
    "detail": "What was wrong, in one sentence.",
    "device": "Firefox on Linux",
    "display_name": "Ada Lovelace",
    "email": "ada@example.com",
    "emoji": "🚀",
    "event_id": "0192f0c1-3a7b-7c1e-9d2a-4b6c8e0f1a2b",
    "expires_in": 900,
    "max_members": 100,
    "height": 720,
    "host_name": "Ada Lovelace",
    "message": "The reason, in one sentence.",
    "name": "Ada Lovelace",
    "next": None,
    "password": PASSWORD,
    "password_confirm": PASSWORD,
    "position_ms": 60000.0,
    "q": "harbour",
    "reason": "spoilers",
    "refresh_token": TOKEN,
    "scheduled_for": "2036-11-27T20:00:00Z",
    "signature": "0" * 64,
    "stream_url": f"/api/v1/videos/{ID}/stream",
    "thumbnail_url": f"/api/v1/videos/{ID}/thumbnail",
    "ticket": TOKEN,
    "timezone": "Europe/Berlin",
    "time_zone": "Europe/Berlin",
    "title": "Friday night on the harbour",
    "token": TOKEN,
    "tz": "Europe/Berlin",
    "url": "https://example.com/harbour.mp4",
    "username": "ada",
    "width": 1280,
}
OWN: dict[str, dict[str, Any]] = {
    "EventBatch": {"events": [{"event_id": NAMED["event_id"], "type": "view.started", "party_id": ID}]},
    "MemberChange": {"role": "moderator"},
    "NewInvite": {"email": "grace@example.com"},
    "NewParty": {"title": NAMED["title"], "visibility": "unlisted"},
    "NewPushSubscription": {
        "endpoint": "https://push.example.com/a-browser",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
    },
    "NewReport": {"kind": "video", "id": ID, "reason": "copyright"},
    "NewVideo": {"title": "The harbour", "source": "url", "url": NAMED["url"]},
    "PartyChanges": {"title": "Saturday night on the harbour"},
    "QueueItemChange": {"to": 0},
    "QuietHoursChoice": {"from": "22:00", "to": "07:00"},
    "VideoChanges": {"title": "The harbour, restored"},
}
"""Bodies whose fields hang together, by the name of their type."""


def example(kind: Any) -> Any:
    """Make an example of a type, ready for JSON."""
    return _value(inspect.type_info(kind), "")


def of_parameter(name: str, schema: dict[str, Any]) -> Any:
    """Make an example of a parameter in a path or a query, from its JSON schema; None where it says enough itself."""
    if name in NAMED and "enum" not in schema:
        return NAMED[name]
    return ID if name.endswith("_id") else None


def _value(info: inspect.Type, name: str) -> Any:
    made = MAKERS.get(type(info))
    return {} if made is None else made(info, name)


def _struct(info: inspect.StructType, _name: str) -> Any:
    if info.cls.__name__ in OWN:
        return OWN[info.cls.__name__]
    needed = [field for field in info.fields if field.required]
    shown = needed or [field for field in info.fields if field.encode_name in NAMED][:3]
    if not info.forbid_unknown_fields:  # what we answer with: all that there may be
        shown = list(info.fields)
    tag = {info.tag_field: info.tag} if info.tag_field else {}
    return {**tag, **{field.encode_name: _value(field.type, field.encode_name) for field in shown}}


def _union(info: inspect.UnionType, name: str) -> Any:
    """Show null where that is usual; else the first thing that it may be."""
    kinds = [kind for kind in info.types if not isinstance(kind, inspect.NoneType)]
    if info.includes_none and name in NAMED and NAMED[name] is None:
        return None
    return _value(kinds[0], name)


def _dict(info: inspect.DictType, name: str) -> Any:
    """Show one entry where the values say what they are; any JSON is shown as nothing."""
    if isinstance(info.value_type, inspect.AnyType):
        return {}
    return {str(_value(info.key_type, "key")): _value(info.value_type, name)}


def _number(info: inspect.IntType | inspect.FloatType, name: str) -> float:
    found: float = NAMED[name] if isinstance(NAMED.get(name), int | float) else 1
    if info.ge is not None and found < info.ge:
        found = info.ge
    if info.le is not None and found > info.le:
        found = info.le
    return int(found) if isinstance(info, inspect.IntType) else found


def _text(info: inspect.StrType, name: str) -> str:
    if isinstance(NAMED.get(name), str):
        return str(NAMED[name])[: info.max_length]
    if name == "id" or name.endswith("_id"):
        return ID
    return "x" * (info.min_length or 0) if (info.min_length or 0) > len("text") else "text"


MAKERS: dict[type, Callable[[Any, str], Any]] = {
    inspect.Metadata: lambda info, name: _value(info.type, name),
    inspect.StructType: _struct,
    inspect.UnionType: _union,
    inspect.DictType: _dict,
    inspect.LiteralType: lambda info, _name: info.values[0],
    inspect.EnumType: lambda info, _name: next(iter(info.cls)).value,
    inspect.ListType: lambda info, name: [_value(info.item_type, name)],
    inspect.VarTupleType: lambda info, name: [_value(info.item_type, name)],
    inspect.SetType: lambda info, name: [_value(info.item_type, name)],
    inspect.FrozenSetType: lambda info, name: [_value(info.item_type, name)],
    inspect.TupleType: lambda info, name: [_value(kind, name) for kind in info.item_types],
    inspect.NoneType: lambda _info, _name: None,
    inspect.BoolType: lambda _info, _name: True,
    inspect.IntType: _number,
    inspect.FloatType: _number,
    inspect.StrType: _text,
    inspect.DateTimeType: lambda _info, name: NAMED.get(name) or NAMED["at"],
    inspect.DateType: lambda _info, _name: "2026-11-27",
}
"""What each kind of type is shown as; any JSON at all as an empty object."""


def json_of(value: Any) -> str:
    return msgspec.json.encode(value).decode()
