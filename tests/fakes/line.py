import json
from typing import Any

from realtime import session as ask
from realtime.session import Session

START_MS = 1_700_000_000_000.0


class Line:
    """A session with a clock that a test moves."""

    def __init__(self, *, entered: bool = True) -> None:
        self.now_ms = START_MS
        self.session = Session(self.now_ms)
        if entered:
            self.say({"t": "hello", "guest": "Gus"})
            self.session.entered(self.now_ms)

    def say(self, frame: object) -> list[ask.Action]:
        text = frame if isinstance(frame, str | bytes) else json.dumps(frame)
        return self.session.receive(text, self.now_ms)

    def answer(self, frame: object) -> dict[str, Any]:
        (action,) = self.say(frame)
        assert isinstance(action, ask.Send)
        return action.fields

    def tick(self, top_seq: int | None = None) -> list[ask.Action]:
        return self.session.tick(self.now_ms, top_seq)

    def wait(self, seconds: float) -> None:
        self.now_ms += seconds * 1000
