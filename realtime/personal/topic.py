"""What goes over the bus for one person, on a topic of their own: a hint like all of the bus, healed from the store."""

from typing import Any

from msgspec import Struct

from realtime import frames
from realtime.bus import Bus, Message

NOTIFICATION = "notification"
RECOUNT = "recount"
"""Says that the number of unread ones may be another; each node counts for those who listen there."""


class Heard(Struct, frozen=True):
    """One notification as its person hears it: the frame's fields, and the id by which it is known again."""

    id: str
    fields: dict[str, Any]


def topic(user_id: str) -> str:
    """Name the topic of a person; no party's id holds a colon."""
    return f"user:{user_id}"


def announce(bus: Bus, user_id: str, notification_id: str, fields: dict[str, Any]) -> None:
    """Send a notification to whatever sockets its person has, on any node."""
    frame = frames.encode(fields)
    bus.publish(Message(party_id=topic(user_id), frame=frame, kind=NOTIFICATION, about_id=notification_id))


def recount(bus: Bus, user_id: str) -> None:
    """Have the sockets of a person told how many are unread."""
    bus.publish(Message(party_id=topic(user_id), frame=b"", kind=RECOUNT))
