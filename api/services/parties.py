"""Parties over REST: who may see one, its making, and the way of every change to it into the engine."""

import secrets
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec import UNSET, structs

from api.ask import Caller
from api.problems import Problem, invalid, not_found
from api.schemas.parties import NewParty, PartyChanges, PartyListQuery, PartyView
from api.services.blocking import Blocking
from api.services.doors import PartyDoors
from api.services.passwords import Passwords
from api.services.text import clean_line, clean_text
from conf.clock import Clock, to_ms
from realtime.engine import Accepted, Audience, Engine, NoSuchParty, Refused
from realtime.facts import Facts
from realtime.party import commands as do
from realtime.party.context import SYSTEM, Actor
from realtime.party.emotes import refuse_nameless
from realtime.party.state import Settings, Video
from store.database import Store
from store.documents import Erased, Party, User
from store.errors import AlreadyExists, Unavailable
from store.ids import new_id
from store.pages import Page

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without 0 O 1 I L, which people mix up when they read a code aloud."""
CODE_LENGTH = 8
CODES_TRIED = 5
"""31^8 codes: the second try is needed once in 850 billion with one party, once in 850,000 with a million."""


class Parties:
    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        audience: Audience,
        facts: Facts,
        doors: PartyDoors,
        blocking: Blocking,
        passwords: Passwords,
        clock: Clock,
    ) -> None:
        self._store = store
        self._engine = engine
        self._audience = audience
        self._facts = facts
        self._doors = doors
        self._blocking = blocking
        self._passwords = passwords
        self._clock = clock

    async def visible(self, party_id: str, caller: Caller) -> Party:
        """Find a party that the caller may see: not private, or theirs. Raises `Problem("not_found")` otherwise."""
        return await self._seen(await self._store.parties.by_id(party_id, recent=True), caller)

    async def by_code(self, code: str, caller: Caller) -> Party:
        return await self._seen(await self._store.parties.by_code(code, recent=True), caller)

    async def entered(self, party_id: str, caller: Caller) -> Party:
        party = await self.visible(party_id, caller)
        if not (caller.staff or _theirs(party, caller)):
            raise Problem("forbidden", "Join the party first.")
        return party

    async def hosted(self, party_id: str, caller: Caller) -> Party:
        party = await self.visible(party_id, caller)
        if not (caller.staff or _runs(party, caller)):
            raise Problem("forbidden", "Only its host may do that.")
        return party

    async def measured(self, party_id: str, caller: Caller) -> Party:
        """Find a party whose figures the caller may see; nobody else learns that it exists."""
        party = await self._store.parties.by_id(party_id, recent=True)
        if party is None or not (caller.staff or _runs(party, caller)):
            raise not_found("party")
        return party

    async def page(self, caller: Caller, query: PartyListQuery) -> Page[Party]:
        if query.filter in {"mine", "past"} and caller.user_id is None:
            raise Problem("unauthenticated", "Sign in to see your own parties.")
        unseen = await self._blocking.unseen(caller)
        return await self._store.parties.page(
            query.filter,
            caller.user_id,
            host_id=query.host_id,
            unseen=unseen,
            limit=query.limit,
            cursor=query.cursor,
        )

    async def create(self, user: User, asked: NewParty) -> Party:
        """Bring a party into being, its log first. Raises `Problem`."""
        now_ms = self._clock.now_ms()
        scheduled_for_ms = self._ahead(asked.scheduled_for)
        title = clean_line(asked.title, "$.title")
        description = clean_text(asked.description, "$.description")
        refuse_nameless(asked.settings, "settings.emotes")
        video = await self._video(asked.video_id, user)
        password_hash = None if asked.password is None else await self._passwords.hash(asked.password)
        for _ in range(CODES_TRIED):
            facts = do.Create(
                party_id=new_id(now_ms),
                code="".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
                title=title,
                description=description,
                visibility=asked.visibility,
                has_password=password_hash is not None,
                settings=asked.settings,
                host_user_id=user.id,
                host_name=user.display_name,
                video=video,
                scheduled_for_ms=scheduled_for_ms,
            )
            try:
                await self._engine.create(facts, actor=actor(user), password_hash=password_hash)
            except AlreadyExists:
                continue
            await self._count_shown(asked.video_id)
            return await self.fresh(facts.party_id)
        raise Problem("busy", "No free code was found.", retry_after_seconds=1)

    async def change(self, user: User, party: Party, asked: PartyChanges, expected_seq: int | None) -> Party:
        """Change a party by the commands that a socket would send. Raises `Problem`, `Refused`."""
        if expected_seq is not None and expected_seq != party.seq:
            raise Problem("precondition_failed")
        if asked.video_id is not UNSET and await self._video(asked.video_id, user) is None:
            raise invalid("$.video_id", "There is no such video.")
        moment_ms = None if asked.scheduled_for is UNSET else self._ahead(asked.scheduled_for)
        changes = _settings_command(asked)
        if changes is not None:
            await self.submit(user, party.id, changes)
        if asked.scheduled_for is not UNSET:
            await self.submit(user, party.id, do.Reschedule(scheduled_for_ms=moment_ms))
        if asked.video_id is not UNSET:
            await self.submit(user, party.id, do.ChangeVideo(video_id=asked.video_id))
            await self._count_shown(asked.video_id)
        return await self.fresh(party.id)

    async def join(self, user: User, party: Party, password: str | None) -> Accepted:
        admitted = _theirs(party, Caller(user=user)) or await self._doors.opens(
            party.id, password=password, invite=None, user_id=user.id
        )
        return await self.submit(user, party.id, do.Join(admitted=admitted))

    async def submit(self, user: User, party_id: str, command: do.AnyCommand, *, retry_key: str = "") -> Accepted:
        """Submit a command as `user`; the same `retry_key` has effect once."""
        command_id = f"rest-{user.id}:{retry_key}" if retry_key else None
        return await self._engine.submit(party_id, command, actor=actor(user), command_id=command_id)

    async def put_out(self, runner: User, person: User) -> None:
        """Have somebody leave the parties that `runner` hosts or made: they are a member no more, if they ever were.

        Where a party cannot be reached just now, they stay on its list; they are let in nowhere all the same.
        """
        for party_id in await self._store.parties.shared(runner.id, person.id):
            with suppress(Refused, NoSuchParty, Unavailable):
                await self.submit(person, party_id, do.Leave())

    async def leave_for_good(self, party: Party, who: Erased) -> None:
        """Take somebody and their newest messages out of a party for all who are in it; their own party ends."""
        with suppress(Refused, NoSuchParty):
            for message in (await self._engine.state(party.id)).chat:
                if message.member_id == who.user_id:
                    await self._engine.submit(party.id, do.DeleteMessage(message_id=message.id), actor=SYSTEM)
            leaving = Actor(user_id=who.user_id, name=who.display_name)
            await self._engine.submit(party.id, do.Leave(), actor=leaving)
            if party.host_id == who.user_id:
                await self._engine.submit(party.id, do.End(), actor=SYSTEM)

    async def delete(self, user: User, party: Party) -> None:
        """End a party and take it off all lists; its log stays, as what the figures were computed from."""
        if party.status != "ended":
            by = actor(user) if user.id == party.host_id else SYSTEM
            await self._engine.submit(party.id, do.End(), actor=by)
        await self._store.parties.delete(party.id)
        self._engine.forget(party.id)

    async def fresh(self, party_id: str) -> Party:
        party = await self._store.parties.by_id(party_id)
        if party is None:
            raise not_found("party")
        return party

    def connected(self, party_id: str) -> AbstractSet[str]:
        return self._audience.connected(party_id)

    def view(self, party: Party) -> PartyView:
        return PartyView(
            id=party.id,
            code=party.code,
            title=party.title,
            description=party.description,
            host_id=party.host_id,
            video_id=party.video_id,
            status=party.status,
            visibility=party.visibility,
            has_password=party.password_hash is not None,
            scheduled_for=party.scheduled_for,
            settings=Settings(**{key: value for key, value in party.settings.items() if key in SETTINGS_FIELDS}),
            members_count=party.members_count,
            connected_count=len(self.connected(party.id)),
            seq=party.seq,
            created_at=party.created_at,
            started_at=party.started_at,
            ended_at=party.ended_at,
        )

    def etag(self, party: Party) -> str:
        """Name this state of a party; who is connected is part of what is shown."""
        return f'"{party.seq}-{len(self.connected(party.id))}"'

    def views(self, parties: Iterable[Party]) -> list[PartyView]:
        return [self.view(party) for party in parties]

    async def _seen(self, party: Party | None, caller: Caller) -> Party:
        if party is None or not (party.visibility != "private" or caller.staff or _theirs(party, caller)):
            raise not_found("party")
        if await self._blocking.bars(party, caller):
            raise not_found("party")
        return party

    async def _count_shown(self, video_id: str | None) -> None:
        """Let search know that one more party shows a video."""
        if video_id is not None:
            await self._store.videos.count_shown(video_id, await self._store.parties.count_showing(video_id))

    def _ahead(self, moment: datetime | None) -> int | None:
        """Read when a party is to begin. Raises `Problem("invalid")` for a time in the past."""
        if moment is not None and to_ms(moment) <= self._clock.now_ms():
            raise invalid("$.scheduled_for", "The time lies in the past.")
        return None if moment is None else to_ms(moment)

    async def _video(self, video_id: str | None, user: User) -> Video | None:
        if video_id is None:
            return None
        stored = await self._store.videos.visible(video_id, user.id)
        video = await self._facts.video(video_id, user.id)
        if stored is None or video is None:
            raise invalid("$.video_id", "There is no such video.")
        if stored.status != "ready":
            raise Problem("not_ready", "The video is not ready to be played.", retry_after_seconds=5)
        return video


SETTINGS_FIELDS = frozenset(Settings.__struct_fields__)


def actor(user: User) -> Actor:
    """Name who asks, for the engine."""
    return Actor(user_id=user.id, name=user.display_name)


def _runs(party: Party, caller: Caller) -> bool:
    return caller.user_id is not None and caller.user_id in {party.host_id, party.creator_id}


def _theirs(party: Party, caller: Caller) -> bool:
    return _runs(party, caller) or (caller.user_id is not None and caller.user_id in party.member_user_ids)


def _settings_command(asked: PartyChanges) -> do.ChangeSettings | None:
    """Put what was given into one command; None where none of it is a setting."""
    given: dict[str, Any] = {}
    if asked.title is not UNSET:
        given["title"] = clean_line(asked.title, "$.title")
    if asked.visibility is not UNSET:
        given["visibility"] = asked.visibility
    if asked.password is not UNSET:
        given["password"] = asked.password
    if asked.settings is not UNSET:
        given |= {name: value for name, value in structs.asdict(asked.settings).items() if value is not UNSET}
    return do.ChangeSettings(**given) if given else None
