"""What may happen, as data: one table that the driver with a seed and Hypothesis both draw from."""

from random import Random
from typing import Any

from tests.simulation.world import NAMES, NODES

Frame = dict[str, Any]
Action = tuple[Any, ...]

ASKED: tuple[Frame, ...] = (
    {"t": "play"},
    {"t": "play", "position_ms": 1000.0},
    {"t": "pause"},
    {"t": "seek", "position_ms": 20_000.0},
    {"t": "rate", "rate": 1.5},
    {"t": "queue.add", "video_id": "short"},
    {"t": "queue.add", "video_id": "film"},
    {"t": "queue.remove", "item_id": 0},
    {"t": "queue.move", "item_id": 1, "to": 0},
    {"t": "queue.vote", "item_id": 0, "up": True},
    {"t": "skip"},
    {"t": "skip.vote"},
    {"t": "chat.send", "body": "hello @bob"},
    {"t": "chat.send", "body": "so"},
    {"t": "chat.edit", "message_id": 0, "body": "other words"},
    {"t": "chat.delete", "message_id": 1},
    {"t": "chat.react", "message_id": 2, "emoji": "👍"},
    {"t": "poll.open", "question": "Which?", "options": ["this", "that"]},
    {"t": "poll.vote", "option": 1},
    {"t": "poll.close"},
    {"t": "ready", "ready": True},
    {"t": "settings", "wait": "all"},
    {"t": "settings", "wait": "majority"},
    {"t": "settings", "wait": "all"},
    {"t": "settings", "control": "everyone"},
    {"t": "settings", "slow_mode_s": 0},
    {"t": "member.role", "member_id": 2, "role": "cohost"},
    {"t": "member.mute", "member_id": 3, "minutes": 1},
    {"t": "member.kick", "member_id": 3},
    {"t": "host.transfer", "member_id": 1},
    {"t": "start"},
    {"t": "leave"},
    {"t": "seek", "position_ms": -1.0},
    {"t": "chat.send", "body": ""},
)
SAID: tuple[Frame, ...] = (
    {"t": "status", "state": "playing", "position_ms": 1000.0, "rtt_ms": 80.0},
    {"t": "status", "state": "buffering", "position_ms": 1000.0, "rtt_ms": 300.0},
    {"t": "status", "state": "buffering", "position_ms": 1000.0},
    {"t": "status", "state": "buffering", "position_ms": 1000.0},
    {"t": "status", "state": "paused", "position_ms": 1000.0},
    {"t": "react", "emoji": "🎉"},
    {"t": "typing"},
    {"t": "resync", "seq": 0},
)
RESTS_MS = (20.0, 250.0, 1_000.0, 3_000.0, 25_000.0, 70_000.0)
"""The longest is longer than any wait may last, and than a silent line."""
LOST = ("lose_before", "lose_after", "refuse_reads")
FAIR, ROUGH, OUT = (0.0, 0.0, 0.0, False), (0.2, 0.2, 0.3, False), (0.0, 0.0, 0.0, True)
JUMPS_MS = (500.0, 5_000.0)


def drawn(chance: Random) -> Action:
    """Draw an action: mostly people, now and then misfortune."""
    who, where = chance.randrange(len(NAMES)), chance.randrange(NODES)
    kind = chance.choices(
        ("ask", "say", "rest", "cut", "come", "turn", "lose", "weather", "crash", "start_again", "jump", "stick"),
        (50, 14, 12, 3, 8, 5, 3, 2, 0.6, 2, 0.2, 1),
    )[0]
    rest: dict[str, Action] = {
        "ask": (who, chance.choice(ASKED)),
        "say": (who, chance.choice(SAID)),
        "rest": (chance.choices(RESTS_MS, (40, 30, 20, 8, 1, 1))[0],),
        "cut": (who,),
        "come": (who, where),
        "turn": (chance.randrange(10),),
        "lose": (chance.choice(LOST),),
        "weather": chance.choice((FAIR, FAIR, ROUGH, OUT)),
        "crash": (where,),
        "start_again": (where,),
        "jump": (where, chance.choice(JUMPS_MS)),
        "stick": (who, chance.random() < 0.5),
    }
    return (kind, *rest[kind])
