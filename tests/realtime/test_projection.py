"""What lists show of a party, kept in step with its log."""

from typing import Any

from realtime.projection import PROJECTED, columns
from tests.fakes.party import Stage


class Watched:
    """A party that notes what is read of it."""

    def __init__(self, state: Any) -> None:
        self._state = state
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return getattr(self._state, name)


def test_whatever_lists_show_is_looked_at_to_see_whether_it_changed() -> None:
    watched = Watched(Stage().state)
    columns(watched)  # type: ignore[arg-type]
    assert watched.read - {"playback"} == set(PROJECTED)
