"""Each command of the protocol has a method of the client, whose fields the server decodes."""

import inspect
from typing import Any, get_type_hints

import pytest

from realtime import protocol
from realtime.client.asking import Accepted, Asking
from realtime.party.commands import CLIENT_COMMANDS, ChangeSettings
from realtime.protocol import React, Typing

CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("play", (5,), {}),
    ("pause", (), {}),
    ("seek", (5.5,), {}),
    ("rate", (1.5,), {}),
    ("add_to_queue", ("v",), {}),
    ("remove_from_queue", ("i",), {}),
    ("move_in_queue", ("i", 2), {}),
    ("play_from_queue", ("i",), {}),
    ("clear_queue", (), {}),
    ("vote_in_queue", ("i",), {"up": False}),
    ("skip", (), {}),
    ("vote_to_skip", (), {}),
    ("say", ("hi", "m"), {}),
    ("edit_message", ("m", "hi!"), {}),
    ("delete_message", ("m", "spam"), {}),
    ("react_to_message", ("m", "🚀"), {}),
    ("react", ("🚀",), {}),
    ("typing", (), {}),
    ("open_poll", ("Which?", ["this", "that"]), {"multiple": True}),
    ("vote", (1,), {}),
    ("close_poll", (), {}),
    ("ready", (), {"ready": False}),
    ("set_role", ("m", "cohost"), {}),
    ("kick", ("m", 5, "spoilers"), {}),
    ("ban", ("m",), {"reason": "spoilers"}),
    ("mute", ("m", 5), {}),
    ("unmute", ("m",), {}),
    ("transfer_host", ("m",), {}),
    ("change_settings", (), {"title": "Late", "guests": False, "wait": "all", "permissions": {"queue": "cohost"}}),
    ("set_password", (None,), {}),
    ("approve", ("m",), {}),
    ("deny", ("m",), {}),
    ("start", (), {}),
    ("end", (), {}),
]


class Kept(Asking):
    """Keeps what would be sent, as the server decodes it."""

    def __init__(self) -> None:
        self.sent: list[protocol.ClientFrame] = []

    async def command(self, t: str, *, timeout_s: float = 60.0, **fields: Any) -> Accepted:  # noqa: ARG002
        self.sent.append(protocol.command(t, fields))
        return Accepted(1, "c")

    def tell(self, t: str, **fields: Any) -> None:
        self.sent.append({"react": React, "typing": Typing}[t](**fields))


@pytest.mark.gen_test
async def test_every_command_can_be_asked_for() -> None:
    kept = Kept()
    for name, given, named in CALLS:
        answer = getattr(kept, name)(*given, **named)
        if inspect.isawaitable(answer):
            await answer
    left = {str(kind.__struct_config__.tag) for kind in CLIENT_COMMANDS} - {
        str(type(frame).__struct_config__.tag) for frame in kept.sent
    }
    assert left == {"leave"}, "which PartyClient itself does"
    mine = {name for name in vars(Asking) if not name.startswith("_")} - {"command", "tell"}
    assert mine == {name for name, _, _ in CALLS}


def test_all_settings_can_be_changed() -> None:
    known = set(get_type_hints(ChangeSettings)) - {"command_id", "password"}
    assert set(inspect.signature(Asking.change_settings).parameters) - {"self"} == known
