"""A small lake in which everything lies on a line, or a hair beside it: 3 s and 2.999 s, a bin's middle, 30 s of silence."""

from itertools import count
from typing import Any

from tests.oracle.histories import DAY, START

LENGTH = 100_000
"""The middles of its bins are 500, 1,500, … 99,500."""
OPENS = START + DAY // 2


class Lines:
    """Makes the rows; each visit is a session of a person of its own."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._numbers = count()

    def lake(self) -> list[dict[str, Any]]:
        party = {"party_id": "lines", "user_id": "host"}
        self._row("party.created", OPENS - 1, **party, video_id="film", duration_ms=LENGTH, uploader_id="zoe")
        self._row("playback.video_changed", OPENS, **party, video_id="short", duration_ms=30_000)
        self._row("party.started", OPENS, **party)
        self._row("party.ended", OPENS + DAY // 4, **party)
        for watched in (2_999, 3_000, 3_001):
            self._watches("none", (0, watched))
        for half in (14_999, 15_000, 15_001, 29_999, 30_000):
            self._watches("short", (0, min(half, 10_000)), (10_000, half))
            self._watches("none", *steps(half))
        for end in (93_501, 94_500, 94_501, 95_501):
            self._watches("film", *steps(end))
        for end in (97_999, 98_000, 98_001, 100_000, 120_000):
            self._watches("film", (0, 4_000), (end - 4_000, end))
        for share in (24, 25, 49, 50, 74, 75):
            self._watches("film", *steps(share * 1_000))
        for start, end in ((500, 4_500), (501, 4_501), (499, 4_499), (0, 500), (0, 501), (99_500, 110_000)):
            self._watches("film", (start, end), (50_000, 55_000))
        for silence in (29_999, 30_000, 30_001):
            self._leaves_for(silence)
            self._is_silent_for(silence)
            self._says_last_words_after(silence)
        self._comes_and_goes()
        self._changes_sockets()
        self._watches("film", (0, 9_000), drift=1_000.0)
        self._watches("film", (0, 9_000), drift=1_000.5)
        return self.rows

    def _watches(self, film: str, *pieces: tuple[int, int], drift: float | None = None) -> None:
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        for number, (start, end) in enumerate(pieces):
            self._row(
                "view.watched", OPENS + 10_000 * (number + 1), **who, video_id=film,
                watched_ms=end - start, from_ms=start, to_ms=end, drift_ms=drift,
            )  # fmt: skip
        self._row("party.left", OPENS + 200_000, **who, connection_id="1")

    def _leaves_for(self, silence: int) -> None:
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        self._row("party.left", OPENS + 50_000, **who, connection_id="1")
        self._row("party.joined", OPENS + 50_000 + silence, **who, connection_id="2")

    def _is_silent_for(self, silence: int) -> None:
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        self._row("chat.sent", OPENS + 50_000, **who, video_id="film")
        self._row("party.joined", OPENS + 50_000 + silence, **who, connection_id="2")

    def _says_last_words_after(self, silence: int) -> None:
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        self._row("party.left", OPENS + 50_000, **who, connection_id="1")
        self._row("chat.sent", OPENS + 50_000 + silence, **who, video_id="film")

    def _comes_and_goes(self) -> None:
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        self._row("party.left", OPENS, **who, connection_id="1")

    def _changes_sockets(self) -> None:
        """The old socket's end is seen after the new one's begin: the silence in between was no absence."""
        who = self._somebody()
        self._row("party.joined", OPENS, **who, connection_id="1")
        self._row("party.joined", OPENS + 50_000, **who, connection_id="2")
        self._row("party.left", OPENS + 52_000, **who, connection_id="1")
        self._row("party.left", OPENS + 90_000, **who, connection_id="2")

    def _somebody(self) -> dict[str, Any]:
        number = next(self._numbers)
        return {"party_id": "lines", "session_id": f"s{number:03}", "user_id": f"user{number:03}", "device": "tv"}

    def _row(self, kind: str, at: int, **values: Any) -> None:
        event_id = f"e{next(self._numbers):05}"
        self.rows.append({"event_id": event_id, "type": kind, "v": 1, "at": at, "received_at": at, **values})


def steps(end: int) -> list[tuple[int, int]]:
    """Cut what is watched from the start to `end` into heartbeats."""
    return [(start, min(end, start + 10_000)) for start in range(0, end, 10_000)]
