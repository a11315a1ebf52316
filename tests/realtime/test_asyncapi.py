"""The AsyncAPI document is whole: valid by the rules of AsyncAPI 3.0, with all that the server hears and says, and no page differs."""

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from realtime import errors, frames, outgoing, protocol
from realtime.asyncapi import document
from realtime.asyncapi.described import DESCRIBED
from realtime.asyncapi.page import PAGE, TABLES, page
from realtime.outgoing.answers import Code
from realtime.party import refused
from realtime.party.commands import CLIENT_COMMANDS
from tests.realtime.authorisation.roles import HELD

DOCUMENT = document(version="0.0.test")
RULES = json.loads((Path(__file__).parent / "vendor" / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]
HEARD = {str(kind.__struct_config__.tag) for kind in (*protocol.FRAMES, *CLIENT_COMMANDS)}


def faults(candidate: dict[str, Any]) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(RULES).iter_errors(candidate)]


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*(references(each) for each in part.values()))
    return set().union(*(references(each) for each in part)) if isinstance(part, list) else set()


def test_it_is_valid_by_the_rules_of_asyncapi_30() -> None:
    assert faults(DOCUMENT) == []
    assert faults({**DOCUMENT, "operations": {"x": {"action": "shout"}}}) != []


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place, reference


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)
        Draft202012Validator.check_schema(schema)


def test_every_frame_that_the_server_decodes_is_in_it() -> None:
    assert set(DESCRIBED) == HEARD
    assert {f"client.{t}" for t in HEARD} | {f"client.me.{t}" for t in ("hello", "clock", "ping", "pong")} == {
        key for key in MESSAGES if key.startswith("client.")
    }


def test_every_event_of_the_log_has_its_frame() -> None:
    assert {name for name, _ in frames._FRAMES.values()} == {
        str(kind.__struct_config__.tag) for kind in outgoing.EVENTS
    }
    assert set(get_args(outgoing.events.AnyEventFrame)) == set(outgoing.EVENTS)


def test_who_may_send_what_is_as_it_was_reviewed() -> None:
    said = {t: about.least for t, about in DESCRIBED.items()}
    reviewed = {t: HELD[t].least for t in HEARD}
    assert said == reviewed | {"hello": "outsider"}


def test_every_code_is_in_it_and_says_whether_to_retry() -> None:
    assert set(get_args(Code)) == set(errors.ERRORS) == set(DOCUMENT["x-error-codes"])
    assert {*get_args(refused.Code), *get_args(protocol.ErrorCode)} <= set(errors.ERRORS)
    assert {int(code) for code in DOCUMENT["x-close-codes"]} == set(errors.CLOSES)
    assert all(each["retry"] == errors.may_come_back(int(code)) for code, each in DOCUMENT["x-close-codes"].items())


def test_every_operation_of_a_client_has_its_answer() -> None:
    bare = {key for key, each in DOCUMENT["operations"].items() if each["action"] == "receive" and "reply" not in each}
    assert bare == {"client.pong", "client.me.pong"}


@pytest.mark.parametrize("t", sorted(HEARD))
def test_the_server_decodes_its_own_examples_and_so_does_the_schema(t: str) -> None:
    message = MESSAGES[f"client.{t}"]
    schema = {**message["payload"], "components": DOCUMENT["components"]}
    assert message["examples"]
    for example in message["examples"]:
        frame = protocol.decode(msgspec.json.encode(example["payload"]))
        assert frame.command_id == example["payload"]["id"]
        Draft202012Validator(schema).validate(example["payload"])


def test_everything_is_said_in_a_sentence() -> None:
    bare = [key for key, message in MESSAGES.items() if not message["summary"].rstrip().endswith(".")]
    assert bare == []
    assert all(set(about.causes) <= {key.removeprefix("server.") for key in MESSAGES} for about in DESCRIBED.values())


def test_the_page_has_all_tables_as_they_are_now() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [made.__name__ for made in TABLES if made() not in text]
    assert missing == [], "run `python -m realtime.asyncapi.page`"
    assert page(text) == text
