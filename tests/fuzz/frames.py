"""Frames of every kind, from the examples of the AsyncAPI document to noise: half of them whole, the others damaged."""

import json
import math
import random
from collections.abc import Callable
from typing import Any

from realtime.asyncapi.described import DESCRIBED
from realtime.party.state import PartyState
from tests.fuzz.mutations import mutated
from tests.realtime.test_session_garbage import DAMAGE, a_frame

Frame = dict[str, Any]
VALUES: tuple[Any, ...] = (
    None,
    math.nan,
    math.inf,
    True,
    -1,
    0,
    2**63,
    -(2**70),
    0.5,
    1e308,
    "",
    "x" * 3_000,
    "\x00",
    "💥",
    [],
    {},
    [[]],
    {"$gt": ""},
    "bob",
    "play",
)
KINDS = [kind for kind in DESCRIBED if kind not in {"end", "member.ban"}]
"""An end would leave nothing to do; it comes by accident often enough."""


class Frames:
    """Makes one frame after the other; `peek` gives the party as it is, to point at what is there."""

    def __init__(self, chance: random.Random, peek: Callable[[], PartyState | None]) -> None:
        self._chance = chance
        self._peek = peek
        self._made = 0

    def next(self) -> str | bytes:
        self._made += 1
        make = self._chance.choice(
            (
                self._whole,
                self._whole,
                self._whole,
                self._with_another_value,
                self._mutated,
                self._mutated,
                self._noise,
                self._odd,
            )
        )
        return make()

    def _whole(self) -> str:
        return json.dumps(self._example())

    def _with_another_value(self) -> str:
        example = self._example()
        example[self._chance.choice([*example, "x", "id"])] = self._chance.choice(VALUES)
        return json.dumps(example)

    def _mutated(self) -> str | bytes:
        (changed,) = mutated([self._whole().encode()], 1, self._chance.randrange(2**32))
        return changed.decode("utf-8", "surrogateescape") if self._chance.random() < 0.9 else changed

    def _noise(self) -> str | bytes:
        return self._chance.choice(DAMAGE)(self._chance, a_frame(self._chance))

    def _odd(self) -> str | bytes:
        """Write what is legal to a lenient parser: a mark in front, a key twice, blanks around, another encoding."""
        whole = self._whole()
        return self._chance.choice(
            (
                "\ufeff" + whole,
                whole[:-1] + ', "t": "ping"}',
                '{"t": "ping", ' + whole[1:],
                "\n\t " + whole + " \r\n",
                whole.encode("utf-16"),
                whole + whole,
                f"[{whole}]",
            )
        )

    def _example(self) -> Frame:
        """Take an example and point it at what is there."""
        kind = self._chance.choice(KINDS)
        frame = {"t": kind, **self._chance.choice(DESCRIBED[kind].examples), "id": f"f{self._made}"}
        state = self._peek()
        if state is None:
            return frame
        there = {
            "item_id": [item.id for item in state.queue],
            "message_id": [message.id for message in state.chat],
            "member_id": [*state.members, "nobody"],
            "video_id": ["film", "short", "none"],
        }
        for name, ids in there.items():
            if name in frame and ids:
                frame[name] = self._chance.choice(ids)
        return frame
