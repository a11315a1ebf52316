"""Holds frames that a server sent to the AsyncAPI document: what the document does not mention is refused, too."""

from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from realtime.asyncapi import document
from realtime.outgoing import typed

Frame = dict[str, Any]
DOCUMENT = document(version="0.0.test")


def hold(frame: Frame, socket: str = "party") -> None:
    """Fail where a frame of the server is not as the document says, or the client's type of it says less or more."""
    faults = [f"{error.json_path}: {error.message}" for error in _validator(socket, frame["t"]).iter_errors(frame)]
    assert not faults, f"{frame['t']} is not as the AsyncAPI document says: {faults}\n{frame}"
    if socket == "party":
        assert msgspec.json.decode(msgspec.json.encode(typed(frame))) == frame


@cache
def _validator(socket: str, t: str) -> Validator:
    key = f"server.{'me.' if socket == 'me' else ''}{t}"
    message = DOCUMENT["components"]["messages"].get(key)
    assert message is not None, f"the AsyncAPI document has no {key}"
    return Draft202012Validator({**message["payload"], "components": _closed(DOCUMENT["components"])})


def _closed(schema: Any) -> Any:
    """Forbid what is not described; the document itself does not, for clients ignore what they do not know."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed
