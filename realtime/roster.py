"""What one node says about its members of one party: all of them in pieces of a bounded size, and from then on what changed.

Theory. Each message has a version, greater than all before it, and names the one that it builds upon (`since`). Who has heard
that one takes it; who has heard a later one has it already; anybody else has missed something and asks for all of it. A
message without `since` begins anew. A piece of a list is all that there is between two ids, so that members do not
disappear while the pieces come in.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct

MOST_MEMBERS = 2_000
"""Of one message: below 300 KB, where NATS takes 1 MiB."""

Shown = dict[str, Any]


class Told(Struct, frozen=True, kw_only=True, omit_defaults=True):
    party_id: str
    node_id: str
    version: int
    since: int | None = None
    members: dict[str, Shown] = {}
    gone: Sequence[str] = ()
    span: tuple[str, str] | None = None
    """`members` are all that there are after the first id, up to the second one; "" stands for either end."""
    watching: int = 0
    knocking: dict[str, Shown] | None = None
    """Who waits to be let in: all of them, or None where that is as it was."""


class Asked(Struct, frozen=True, kw_only=True):
    """Have `node_id`, or everybody where it is empty, tell all again."""

    party_id: str
    node_id: str
    by: str


class Teller:
    """Makes the messages of one node about one party; `version` gives the next number."""

    def __init__(self, party_id: str, node_id: str, version: Callable[[], int]) -> None:
        self._party_id = party_id
        self._node_id = node_id
        self._next = version
        self._last = 0
        self._knocking: dict[str, Shown] = {}

    def all(self, members: dict[str, Shown], knocking: dict[str, Shown], watching: int) -> Iterator[Told]:
        """Begin anew."""
        self._knocking = dict(knocking)
        ids = sorted(members)
        since, after = None, ""
        for start in range(0, max(1, len(ids)), MOST_MEMBERS):
            piece = ids[start : start + MOST_MEMBERS]
            upto = piece[-1] if start + MOST_MEMBERS < len(ids) else ""
            yield self._told(
                since,
                members={member_id: members[member_id] for member_id in piece},
                span=(after, upto),
                watching=watching,
                knocking=self._knocking,
            )
            since, after = self._last, upto

    def changes(self, changed: dict[str, Shown | None], knocking: dict[str, Shown], watching: int) -> Iterator[Told]:
        """Go on from the last message; None is a member who is not here any more. Without changes it is a sign of life."""
        ids = list(changed)
        for start in range(0, max(1, len(ids)), MOST_MEMBERS):
            piece = {member_id: changed[member_id] for member_id in ids[start : start + MOST_MEMBERS]}
            news = dict(knocking) if knocking != self._knocking else None
            self._knocking = dict(knocking)
            yield self._told(
                self._last,
                members={member_id: shown for member_id, shown in piece.items() if shown is not None},
                gone=[member_id for member_id, shown in piece.items() if shown is None],
                watching=watching,
                knocking=news,
            )

    def _told(self, since: int | None, **fields: Any) -> Told:
        self._last = self._next()
        return Told(party_id=self._party_id, node_id=self._node_id, version=self._last, since=since, **fields)


class Roster:
    """The members of one other node, as it has told them."""

    def __init__(self) -> None:
        self.members: dict[str, Shown] = {}
        self.knocking: dict[str, Shown] = {}
        self.watching = 0
        self.until_ms = 0.0
        self.changed: list[str] = []
        """Members who came, went or do otherwise by the message that was taken last."""
        self._version = 0

    @property
    def empty(self) -> bool:
        return not self.members and not self.knocking

    def take(self, told: Told) -> Literal["taken", "old", "gap"]:
        """Take a message, unless it is older than what is known (`old`) or builds upon one that is not (`gap`)."""
        if told.version <= self._version:
            return "old"
        if told.since is not None and told.since != self._version:
            return "gap"
        touched = {*told.members, *told.gone, *(self.members if told.span else ())}
        before = {member_id: self._status(member_id) for member_id in touched}
        if told.span is not None:
            self._clear(*told.span)
        for member_id in told.gone:
            self.members.pop(member_id, None)
        self.members |= told.members
        if told.knocking is not None:
            self.knocking = told.knocking
        self.changed = [member_id for member_id, status in before.items() if status != self._status(member_id)]
        self.watching, self._version = told.watching, told.version
        return "taken"

    def _status(self, member_id: str) -> object:
        shown = self.members.get(member_id)
        return shown and shown["status"]

    def _clear(self, after: str, upto: str) -> None:
        if (after, upto) == ("", ""):
            self.members = {}
            return
        for member_id in [each for each in self.members if each > after and (not upto or each <= upto)]:
            del self.members[member_id]
