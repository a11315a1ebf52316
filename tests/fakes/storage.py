"""The store in memory: real implementations of the ports that stand in realtime/, with faults that a test can switch on."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from realtime.blocks import Blocks
from realtime.credentials import BadCredential, Identity
from realtime.party.state import Video
from realtime.protocol import Hello
from store.documents import Party, PartyEvent, PartySnapshot, ReactedMinute, TelemetryEvent
from store.errors import AlreadyExists, SeqTaken, Unavailable


class MemoryPartyLog:
    """Satisfies `realtime.rooms.PartyLog`. Records are encoded and decoded, as a database would."""

    def __init__(self) -> None:
        self._parties: dict[str, list[bytes]] = {}
        self._epochs: dict[str, str] = {}
        self.records_read = 0
        self.appends = 0
        self.lose_before = 0
        """So many appends fail before they store anything."""
        self.lose_after = 0
        """So many appends store, and then the answer is lost."""
        self.refuse_reads = 0
        self.gate: asyncio.Event | None = None
        """Appends wait here, so that a test can see what happens before they are durable."""
        self.late_answer: asyncio.Event | None = None
        """Appends have stored and wait here before they say so."""

    async def append(self, party_id: str, expected_seq: int, events: Sequence[PartyEvent]) -> None:
        self.appends += 1
        assert [event.seq for event in events] == list(range(expected_seq + 1, expected_seq + 1 + len(events)))
        assert 0 < len(events) <= 64
        await asyncio.sleep(0)
        if self.gate is not None:
            await self.gate.wait()
        if self.lose_before:
            self.lose_before -= 1
            raise Unavailable("lost before it was stored")
        stored = self._parties.setdefault(party_id, [])
        if len(stored) != expected_seq:
            raise SeqTaken(party_id, expected_seq + 1)
        stored.extend(msgspec.msgpack.encode(event) for event in events)
        if self.late_answer is not None:
            await self.late_answer.wait()
        if self.lose_after:
            self.lose_after -= 1
            raise Unavailable("lost after it was stored")

    async def read(self, party_id: str, after: int = 0, limit: int | None = None) -> list[PartyEvent]:
        await asyncio.sleep(0)
        if self.refuse_reads:
            self.refuse_reads -= 1
            raise Unavailable("no reading now")
        stored = self._parties.get(party_id, [])[after:][:limit]
        self.records_read += len(stored)
        return [msgspec.msgpack.decode(row, type=PartyEvent) for row in stored]

    async def epoch(self, party_id: str) -> str | None:
        await asyncio.sleep(0)
        if self.refuse_reads:
            self.refuse_reads -= 1
            raise Unavailable("no reading now")
        first = self.all(party_id)[:1]
        return self._epochs.get(party_id, first[0].event_id) if first else None

    async def renew_epoch(self, party_id: str) -> None:
        self._epochs[party_id] = f"epoch-{len(self._epochs)}"

    def top(self, party_id: str) -> int:
        return len(self._parties.get(party_id, ()))

    def after(self, party_id: str, seq: int) -> list[PartyEvent]:
        return [msgspec.msgpack.decode(row, type=PartyEvent) for row in self._parties.get(party_id, [])[seq:]]

    def all(self, party_id: str) -> list[PartyEvent]:
        return [msgspec.msgpack.decode(row, type=PartyEvent) for row in self._parties.get(party_id, [])]


class MemorySnapshots:
    """Satisfies `realtime.snapshots.SnapshotStore`."""

    def __init__(self) -> None:
        self.rows: dict[str, PartySnapshot] = {}
        self.asked = 0
        """To keep one."""
        self.lose = 0

    async def newest(self, party_id: str, epoch: str, version: int) -> PartySnapshot | None:
        await asyncio.sleep(0)
        wanted = (party_id, epoch, version)
        found = [row for row in self.rows.values() if (row.party_id, row.epoch, row.version) == wanted]
        return max(found, key=lambda row: row.seq, default=None)

    async def keep(self, snapshot: PartySnapshot) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.lose:
            self.lose -= 1
            raise Unavailable("no snapshot now")
        self.rows.setdefault(snapshot.id, snapshot)

    async def drop(self, snapshot_id: str) -> None:
        await asyncio.sleep(0)
        self.rows.pop(snapshot_id, None)


class MemoryParties:
    """Satisfies `realtime.projection.Parties`."""

    def __init__(self) -> None:
        self.rows: dict[str, Party] = {}
        self.lose = 0

    async def add(self, party: Party) -> None:
        if any(row.code == party.code for row in self.rows.values()):
            raise AlreadyExists("code")
        self.rows[party.id] = party

    async def by_id(self, party_id: str) -> Party | None:
        await asyncio.sleep(0)
        return self.rows.get(party_id)

    async def by_code(self, code: str) -> Party | None:
        await asyncio.sleep(0)
        return next((row for row in self.rows.values() if row.code == code.upper()), None)

    async def live(self) -> list[str]:
        await asyncio.sleep(0)
        return [row.id for row in self.rows.values() if row.status == "live"]

    async def opening(self, until: datetime) -> list[str]:
        await asyncio.sleep(0)
        due = [row for row in self.rows.values() if row.status == "scheduled" and row.scheduled_for is not None]
        return [row.id for row in due if row.scheduled_for is not None and row.scheduled_for <= until]

    async def project(
        self, party_id: str, seq: int, changes: Mapping[str, Any], add_member_user_id: str | None = None
    ) -> bool:
        await asyncio.sleep(0)
        if self.lose:
            self.lose -= 1
            raise Unavailable("the projection is lost")
        row = self.rows.get(party_id)
        if row is None or row.seq >= seq:
            return False
        members = list(row.member_user_ids)
        if add_member_user_id is not None and add_member_user_id not in members:
            members.append(add_member_user_id)
        self.rows[party_id] = msgspec.structs.replace(row, **changes, seq=seq, member_user_ids=members)
        return True


class Counted(msgspec.Struct):
    accepted: int
    duplicates: int


class MemoryEvents:
    """Satisfies `realtime.telemetry.Events`."""

    def __init__(self) -> None:
        self.rows: dict[str, TelemetryEvent] = {}
        self.lose = 0

    async def record(self, events: Sequence[TelemetryEvent]) -> Counted:
        await asyncio.sleep(0)
        if self.lose:
            self.lose -= 1
            raise Unavailable("no events now")
        fresh = {event.event_id: event for event in events if event.event_id not in self.rows}
        self.rows |= fresh
        return Counted(len(fresh), len(events) - len(fresh))

    def of(self, kind: str) -> list[TelemetryEvent]:
        return [row for row in self.rows.values() if row.type == kind]


class MemoryReactions:
    """Satisfies `realtime.reactions.KeptReactions`."""

    def __init__(self) -> None:
        self.minutes: dict[str, ReactedMinute] = {}
        self.away = False

    async def keep(self, minute: ReactedMinute) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("no keeping now")
        self.minutes[minute.id] = minute


class MemoryFacts:
    """Satisfies `realtime.facts.Facts`."""

    def __init__(self, *videos: Video) -> None:
        self.videos = {video.id: video for video in videos}

    async def video(self, video_id: str, user_id: str | None) -> Video | None:
        await asyncio.sleep(0)
        return None if user_id == "blind" else self.videos.get(video_id)


class MemoryCredentials:
    """Satisfies `realtime.credentials.Credentials`: the token `token-ann` is the user `ann`."""

    def __init__(self) -> None:
        self.expires_ms: float | None = None

    async def identify(self, hello: Hello) -> Identity:
        await asyncio.sleep(0)
        token = hello.token or hello.ticket or ""
        if not token.startswith("token-"):
            raise BadCredential("The token is wrong.")
        user_id = token.removeprefix("token-")
        return Identity(user_id=user_id, name=user_id, expires_ms=self.expires_ms, family=f"family-{user_id}")


class MemoryBlocking:
    """Satisfies `realtime.blocks.Blocking`: pairs of who blocks and who is blocked."""

    def __init__(self) -> None:
        self.pairs: set[tuple[str, str]] = set()
        self.lose = 0

    async def of(self, user_id: str) -> Blocks:
        found = set(self.pairs)
        await asyncio.sleep(0)
        if self.lose:
            self.lose -= 1
            raise Unavailable("no blocks now")
        return Blocks(
            frozenset(other for one, other in found if one == user_id),
            frozenset(one for one, other in found if other == user_id),
        )


class MemoryDoors:
    """Satisfies `realtime.credentials.Doors`."""

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.used: dict[str, str] = {}

    async def opens(
        self,
        party_id: str,
        *,
        password: str | None,
        invite: str | None,
        user_id: str | None,
        guest_id: str | None = None,
    ) -> bool:
        invited = invite is not None and invite == f"invite-{user_id or 'guest'}" and invite not in self.used
        if invited:
            self.used[str(invite)] = guest_id or user_id or ""
        return invited or (password is not None and self.passwords.get(party_id) == password)

    async def names(self, party_id: str, *, invite: str, user_id: str) -> bool:  # noqa: ARG002
        return invite == f"invite-{user_id}"

    async def settle(
        self,
        party_id: str,  # noqa: ARG002
        *,
        invite: str,
        user_id: str | None,  # noqa: ARG002
        guest_id: str | None,  # noqa: ARG002
        entered: bool,
    ) -> None:
        if not entered:
            self.used.pop(invite, None)

    async def lock(self, party_id: str, password: str | None) -> None:
        if password is None:
            self.passwords.pop(party_id, None)
        else:
            self.passwords[party_id] = password
