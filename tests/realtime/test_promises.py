"""docs/contract.md names tests that are there, for everything that the protocol has."""

import re
from typing import get_args

import msgspec
import pytest

from realtime import errors, frames, protocol
from realtime.party.commands import ChangeSettings
from realtime.party.events import Cause
from tests.asvs.items import ROOT, names_in, place

PAGE = (ROOT / "docs/contract.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([a-z_0-9/]+::test_\w+)`", PAGE)))
WORDS = set(re.findall(r"`([\w.]+)`", PAGE))
BUGS = (
    "clock skew",
    "waiting deadlocks",
    "ghosts",
    "reset to 0:00",
    "clients lost at a deploy",
    "cut-off starts",
    "feedback loops",
    "lost hosts",
    "split rooms",
    "broadcast storms",
)


@pytest.mark.parametrize("short", NAMED)
def test_each_test_that_is_named_is_there(short: str) -> None:
    file, name = place(short)
    assert file.is_file(), file
    assert name in names_in(file)


def test_nothing_of_the_protocol_is_left_out() -> None:
    commands = {str(kind.__struct_config__.tag) for kind in protocol.CLIENT_COMMANDS + protocol.FRAMES}
    events = {name for name, _ in frames._FRAMES.values()}
    settings = {field.name for field in msgspec.structs.fields(ChangeSettings)} - {"command_id"}
    codes = {str(code) for code in errors.CLOSES}
    everything = commands | events | settings | codes | set(errors.ERRORS) | set(get_args(Cause))
    assert sorted(everything - WORDS) == []


@pytest.mark.parametrize("bug", BUGS)
def test_each_bug_of_others_is_shown_by_a_test_that_names_it(bug: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| {bug} |")]
    shown = re.findall(r"test_bugs_of_others::(test_\w+)", row)
    assert len(shown) == 1
    stem = re.sub(r"\W+", "_", bug).rstrip("s")
    assert stem in shown[0]
