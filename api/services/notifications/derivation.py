"""From one event of a party's log to the notes that follow from it. Done again, it tells the same notes, once."""

import asyncio
import re
from collections.abc import Sequence

import msgspec

from api.services.notifications.notifier import Note, Notifier
from api.services.notifications.party_guests import PartyGuests, about, facts
from store.database import Store
from store.documents import About, Party, PartyEvent

NEWS = ("chat.sent", "party.started")
MOST_MENTIONS = 5
"""People one message reaches: whoever wants to tell a crowd invites them."""
AT_ONCE = 4
"""Notes on their way at a time, so that a host with many followers leaves the database to others too."""
MENTION = re.compile(r"(?<![\w@.])@([A-Za-z0-9][A-Za-z0-9_.-]{1,29})")


class Said(msgspec.Struct, frozen=True):
    """The part of a chat message that is used here."""

    id: str
    member_id: str
    name: str
    body: str
    reply_to: str | None = None


def is_news(record: PartyEvent) -> bool:
    """Say whether notes may follow from an event: most words name nobody and answer nobody, and cost nothing then."""
    if record.type != "chat.sent":
        return record.type in NEWS
    message = record.body.get("message")
    if not isinstance(message, dict):
        return True  # nobody can read it, and whoever tries says so
    return "@" in message["body"] or message.get("reply_to") is not None


class Derivation:
    def __init__(self, *, store: Store, notifier: Notifier, guests: PartyGuests) -> None:
        self._store = store
        self._notifier = notifier
        self._guests = guests

    async def tell(self, party_id: str, record: PartyEvent) -> None:
        """Tell whom an event concerns. Raises `store.errors.StoreError`: try the whole event again."""
        party = await self._store.parties.by_id(party_id)
        if party is None:  # deleted since: nobody is led to it any more
            return
        if record.type == "party.started":
            await self._started(party)
        elif record.type == "chat.sent":
            await self._said(party, record, msgspec.convert(record.body["message"], Said))

    async def _started(self, party: Party) -> None:
        """Tell of a start once a party: it may be vacated and start again."""
        everybody = [*await self._guests.expected(party), *await self._guests.followers(party)]
        host = await self._store.users.by_id(party.host_id)
        fields = {**facts(party), **({"username": host.username} if host else {})}
        notes = [
            Note(
                user_id=user_id,
                kind="party_started",
                key=f"party_started:{party.id}",
                by=party.host_id,
                about=about(party),
                fields=fields,
            )
            for user_id in dict.fromkeys(everybody)
            if user_id != party.host_id
        ]
        await self._tell_all(notes)

    async def _said(self, party: Party, record: PartyEvent, message: Said) -> None:
        kinds = dict.fromkeys(await self._mentioned(message.body), "mentioned")
        if message.reply_to is not None:
            before = await self._store.party_log_by_type.said(party.id, message.reply_to)
            if before is not None and before.user_id is not None:
                kinds[before.user_id] = "replied"  # both at once is a reply
        guest = {} if record.user_id is not None else {"username": message.name}
        notes = [
            Note(
                user_id=user_id,
                kind="replied" if kind == "replied" else "mentioned",
                key=f"{kind}:{record.event_id}",
                by=record.user_id,
                about=About(kind="message", id=message.id),
                fields={**facts(party), **guest, "party_id": party.id},
            )
            for user_id, kind in kinds.items()
            if user_id != record.user_id and _may_hear(party, user_id, by_guest=record.user_id is None)
        ]
        await self._tell_all(notes)

    async def _mentioned(self, body: str) -> list[str]:
        """Find the users whom a message names as `@username`, of the first few that it names."""
        names = list(dict.fromkeys(name.casefold() for name in MENTION.findall(body)))[:MOST_MENTIONS]
        # "@ann." is a name with a dot, or ann at the end of a sentence.
        tried = list(dict.fromkeys([*names, *(name.rstrip(".-") for name in names)]))
        found = await asyncio.gather(*(self._store.users.by_username(name) for name in tried))
        return [user.id for user in found if user is not None]

    async def _tell_all(self, notes: Sequence[Note]) -> None:
        for start in range(0, len(notes), AT_ONCE):
            await asyncio.gather(*(self._notifier.tell(note) for note in notes[start : start + AT_ONCE]))


def _may_hear(party: Party, user_id: str, *, by_guest: bool) -> bool:
    """Say whether somebody hears of what is said in a party: its members; others where they may see it.

    A guest has no account that could be blocked or banned, and reaches members only.
    """
    if user_id in {party.host_id, party.creator_id, *party.member_user_ids}:
        return True
    return party.visibility != "private" and not by_guest
