"""What moderators and staff did in a party, as its own log has it, and the removal of messages by staff."""

from api.ask import Caller
from api.problems import Problem, not_found
from api.schemas.moderation import Act, ModerationEntry
from api.services.parties import Parties
from api.services.party_past import PartyPast
from conf.clock import utc
from realtime.engine import Engine
from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import SYSTEM
from realtime.party.events import Entry
from realtime.party.permissions import moderates
from realtime.party.state import PartyState
from realtime.records import from_record
from store.database import Store
from store.documents import Party

TYPES = ("member.kicked", "member.banned", "member.muted", "chat.deleted")


class Moderation:
    def __init__(self, *, store: Store, engine: Engine, parties: Parties, past: PartyPast) -> None:
        self._store = store
        self._engine = engine
        self._parties = parties
        self._past = past

    async def moderated(self, party_id: str, caller: Caller) -> Party:
        """Find a party that the caller looks after. Raises `Problem`: `not_found`, `forbidden`."""
        party = await self._parties.visible(party_id, caller)
        if caller.staff or caller.user_id in {party.host_id, party.creator_id}:
            return party
        if caller.user_id is None or not moderates(await self._engine.state(party.id), caller.user_id):
            raise Problem("forbidden", "Only its host and moderators may see that.")
        return party

    async def log(self, party_id: str, *, after: int, limit: int) -> tuple[list[ModerationEntry], int | None]:
        """List kicks, bans, mutes and deletions after a seq; the second value is where the next page begins."""
        state = await self._engine.state(party_id)
        found: list[ModerationEntry] = []
        while True:
            records = await self._store.party_log_by_type.read(party_id, TYPES, after=after, limit=limit + 1)
            for record in records:
                after = record.seq
                shown = _shown(from_record(record), state)
                if shown is not None and len(found) == limit:
                    return found, found[-1].seq
                if shown is not None:
                    found.append(shown)
            if len(records) <= limit:
                return found, None

    async def remove_message(self, party_id: str, message_id: str, reason: str) -> None:
        """Take a message away as staff, by the same command as everybody; the room sees it go.

        Raises `Problem("not_found")` where there is none, or none any more.
        """
        if await self._past.message(party_id, message_id) is None:
            raise not_found("message")
        await self._engine.submit(
            party_id, do.DeleteMessage(message_id=message_id, reason=reason or None), actor=SYSTEM
        )


def _shown(entry: Entry, state: PartyState) -> ModerationEntry | None:
    """Show one act; None for what somebody did to themselves."""
    event = entry.event
    if not isinstance(event, ev.Kicked | ev.Banned | ev.Muted | ev.Deleted):
        return None
    member_id = event.member_id if isinstance(event, ev.Deleted) else event.member.id
    if entry.by is not None and entry.by == member_id:
        return None
    until_ms = None if isinstance(event, ev.Deleted) else event.until_ms
    return ModerationEntry(
        seq=entry.seq,
        at=utc(entry.at_ms),
        act=_act(event),
        by=entry.by,
        by_name=_name(state, entry.by),
        member_id=member_id,
        name=_name(state, member_id),
        message_id=event.message_id if isinstance(event, ev.Deleted) else None,
        until=None if until_ms is None else utc(until_ms),
        reason=event.reason,
    )


def _act(event: ev.Kicked | ev.Banned | ev.Muted | ev.Deleted) -> Act:
    match event:
        case ev.Kicked():
            return "kicked"
        case ev.Banned():
            return "banned"
        case ev.Deleted():
            return "message_deleted"
        case ev.Muted():
            return "muted" if event.muted else "unmuted"


def _name(state: PartyState, member_id: str | None) -> str | None:
    member = state.members.get(member_id or "")
    return member.name if member else None
