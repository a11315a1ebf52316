"""Who is connected and how their players do. Ephemeral: told to the others at most every 250 ms, never stored."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from msgspec import Struct

from realtime.census import Census
from realtime.knocks import Knocks
from realtime.party.state import Member
from realtime.protocol import StatusReport

OFFLINE = "offline"
FRESH_MS = 15_000
"""Players report every 5 s: one that has missed three says nothing about now, and nobody waits for it."""
HICCUP_MS = 700
"""A player that is dry for less than this has sought, or will go on by itself."""
MAX_RTT_MS = 5_000.0
"""Longer round trips are a player's mistake or a phone in a tunnel; nobody is made to wait for them."""


WATCHING = frozenset({"playing", "paused", "buffering"})


class Status(Struct, kw_only=True):
    """What one connection last said about its player."""

    status: str = "idle"
    drift_ms: float | None = None
    rtt_ms: float | None = None
    position_ms: float | None = None
    at_ms: float = 0
    since_ms: float = 0
    """Since when `status` is what it is."""
    played_ms: float | None = None
    """How long it last played without a break; None where it has played nothing of `video_id`."""
    video_id: str | None = None

    def take(self, report: StatusReport, video_id: str | None, now_ms: float) -> None:
        if video_id != self.video_id:
            self.video_id, self.played_ms, self.since_ms = video_id, None, now_ms
        if report.state != self.status:
            if self.status == "playing":
                self.played_ms = now_ms - self.since_ms
            self.status, self.since_ms = report.state, now_ms
        self.drift_ms, self.rtt_ms, self.position_ms, self.at_ms = (
            report.drift_ms,
            report.rtt_ms,
            report.position_ms,
            now_ms,
        )

    @property
    def trip_ms(self) -> float:
        """The round trip as others are made to wait for it."""
        return min(MAX_RTT_MS, self.rtt_ms or 0.0)

    def watches(self, now_ms: float) -> bool:
        return self.status in WATCHING and now_ms - self.at_ms <= FRESH_MS


class Elsewhere(Struct, frozen=True):
    """What another node says about its members of a party, until its lease is over."""

    members: dict[str, dict[str, Any]]
    watching: int
    until_ms: float


