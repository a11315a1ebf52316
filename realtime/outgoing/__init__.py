"""What the server says: every frame that goes out on its two sockets, as a type with its fields.

The server writes its frames field by field (`realtime.frames`, `realtime.welcome`, …); these types say what comes of that. The
AsyncAPI document is made of them, the Python client gives events as them, and the tests hold every frame that they receive to them.
Clients ignore fields that they do not know, so none of the types forbids any.
"""

from typing import Any

import msgspec
from msgspec import Struct

from realtime.outgoing import answers, events, fleeting, personal

EVENTS: tuple[type[events.EventFrame], ...] = tuple(events.EventFrame.__subclasses__())
"""Numbered: what a party's log holds."""
FLEETING: tuple[type[Struct], ...] = tuple(fleeting.FleetingFrame.__subclasses__())
"""Without a number: gone when they are over."""
ANSWERS: tuple[type[Struct], ...] = tuple(answers.Answer.__subclasses__())
PARTY: tuple[type[Struct], ...] = (*ANSWERS, *EVENTS, *FLEETING)
"""All frames of a party's socket."""
PERSONAL: tuple[type[Struct], ...] = (
    *personal.PersonalFrame.__subclasses__(),
    answers.Error,
    answers.ClockAnswer,
    answers.PongAnswer,
    fleeting.PingFrame,
    fleeting.NoticeFrame,
)
"""All frames of a person's own socket."""
_BY_TAG: dict[str, type[Struct]] = {str(kind.__struct_config__.tag): kind for kind in PARTY}


def typed(frame: dict[str, Any]) -> Struct | None:
    """Give a frame of a party's socket as its type; None for one that this version does not know.

    Raises `msgspec.ValidationError` where a known one is not laid out as it should be.
    """
    kind = _BY_TAG.get(frame["t"])
    return None if kind is None else msgspec.convert(frame, kind)
