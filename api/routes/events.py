"""The row of the route table about viewers' events."""

from api.access import USER
from api.handlers import events
from api.route import Route

EVENT_BATCH_BYTES = 512 * 1024
"""500 events of about 400 bytes, and room for as much again."""

EVENTS = (
    Route(
        "POST",
        "/events",
        events.create,
        "Report what your player measured; each event has its own outcome, and the same id counts once.",
        access=USER,
        body_limit=EVENT_BATCH_BYTES,
    ),
)