class Presence:
    """Keeps the connections of each party, by member. `changed(party_id)` is called when there is something to tell.

    `knocks` are those of people who are not in.
    """

    def __init__(self) -> None:
        self.knocks = Knocks()
        self.changed: Callable[[str], None] = lambda _party_id: None
        self._parties: dict[str, dict[str, dict[object, Status]]] = {}
        self._connected: dict[str, set[str]] = {}
        self._highest_rtt: dict[str, float] = {}
        self._dirty: dict[str, set[str]] = {}
        self._heard_of: dict[str, set[str]] = {}
        self._elsewhere: dict[str, dict[str, Elsewhere]] = {}
        self._censuses: dict[str, Census] = {}

    def enter(self, party_id: str, member_id: str, connection: object, now_ms: float) -> None:
        """Note one more connection of a member."""
        connections = self._parties.setdefault(party_id, {}).setdefault(member_id, {})
        if (before := connections.get(connection)) is not None:
            self._note_trip(party_id, before.trip_ms, 0.0)
        connections[connection] = Status(at_ms=now_ms)
        if party_id in self._connected:
            self._connected[party_id].add(member_id)
        self._note(party_id, member_id)

    def leave(self, party_id: str, member_id: str, connection: object) -> None:
        """Note that a connection is gone; the member stays where another one is left."""
        members = self._parties.get(party_id, {})
        connections = members.get(member_id, {})
        gone = connections.pop(connection, None)
        if gone is None:
            return
        self._note_trip(party_id, gone.trip_ms, 0.0)
        if not connections:
            del members[member_id]
            if party_id in self._elsewhere:  # they may be there still
                self._connected.pop(party_id, None)
            elif party_id in self._connected:
                self._connected[party_id].discard(member_id)
        if not members:
            del self._parties[party_id]
            self._censuses.pop(party_id, None)
            self._forget_sums(party_id)
        self._note(party_id, member_id)

    def report(
        self,
        party_id: str,
        member_id: str,
        connection: object,
        status: StatusReport,
        now_ms: float,
        *,
        video_id: str | None = None,
    ) -> None:
        """Take what a connection says about its player; `video_id` is what the party shows."""
        known = self._parties.get(party_id, {}).get(member_id, {}).get(connection)
        if known is None:
            return
        before = known.trip_ms
        known.take(status, video_id, now_ms)
        self._note_trip(party_id, before, known.trip_ms)
        self._note(party_id, member_id)

    def connected(self, party_id: str) -> AbstractSet[str]:
        """Look at the ids of the members with a connection, here or on another node; what is given goes on changing."""
        known = self._connected.get(party_id)
        if known is None:
            elsewhere = (told.members for told in self._elsewhere.get(party_id, {}).values())
            known = set(self._parties.get(party_id, ())).union(*elsewhere)
            if party_id in self._parties:  # else nobody would drop it
                self._connected[party_id] = known
        return known

    def count(self, party_id: str) -> int:
        """Count the members with a connection."""
        return len(self.connected(party_id))

    def dry(self, party_id: str, now_ms: float) -> dict[str, float | None]:
        """Name the members whose players have run dry, with how long each had played before; None for nothing yet."""
        found: dict[str, float | None] = {}
        for member_id, connections in self._parties.get(party_id, {}).items():
            status = _newest(connections)
            if status.status == "buffering" and status.watches(now_ms) and now_ms - status.since_ms >= HICCUP_MS:
                found[member_id] = status.played_ms
        return found

    def watching(self, party_id: str, now_ms: float) -> int:
        """Count the members whose players play along, or would, here and elsewhere."""
        elsewhere = sum(told.watching for told in self._elsewhere.get(party_id, {}).values())
        return self.watching_here(party_id, now_ms) + elsewhere

    def watching_here(self, party_id: str, now_ms: float) -> int:
        return sum(_newest(connections).watches(now_ms) for connections in self._parties.get(party_id, {}).values())

    def drifts_here(self, now_ms: float) -> Iterator[float]:
        """Tell how far off the players here are that play along, each as it said last."""
        for members in self._parties.values():
            for connections in members.values():
                for status in connections.values():
                    if status.drift_ms is not None and status.watches(now_ms):
                        yield status.drift_ms

    def highest_rtt_ms(self, party_id: str) -> float:
        """Return the round trip of the slowest member, 0 where nobody has said any."""
        highest = self._highest_rtt.get(party_id)
        if highest is None:
            trips = (
                connection.trip_ms
                for connections in self._parties.get(party_id, {}).values()
                for connection in connections.values()
            )
            theirs = (
                shown["rtt_ms"] or 0.0
                for told in self._elsewhere.get(party_id, {}).values()
                for shown in told.members.values()
            )
            highest = min(MAX_RTT_MS, max(*trips, *theirs, 0.0, 0.0))
            if party_id in self._parties:  # else nobody would drop it
                self._highest_rtt[party_id] = highest
        return highest

    def statuses(self, party_id: str) -> dict[str, dict[str, Any]]:
        """Show the connected members, by id: `status`, `drift_ms`, `rtt_ms`."""
        shown: dict[str, dict[str, Any]] = {}
        for told in self._elsewhere.get(party_id, {}).values():
            shown |= told.members
        return shown | self.here(party_id)

    def here(self, party_id: str) -> dict[str, dict[str, Any]]:
        """Show the members who are connected to this node."""
        return {member_id: self._shown(party_id, member_id) for member_id in self._parties.get(party_id, ())}

    def shown_here(self, party_id: str, member_id: str) -> dict[str, Any] | None:
        """Show a member who is connected to this node; None where they are not."""
        return self._shown(party_id, member_id) if member_id in self._parties.get(party_id, ()) else None

    def census(self, party_id: str, members: Mapping[str, Member]) -> bytes:
        """Show all `members` who are in the party, as JSON, to somebody who comes in."""
        census = self._censuses.get(party_id) or Census()
        if party_id in self._parties:  # else nobody would drop it
            self._censuses[party_id] = census
        return census.encoded(members, lambda member_id: self._shown(party_id, member_id))

    def hear(
        self, party_id: str, node_id: str, members: dict[str, dict[str, Any]], watching: int, until_ms: float
    ) -> None:
        """Take what another node says about its members: all of them. The mapping is not copied."""
        nodes = self._elsewhere.setdefault(party_id, {})
        self._censuses.pop(party_id, None)  # nobody says which of them changed
        if members:
            nodes[node_id] = Elsewhere(members, watching, until_ms)
        else:
            nodes.pop(node_id, None)
        self._forget_sums(party_id)

    def heard_of(self, party_id: str, member_ids: Iterable[str]) -> None:
        """Note of whom another node has said that they came, went or do otherwise.

        That node tells everybody too, but not whoever came in here in between and was shown what was known here by then.
        """
        if fresh := set(member_ids):
            self._heard_of.setdefault(party_id, set()).update(fresh)
            self.changed(party_id)

    def expire(self, now_ms: float) -> None:
        """Forget the nodes that have been silent for the length of their lease, and show that their members are gone."""
        for party_id, nodes in tuple(self._elsewhere.items()):
            for node_id in [name for name, told in nodes.items() if told.until_ms <= now_ms]:
                gone = nodes.pop(node_id)
                self._forget_sums(party_id)
                for member_id in gone.members:
                    self._note(party_id, member_id)

    def forget_elsewhere(self, party_id: str) -> None:
        """Let go of what other nodes say about a party that this one has nobody in any more."""
        self._elsewhere.pop(party_id, None)
        self._heard_of.pop(party_id, None)
        self._censuses.pop(party_id, None)
        self.knocks.forget_elsewhere(party_id)
        self._forget_sums(party_id)

    def changes(self, party_id: str) -> list[dict[str, Any]]:
        """Show the members who changed since this was asked last."""
        return self._all_shown(party_id, self._dirty.pop(party_id, set()))

    def news(self, party_id: str) -> list[dict[str, Any]]:
        """Show the members elsewhere who were heard of since this was asked last."""
        return self._all_shown(party_id, self._heard_of.pop(party_id, set()))

    def _all_shown(self, party_id: str, member_ids: Iterable[str]) -> list[dict[str, Any]]:
        return [{"id": member_id, **self._shown(party_id, member_id)} for member_id in sorted(member_ids)]

    def _shown(self, party_id: str, member_id: str) -> dict[str, Any]:
        """Show a member by the connection that spoke last."""
        connections = self._parties.get(party_id, {}).get(member_id)
        if not connections:
            for told in self._elsewhere.get(party_id, {}).values():
                if member_id in told.members:
                    return told.members[member_id]
            return {"status": OFFLINE, "drift_ms": None, "rtt_ms": None}
        newest = _newest(connections)
        return {"status": newest.status, "drift_ms": newest.drift_ms, "rtt_ms": newest.rtt_ms}

    def _forget_sums(self, party_id: str) -> None:
        self._connected.pop(party_id, None)
        self._highest_rtt.pop(party_id, None)

    def _note_trip(self, party_id: str, before_ms: float, after_ms: float) -> None:
        """Keep the highest round trip true without looking at all, which is done anew where the slowest got faster."""
        highest_ms = self._highest_rtt.get(party_id)
        if highest_ms is None:
            return
        if after_ms >= highest_ms:
            self._highest_rtt[party_id] = after_ms
        elif before_ms >= highest_ms:
            del self._highest_rtt[party_id]

    def _note(self, party_id: str, member_id: str) -> None:
        if census := self._censuses.get(party_id):
            census.stale.add(member_id)
        self._dirty.setdefault(party_id, set()).add(member_id)
        self.changed(party_id)


def _newest(connections: dict[object, Status]) -> Status:
    return max(connections.values(), key=lambda status: status.at_ms)
