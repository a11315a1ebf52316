"""The party as lists show it, kept in step with its log; the log is right where the two differ."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter, is_not
from typing import Any, Protocol

import msgspec

from conf import logs
from conf.clock import utc
from realtime.party.events import Entry, Joined
from realtime.party.state import PartyState
from store.documents import Party
from store.errors import Unavailable

log = logs.get("realtime.projection")

PROJECTED = (
    "title",
    "status",
    "visibility",
    "host_id",
    "settings",
    "members",
    "started_ms",
    "scheduled_for_ms",
    "ended_ms",
)
"""Fields of the state that `columns` reads, beside the video."""
_projected = attrgetter(*PROJECTED)


class Parties(Protocol):
    """The part of the store's parties that is used here."""

    async def add(self, party: Party) -> None: ...

    async def by_id(self, party_id: str) -> Party | None: ...

    async def by_code(self, code: str) -> Party | None: ...

    async def live(self) -> list[str]: ...

    async def opening(self, until: datetime) -> list[str]: ...

    async def project(
        self, party_id: str, seq: int, changes: Mapping[str, Any], add_member_user_id: str | None = None
    ) -> bool: ...


class Projector:
    """Writes what a commit changed. A failure is healed by the party's next change, or when it is opened again."""

    def __init__(self, parties: Parties) -> None:
        self._parties = parties
        self._unhealed: set[str] = set()

    def concerns(self, before: PartyState, after: PartyState) -> bool:
        """Say whether there may be something to project: most commits are words, and leave all that is projected as it was."""
        return _moved(before, after) or after.party_id in self._unhealed

    async def project(self, before: PartyState, after: PartyState, entries: Sequence[Entry]) -> None:
        """Write what a commit changed."""
        if after.party_id in self._unhealed:
            await self.heal(after)
            return
        old, new = columns(before), columns(after)
        changes = {name: value for name, value in new.items() if old[name] != value}
        newcomers = [
            (entry.seq, entry.event.member.user_id)
            for entry in entries
            if isinstance(entry.event, Joined) and entry.event.member.user_id
        ]
        if not changes and not newcomers:
            return
        await self._write(after, changes, newcomers)

    async def heal(self, state: PartyState) -> None:
        """Bring a projection that may have missed something up to the party as it is."""
        try:
            stored = await self._parties.by_id(state.party_id)
        except Unavailable:
            self._note_failure(state)
            return
        if stored is None or stored.seq >= state.seq:
            return
        missing = {member.user_id for member in state.members.values()} - {None, *stored.member_user_ids}
        # Whoever is missing entered after stored.seq, so there are enough seqs in between for one call each.
        seqs = range(stored.seq + 1, state.seq + 1)
        newcomers = [(seq, user_id) for seq, user_id in zip(seqs, sorted(filter(None, missing)), strict=False)]
        await self._write(state, columns(state), newcomers)

    async def _write(self, state: PartyState, changes: dict[str, Any], newcomers: Sequence[tuple[int, str]]) -> None:
        """Write each newcomer at a seq of their own and the changes at the last one: the store takes a seq once."""
        try:
            for seq, user_id in newcomers:
                await self._parties.project(state.party_id, seq, changes if seq == state.seq else {}, user_id)
            if changes and (not newcomers or newcomers[-1][0] < state.seq):
                await self._parties.project(state.party_id, state.seq, changes)
        except Unavailable:
            self._note_failure(state)
        else:
            self._unhealed.discard(state.party_id)

    def _note_failure(self, state: PartyState) -> None:
        self._unhealed.add(state.party_id)
        log.warning("projection_behind", party_id=state.party_id, seq=state.seq)


def _moved(before: PartyState, after: PartyState) -> bool:
    """Say whether anything that is projected may have changed."""
    if before.playback.video_id != after.playback.video_id:
        return True
    return any(map(is_not, _projected(before), _projected(after)))  # of every command: 0.5 µs, in a loop 3


def columns(state: PartyState) -> dict[str, Any]:
    """Show a party in its projected fields; who is in the party is added person by person."""
    return {
        "title": state.title,
        "status": state.status,
        "visibility": state.visibility,
        "host_id": state.host_id,
        "video_id": state.playback.video_id,
        "settings": msgspec.to_builtins(state.settings),
        "members_count": sum(member.present for member in state.members.values()),
        "started_at": None if state.started_ms is None else utc(state.started_ms),
        "scheduled_for": None if state.scheduled_for_ms is None else utc(state.scheduled_for_ms),
        "ended_at": None if state.ended_ms is None else utc(state.ended_ms),
    }


def as_party(state: PartyState, password_hash: str | None) -> Party:
    """Make the document of a new party."""
    return Party(
        id=state.party_id,
        code=state.code,
        description=state.description,
        creator_id=state.creator_id,
        password_hash=password_hash,
        seq=state.seq,
        created_at=utc(state.created_ms),
        **columns(state),
    )
