"""What the server acknowledged, held against the party's log: each once, none lost, no seq missing.

The log does not show a client's command ids, so each acknowledged command is looked for at the seq that its
acknowledgement named, with the member who sent it and what it said.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

Frame = dict[str, Any]


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """One command that was answered `ok`."""

    kind: str
    """`chat`, `play`, `pause` or `seek`."""
    member_id: str
    seq: int
    body: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    commands_acked: int
    commands_lost: int
    """Acknowledged commands that the log does not hold exactly once."""
    events_duplicated: int
    """Log entries beyond the first of the same seq, message or command."""
    seqs_missing: int


def judged(log: Sequence[Frame], acknowledged: Iterable[Acknowledged]) -> Verdict:
    """Compare one party's whole log with what its bots were told."""
    acks = list(acknowledged)
    at = Counter(entry["seq"] for entry in log)
    by_seq = {entry["seq"]: entry for entry in log}
    bodies = Counter(entry["message"]["body"] for entry in log if entry["t"] == "chat")
    lost = sum(not _is_once(ack, at, by_seq, bodies) for ack in acks)
    # Two acknowledgements that name the same seq: one command stands for two.
    shared = sum(count - 1 for count in Counter(ack.seq for ack in acks).values())
    doubled = sum(count - 1 for count in at.values()) + sum(count - 1 for count in bodies.values() if count > 1)
    return Verdict(
        commands_acked=len(acks),
        commands_lost=lost + shared,
        events_duplicated=doubled,
        seqs_missing=max(at, default=0) - len(at),
    )


def _is_once(ack: Acknowledged, at: Counter[int], by_seq: dict[int, Frame], bodies: Counter[str]) -> bool:
    entry = by_seq.get(ack.seq)
    if entry is None or at[ack.seq] != 1 or entry["by"] != ack.member_id:
        return False
    if ack.kind == "chat":
        return bool(entry["t"] == "chat" and entry["message"]["body"] == ack.body and bodies[ack.body] == 1)
    return bool(entry["t"] == "playback" and entry["cause"] == ack.kind)
