"""The metrics dictionary: what each published figure means. The pipeline computes by it, the API shows it.

`version` counts up when a formula changes; a row published under another version is not comparable.
"""

from typing import Literal

import msgspec

Unit = Literal["ms", "count", "ratio"]
Merge = Literal["sum", "max", "union", "ratio"]


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """One metric: unit, formula, the sample below which it is not shown, and how windows are put together."""

    name: str
    title: str
    unit: Unit
    formula: str
    minimum_n: int = 1
    """With a smaller `n` the value is null with the reason `not_enough_data`."""
    merge: Merge
    """How the values of days make the value of a range: added, the greatest, or from their `values.parts`: the size of
    the union of the sets named `of[0]` (people repeat), or the sum of the numbers named `of[0]` over that of `of[1]`."""
    of: tuple[str, ...] = ()
    version: int = 1


_TABLE = (
    Definition(
        name="watch_time_ms",
        title="Watch time",
        unit="ms",
        formula=(
            "Sum over all heartbeats of min(watched_ms, time since the session's previous heartbeat + 5 s, 20 s), the first one"
            " measured from the session's first event: media time that really played, never more than the wall time in which it is said to have played. Counted on the day"
            " of the heartbeat."
        ),
        merge="sum",
    ),
    Definition(
        name="views",
        title="Views",
        unit="count",
        formula="Viewing sessions with at least 3 s of watch time, counted on the day of their first heartbeat.",
        merge="sum",
    ),
    Definition(
        name="unique_viewers",
        title="Unique viewers",
        unit="count",
        formula=(
            "Distinct people who were in the party, by user id, else by guest id: guests count, and a signed-in user"
            " counts once on any number of devices. Exact."
        ),
        merge="union",
        of=("viewers",),
    ),
    Definition(
        name="peak_concurrent_viewers",
        title="Peak concurrent viewers",
        unit="count",
        formula=(
            "Greatest number of viewing sessions that were open at one moment while live, those open when the window"
            " began included. A session is open from join to leave, without a leave until its last event + 30 s."
        ),
        merge="max",
    ),
    Definition(
        name="average_concurrent_viewers",
        title="Average concurrent viewers",
        unit="count",
        formula=(
            "Integral of the number of open viewing sessions over the time that was live, divided by that time. Live is"
            " from start to end of the party, to the last presence where nobody ended it."
        ),
        merge="ratio",
        of=("viewer_ms", "live_ms"),
    ),
    Definition(
        name="chat_messages",
        title="Chat messages",
        unit="count",
        formula="Messages sent, those deleted later included.",
        merge="sum",
    ),
    Definition(
        name="unique_chatters",
        title="Unique chatters",
        unit="count",
        formula="Distinct people who sent at least one message, by user id, else by guest id. Exact.",
        merge="union",
        of=("chatters",),
    ),
)

DEFINITIONS: dict[str, Definition] = {definition.name: definition for definition in _TABLE}
