"""Commands that wait for their answers; they outlive the links that carried them."""

import asyncio

from realtime.client.errors import CommandRefused, CommandUnanswered
from realtime.client.link import Frame

RETRIED = frozenset({"unavailable", "not_ready"})
"""Answers after which the same command, with the same id, is sent again without asking the caller."""


class _Waiting:
    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.sendings = 0
        self.answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()


class Pending:
    def __init__(self) -> None:
        self.acked: list[tuple[str, int]] = []
        """Every command that was acknowledged with a seq: (command id, seq), in the order of the answers."""
        self.put_off = 0
        """Answers that asked to come again later."""
        self._waiting: dict[str, _Waiting] = {}

    def add(self, frame: Frame) -> "asyncio.Future[Frame]":
        """Keep a command, by its id; the future gives its `ok` frame, or raises `CommandRefused`."""
        waiting = self._waiting[frame["id"]] = _Waiting(frame)
        return waiting.answer

    def drop(self, command_id: str) -> None:
        """Forget a command whose caller no longer waits."""
        waiting = self._waiting.pop(command_id, None)
        if waiting is not None:
            waiting.answer.cancel()

    def to_send(self, command_id: str) -> Frame | None:
        """Give the frame of a command that still waits, and count it as sent."""
        waiting = self._waiting.get(command_id)
        if waiting is None:
            return None
        waiting.sendings += 1
        return waiting.frame

    def ids(self) -> list[str]:
        """List what waits, in the order of asking."""
        return list(self._waiting)

    def accept(self, frame: Frame) -> None:
        """Settle a command by its `ok`; an answer that came twice counts once."""
        waiting = self._waiting.pop(frame.get("id", ""), None)
        if waiting is None:
            return
        if frame.get("seq") is not None:
            self.acked.append((frame["id"], frame["seq"]))
        if not waiting.answer.done():
            waiting.answer.set_result(frame)

    def refuse(self, frame: Frame) -> bool:
        """Settle a command by its `error`; False where it is to be sent again a little later."""
        waiting = self._waiting.get(frame.get("id", ""))
        if waiting is None:
            return True
        # A reconnect sends all that waits at once: a budget exceeded by that is ours to respect, not the caller's fault.
        if frame["code"] in RETRIED or (frame["code"] == "rate_limited" and waiting.sendings > 1):
            self.put_off += 1
            return False
        del self._waiting[frame["id"]]
        if not waiting.answer.done():
            waiting.answer.set_exception(_refused(frame))
        return True

    def lose_sent(self) -> None:
        """Give up what was sent in a session that is gone: in another session its id would not make a repetition safe."""
        for command_id, waiting in list(self._waiting.items()):
            if waiting.sendings:
                self._fail(command_id, CommandUnanswered(command_id))

    def fail_all(self, error: Exception) -> None:
        for command_id in list(self._waiting):
            self._fail(command_id, error)

    def _fail(self, command_id: str, error: Exception) -> None:
        answer = self._waiting.pop(command_id).answer
        if not answer.done():
            answer.set_exception(error)


def _refused(frame: Frame) -> CommandRefused:
    return CommandRefused(
        frame["code"], frame.get("message", ""), path=frame.get("path"), retry_after_ms=frame.get("retry_after_ms")
    )
