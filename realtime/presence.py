"""Who is connected and how their players do. Ephemeral: told to the others at most every 250 ms, never stored."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from realtime.protocol import StatusReport

OFFLINE = "offline"
MAX_RTT_MS = 5_000.0
"""Longer round trips are a player's mistake or a phone in a tunnel; nobody is made to wait for them."""


class Status(Struct, kw_only=True):
    """What one connection last said about its player."""

    status: str = "idle"
    drift_ms: float | None = None
    rtt_ms: float | None = None
    position_ms: float | None = None
    at_ms: float = 0


class Presence:
    """Keeps the connections of each party, by member. `changed(party_id)` is called when there is something to tell."""

    def __init__(self) -> None:
        self.changed: Callable[[str], None] = lambda _party_id: None
        self._parties: dict[str, dict[str, dict[object, Status]]] = {}
        self._connected: dict[str, frozenset[str]] = {}
        self._highest_rtt: dict[str, float] = {}
        self._dirty: dict[str, set[str]] = {}

    def enter(self, party_id: str, member_id: str, connection: object, now_ms: float) -> None:
        """Note one more connection of a member."""
        members = self._parties.setdefault(party_id, {})
        members.setdefault(member_id, {})[connection] = Status(at_ms=now_ms)
        self._note(party_id, member_id)

    def leave(self, party_id: str, member_id: str, connection: object) -> None:
        """Note that a connection is gone; the member stays where another one is left."""
        members = self._parties.get(party_id, {})
        connections = members.get(member_id, {})
        if connections.pop(connection, None) is None:
            return
        if not connections:
            del members[member_id]
        if not members:
            del self._parties[party_id]
        self._note(party_id, member_id)

    def report(self, party_id: str, member_id: str, connection: object, status: StatusReport, now_ms: float) -> None:
        """Take what a connection says about its player."""
        known = self._parties.get(party_id, {}).get(member_id, {}).get(connection)
        if known is None:
            return
        known.status, known.drift_ms, known.at_ms = status.state, status.drift_ms, now_ms
        known.rtt_ms, known.position_ms = status.rtt_ms, status.position_ms
        self._note(party_id, member_id)

    def connected(self, party_id: str) -> frozenset[str]:
        """List the ids of the members with a connection."""
        if party_id not in self._connected:
            self._connected[party_id] = frozenset(self._parties.get(party_id, ()))
        return self._connected[party_id]

    def count(self, party_id: str) -> int:
        """Count the members with a connection."""
        return len(self._parties.get(party_id, ()))

    def highest_rtt_ms(self, party_id: str) -> float:
        """Return the round trip of the slowest member, 0 where nobody has said any."""
        if party_id not in self._highest_rtt:
            trips = (
                connection.rtt_ms or 0.0
                for connections in self._parties.get(party_id, {}).values()
                for connection in connections.values()
            )
            self._highest_rtt[party_id] = min(MAX_RTT_MS, max(trips, default=0.0))
        return self._highest_rtt[party_id]

    def statuses(self, party_id: str) -> dict[str, dict[str, Any]]:
        """Show the connected members, by id: `status`, `drift_ms`, `rtt_ms`."""
        return {member_id: self._shown(party_id, member_id) for member_id in self._parties.get(party_id, ())}

    def changes(self, party_id: str) -> list[dict[str, Any]]:
        """Show the members who changed since this was asked last."""
        dirty = self._dirty.pop(party_id, set())
        return [{"id": member_id, **self._shown(party_id, member_id)} for member_id in sorted(dirty)]

    def _shown(self, party_id: str, member_id: str) -> dict[str, Any]:
        """Show a member by the connection that spoke last."""
        connections = self._parties.get(party_id, {}).get(member_id)
        if not connections:
            return {"status": OFFLINE, "drift_ms": None, "rtt_ms": None}
        newest = max(connections.values(), key=lambda status: status.at_ms)
        return {"status": newest.status, "drift_ms": newest.drift_ms, "rtt_ms": newest.rtt_ms}

    def _note(self, party_id: str, member_id: str) -> None:
        self._connected.pop(party_id, None)
        self._highest_rtt.pop(party_id, None)
        self._dirty.setdefault(party_id, set()).add(member_id)
        self.changed(party_id)
