"""Figures of this moment: counted by the websocket nodes when they happen, while all others are computed from events afterwards."""

import msgspec

from store.metrics.definition import Unit

NODES, PLAYERS = "websocket nodes", "players that play along"


class Figure(msgspec.Struct, frozen=True):
    """What a figure of this moment means."""

    title: str
    unit: Unit
    formula: str
    n_of: str = NODES


FIGURES = {
    "concurrent_viewers": Figure(
        "Concurrent viewers",
        "count",
        "Sessions with a connection to a live party, over all nodes. A session has one connection: a new one closes the old one "
        "wherever that is. One that comes from a node that was killed counts twice until that node's last beat is 20 s old.",
    ),
    "live_parties": Figure(
        "Live parties",
        "count",
        "Live parties with a viewer, each once; of a node with more than 100 those beyond count again on every node that has them.",
    ),
    "chat_messages_per_minute": Figure(
        "Chat messages a minute", "count", "Messages sent in the 60 seconds before each node's beat."
    ),
    "reactions_per_minute": Figure(
        "Reactions a minute", "count", "Reactions to the film in the 60 seconds before each node's beat."
    ),
    "joins_per_minute": Figure(
        "Joins a minute",
        "count",
        "Connections that came in, in the 60 seconds before each node's beat; who comes again counts again.",
    ),
    "drift_p50_ms": Figure(
        "Drift now, median",
        "ms",
        "Half of the players are at most so far off, by what each told last within 15 seconds.",
        PLAYERS,
    ),
    "drift_p95_ms": Figure(
        "Drift now, 95th percentile",
        "ms",
        "95 of 100 players are at most so far off, by what each told last within 15 seconds.",
        PLAYERS,
    ),
}
