"""Who waits outside each party to be let in. Known as presence is: by the connections that wait, here and on other nodes.

A knock is gone with its last connection, or with the lease of the node that it waits at; nothing of it is stored.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from realtime.limits import TokenBucket
from realtime.party.context import Actor

MOST_KNOCKING = 50
"""People who may wait outside one party at once: more than anybody looks through."""
KNOCKS_PER_SECOND, KNOCKS_AT_ONCE = 2, MOST_KNOCKING
"""New knocks at one party on one node. Whoever only comes and goes must not keep its moderators' lists flickering."""

Shown = dict[str, Any]


class Elsewhere(Struct, frozen=True):
    """Who knocks at another node, until its lease is over."""

    people: dict[str, Shown]
    until_ms: float


class Knocks:
    """`changed(party_id)` is called when there is something to tell."""

    def __init__(self) -> None:
        self.changed: Callable[[str], None] = lambda _party_id: None
        self._people: dict[str, dict[str, Shown]] = {}
        self._connections: dict[tuple[str, str], set[object]] = {}
        self._elsewhere: dict[str, dict[str, Elsewhere]] = {}
        self._rates: dict[str, TokenBucket] = {}

    def enter(self, party_id: str, actor: Actor, connection: object, now_ms: float) -> bool:
        """Note that a connection waits; False where too many do, or new ones come too fast."""
        member_id = str(actor.member_id)
        people = self._people.get(party_id, {})
        if member_id not in people:
            rate = self._rates.setdefault(party_id, TokenBucket(KNOCKS_PER_SECOND, KNOCKS_AT_ONCE, now_ms))
            if len(self._all(party_id)) >= MOST_KNOCKING or rate.take(now_ms) > 0:
                return False
            shown = {"id": member_id, "user_id": actor.user_id, "name": actor.name, "since_ms": now_ms}
            self._people.setdefault(party_id, {})[member_id] = shown
            self.changed(party_id)
        self._connections.setdefault((party_id, member_id), set()).add(connection)
        return True

    def leave(self, party_id: str, member_id: str, connection: object) -> None:
        """Note that a connection waits no longer: it is gone, or was answered."""
        connections = self._connections.get((party_id, member_id), set())
        connections.discard(connection)
        if connections or member_id not in self._people.get(party_id, {}):
            return
        del self._connections[(party_id, member_id)], self._people[party_id][member_id]
        if not self._people[party_id]:
            del self._people[party_id]
        self.changed(party_id)

    def shown(self, party_id: str) -> list[Shown]:
        """List who waits, on any node, the longest first."""
        return sorted(self._all(party_id).values(), key=lambda person: (person["since_ms"], person["id"]))

    def here(self, party_id: str) -> dict[str, Shown]:
        """List who waits on this node, by member id."""
        return self._people.get(party_id, {})

    def hear(self, party_id: str, node_id: str, people: dict[str, Shown], until_ms: float) -> None:
        """Take what another node says about who waits there."""
        nodes = self._elsewhere.setdefault(party_id, {})
        before = nodes.pop(node_id, None)
        if people:
            nodes[node_id] = Elsewhere(people, until_ms)
        if not nodes:
            del self._elsewhere[party_id]
        if people != (before.people if before else {}):
            self.changed(party_id)

    def expire(self, now_ms: float) -> None:
        """Forget who waited at nodes that have been silent for the length of their lease, and rates that are full again."""
        for party_id, nodes in tuple(self._elsewhere.items()):
            for node_id in [name for name, told in nodes.items() if told.until_ms <= now_ms]:
                self.hear(party_id, node_id, {}, now_ms)
        for party_id in [name for name, rate in self._rates.items() if rate.full(now_ms)]:
            del self._rates[party_id]

    def forget_elsewhere(self, party_id: str) -> None:
        """Let go of what other nodes say about a party that this one has nobody in any more."""
        self._elsewhere.pop(party_id, None)

    def _all(self, party_id: str) -> dict[str, Shown]:
        people: dict[str, Shown] = {}
        for told in self._elsewhere.get(party_id, {}).values():
            people |= told.people
        return people | self._people.get(party_id, {})
