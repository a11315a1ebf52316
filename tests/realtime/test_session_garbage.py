"""What broken clients and hostile ones send: nothing raises, nothing becomes a command by accident."""

import json
import random
from collections.abc import Callable

import pytest

from realtime import session as ask
from realtime.errors import ERRORS
from realtime.protocol import CLIENT_COMMANDS, FRAMES
from tests.fakes.line import Line

GARBAGE = 45_000


def with_something_inside(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text) + 1)
    what = chance.choice(['"', "{", "]", "\\ud800", "\x00", "NaN", "1e999", "\ud800", "💥"])
    return text[:at] + what + text[at:]


def with_a_wrong_byte(chance: random.Random, text: str) -> str:
    data = bytearray(text, "utf-8", "surrogatepass")
    data[chance.randrange(len(data))] = chance.randrange(256)
    return data.decode("utf-8", "surrogateescape")


def with_depth(chance: random.Random, text: str) -> str:
    depth = chance.randrange(1, 3_000)
    return text[:-1] + ',"x":' + "[" * depth + "]" * depth + "}"


DAMAGE: list[Callable[[random.Random, str], str | bytes]] = [
    with_something_inside,
    with_a_wrong_byte,
    with_depth,
    lambda chance, text: text[: chance.randrange(len(text) + 1)],
    lambda chance, text: text * chance.randrange(2, 4),
    lambda chance, _: chance.randbytes(chance.randrange(80)),
    lambda chance, _: chance.randbytes(chance.randrange(80)).decode("latin-1"),
    lambda chance, _: "".join(chr(chance.randrange(1, 0xD800)) for _ in range(chance.randrange(40))),
    lambda _, text: text,
]
"""What broken clients and hostile ones do to a frame."""


def a_frame(chance: random.Random) -> str:
    """Make a frame of a known type with fields of any type and value."""
    kind = chance.choice([*FRAMES, *CLIENT_COMMANDS])
    values = [
        None,
        True,
        -1,
        0,
        1,
        2**63,
        -(2**70),
        1.5,
        1e308,
        "",
        "x",
        "x" * 3_000,
        "😂",
        "\x00",
        [],
        {},
        [[]],
        {"$gt": ""},
    ]
    fields = {name: chance.choice(values) for name in kind.__struct_encode_fields__ if chance.random() < 0.8}
    if chance.random() < 0.1:
        fields[chance.choice(["$where", "a.b", "__class__", "T"])] = chance.choice(values)
    return json.dumps({"t": kind.__struct_config__.tag, **fields}, ensure_ascii=chance.random() < 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_no_garbage_raises_or_becomes_a_command_by_accident(seed: int) -> None:
    chance = random.Random(seed)
    line = Line()
    codes, closes = set(), 0
    for _ in range(GARBAGE // 3):
        line.wait(chance.random())
        for action in line.say(chance.choice(DAMAGE)(chance, a_frame(chance))):
            if isinstance(action, ask.Close):
                closes += 1
                line = Line()
            elif isinstance(action, ask.Send) and action.fields["t"] == "error":
                codes.add(action.fields["code"])
                json.dumps(action.fields).encode()
    assert {"bad_frame", "invalid"} <= codes <= set(ERRORS)
    assert closes
