import json
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime import protocol
from realtime.party import commands as do
from realtime.protocol import BadFrame, command, decode


def refusal(text: str | bytes) -> BadFrame:
    with pytest.raises(BadFrame) as caught:
        decode(text)
    return caught.value


NO_FRAMES = {
    "nothing": "",
    "a blank": " ",
    "not JSON": "hello",
    "half an object": '{"t":"play"',
    "two objects": '{"t":"play"}{"t":"play"}',
    "an array": "[1]",
    "a text": '"play"',
    "a number": "1",
    "null": "null",
    "no type": "{}",
    "a type that is a number": '{"t":5}',
    "a type that is null": '{"t":null}',
    "NaN": '{"t":"seek","position_ms":NaN}',
    "Infinity": '{"t":"seek","position_ms":Infinity}',
    "-Infinity": '{"t":"seek","position_ms":-Infinity}',
    "a lone surrogate as a value": '{"t":"chat.send","body":"\\ud800"}',
    "a lone surrogate as a type": '{"t":"\\udfff"}',
    "a lone surrogate as a field": '{"t":"play","\\ud800":1}',
    "a lone surrogate in the text itself": '{"t":"chat.send","body":"\ud800"}',
    "bytes that are no UTF-8": b'{"t":"chat.send","body":"\xff"}',
    "a byte order mark": '\ufeff{"t":"play"}',
    "a thousand brackets": "[" * 1000,
    "100,000 levels": "[" * 30_000 + "]" * 30_000,
}


@pytest.mark.parametrize("text", NO_FRAMES.values(), ids=NO_FRAMES)
def test_what_is_no_frame_is_a_bad_frame(text: str | bytes) -> None:
    assert refusal(text).code == "bad_frame"


INVALID = {
    '{"t":"seek"}': "position_ms",
    '{"t":"seek","position_ms":"1"}': "position_ms",
    '{"t":"seek","position_ms":true}': "position_ms",
    '{"t":"seek","position_ms":null}': "position_ms",
    '{"t":"seek","position_ms":-1}': "position_ms",
    '{"t":"seek","position_ms":1e400}': "position_ms",
    '{"t":"seek","position_ms":9223372036854775808}': "position_ms",
    '{"t":"seek","position_ms":[1]}': "position_ms",
    '{"t":"seek","position_ms":1,"extra":1}': "extra",
    '{"t":"seek","position_ms":1,"id":""}': "id",
    '{"t":"seek","position_ms":1,"id":7}': "id",
    '{"t":"rate","rate":0}': "rate",
    '{"t":"rate","rate":4.01}': "rate",
    '{"t":"chat.send","body":""}': "body",
    '{"t":"chat.send","body":"' + "x" * 2001 + '"}': "body",
    '{"t":"queue.move","item_id":"a","to":18446744073709551616}': "to",
    '{"t":"queue.move","item_id":"a","to":1.5}': "to",
    '{"t":"member.role","member_id":"m","role":"host"}': "role",
    '{"t":"settings","permissions":{"control":"king"}}': "permissions[...]",
    '{"t":"settings","permissions":{"everything":"guest"}}': "permissions",
    '{"t":"hello","token":"x","resume":{"session":"s","epoch":"e","seq":9223372036854775808}}': "resume.seq",
    '{"t":"hello","token":"x","resume":{"session":"s","epoch":"e"}}': "resume.seq",
    '{"t":"hello","token":"x","client":{"name":"web","shoe":1}}': "client.shoe",
    '{"t":"telemetry","events":[{"event_id":"x","type":"view.watched"}]}': "events[0].event_id",
    '{"t":"telemetry","events":[{"event_id":"' + "a" * 32 + '","type":"account.deleted"}]}': "events[0].type",
    '{"t":"telemetry","events":[{"event_id":"' + "a" * 32 + '","type":"view.watched","watched_ms":1e300}]}': (
        "events[0].watched_ms"
    ),
    '{"t":"play","deep":' + "[" * 100 + "]" * 100 + "}": "deep",
    '{"t":"play","deep":' + '{"a":' * 100 + "1" + "}" * 100 + "}": "deep",
}


@pytest.mark.parametrize(("text", "path"), INVALID.items(), ids=[text[:50] for text in INVALID])
def test_a_wrong_field_is_named_by_its_path(text: str, path: str) -> None:
    bad = refusal(text)
    assert (bad.code, bad.path) == ("invalid", path)
    assert bad.message.endswith(".")


def test_an_unknown_type_is_told_with_the_id_of_the_command() -> None:
    bad = refusal('{"t":"self.destruct","id":"c1","now":true}')
    assert (bad.code, bad.command_id) == ("unknown_type", "c1")


@pytest.mark.parametrize("t", ["welcome", "create", "Join", "party.created", "playback", "succeed", "vacate", "ok"])
def test_what_only_the_server_says_is_unknown_from_a_client(t: str) -> None:
    assert refusal(msgspec.json.encode({"t": t})).code == "unknown_type"


def test_a_frame_over_64_kib_is_too_large() -> None:
    assert refusal('{"t":"chat.send","body":"' + "x" * 65_536 + '"}').code == "too_large"


def test_a_wrong_frame_still_tells_its_id() -> None:
    assert refusal('{"t":"seek","id":"c7"}').command_id == "c7"
    assert refusal('{"t":"seek","id":{"a":1}}').command_id is None


@pytest.mark.parametrize("kind", protocol.CLIENT_COMMANDS, ids=lambda kind: kind.__name__)
def test_every_command_is_known_on_the_wire_by_its_tag(kind: type[do.Command]) -> None:
    tag = kind.__struct_config__.tag
    needs_fields = any(field.required for field in msgspec.structs.fields(kind))
    if needs_fields:
        assert refusal(msgspec.json.encode({"t": tag})).code == "invalid"
    else:
        assert type(decode(msgspec.json.encode({"t": tag}))) is kind


def test_rest_builds_the_same_commands_and_gets_the_same_refusals() -> None:
    assert command("seek", {"position_ms": 5}) == do.Seek(position_ms=5)
    for t, fields, code, path in (
        ("seek", {}, "invalid", "position_ms"),
        ("seek", {"position_ms": float("nan")}, "invalid", "position_ms"),
        ("settings", {"emotes": {"Wow!": "🤯"}}, "invalid", "emotes"),
        ("settings", {"emotes": {f"e{n}": "🤯" for n in range(51)}}, "invalid", "emotes"),
        ("settings", {"emotes": {"wow": 5}}, "invalid", "emotes[...]"),
        ("nothing", {}, "unknown_type", "command"),
        ("hello", {"token": "x"}, "unknown_type", "command"),
    ):
        with pytest.raises(BadFrame) as caught:
            command(t, fields)
        assert (caught.value.code, caught.value.path) == (code, path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["t", "id", "position_ms", "body", "events", "resume", "x"]), json_values))
def test_no_object_raises_anything_but_a_bad_frame(fields: dict[str, object]) -> None:
    with suppress(BadFrame):
        decode(json.dumps(fields))  # the encoder that writes NaN and lone surrogates


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_bad_frame(data: bytes) -> None:
    with pytest.raises(BadFrame):
        decode(data)
