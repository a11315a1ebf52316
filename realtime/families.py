"""Logins that ended of late: a connection may be between its credential and its party when its login ends."""

from collections import OrderedDict

KEPT = 10_000
"""About 2 MB; a connection is on its way in for less than a second."""


class EndedFamilies:
    def __init__(self) -> None:
        self._codes: OrderedDict[str, int] = OrderedDict()

    def note(self, family: str, code: int) -> None:
        """Remember that the connections of a login are to be closed with `code`."""
        self._codes[family] = code
        if len(self._codes) > KEPT:
            self._codes.popitem(last=False)

    def code_of(self, family: str | None) -> int | None:
        """Give the code with which a connection is closed, None where its login goes on."""
        return self._codes.get(family) if family is not None else None
