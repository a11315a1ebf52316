"""Erasing an account: at once for everybody to see, step by step underneath, and taken up again wherever it stopped.

Theory. The account itself goes first: from then on nobody can sign in to it, and its username and address are free. A
row in `erasures` says whose traces are still to be found. Each step finds what is left and deals with it, so that doing
it again is doing nothing; a process that dies leaves the row, and whichever node looks next goes on. When all steps
are through they are gone through once more a while later, for what was under way in that moment (an upload, a socket at
another node); then the row forgets whose it was. Where there is a lake, the pipeline's job `erase` does the rest: for it
the row keeps what stands for the person there, and no more. docs/decisions/erasure.md says what becomes of parties and figures.
"""

import secrets
from collections.abc import Callable
from datetime import timedelta

from api.problems import Problem
from api.services.avatars import Avatars
from api.services.parties import Parties
from api.services.password_changes import PasswordChanges
from api.services.rounds import Rounds
from api.services.sessions import Sessions
from api.services.videos import Videos
from conf import logs
from conf.clock import Clock, utc
from realtime.engine import Engine
from realtime.forgetting import Forgotten, forget
from store.database import Store
from store.documents import Erased, InLake, TelemetryEvent, User
from store.documents import Erasure as Row
from store.erasures import proof
from store.ids import made_at_ms
from store.personal import HELD

LEASE = timedelta(minutes=10)
"""How long one who works on an erasure is left alone; a step that takes longer is done twice, which changes nothing."""
POLL_SECONDS = 60.0
MARGIN = timedelta(minutes=5)
INGEST = "ingest"
"""The pipeline's job that makes the lake: where it has never run there is none."""

log = logs.get("api.erasure")


class Erasure(Rounds):
    def __init__(
        self,
        *,
        store: Store,
        changes: PasswordChanges,
        sessions: Sessions,
        parties: Parties,
        engine: Engine,
        videos: Videos,
        avatars: Avatars,
        pseudonym: Callable[[str], str],
        clock: Clock,
        credential_seconds: float,
    ) -> None:
        super().__init__(
            clock=clock, seconds=POLL_SECONDS, log=log, waits="erasures wait", fails="an account could not be erased"
        )
        self._store = store
        self._changes = changes
        self._sessions = sessions
        self._parties = parties
        self._engine = engine
        self._videos = videos
        self._avatars = avatars
        self._pseudonym = pseudonym
        self._settled = timedelta(seconds=credential_seconds) + MARGIN
        """By then every socket and request that the account could have opened is over, at other nodes too."""

    async def ask(self, user: User, password: str, ip: str) -> None:
        """Erase the account of somebody who shows its password.

        Raises `Problem`: `bad_credentials`, `rate_limited`, `busy`; `conflict` for staff, who hand that back first.
        """
        await self._changes.shown_again(user, password, ip)
        if user.role == "staff":
            raise Problem("conflict", "Staff give up that role first.")
        await self.erase(user)

    async def erase(self, user: User) -> None:
        """Erase an account. Whatever it raises, the rest is done by `resume`."""
        now = utc(self._clock.now_ms())
        who = Erased(
            user_id=user.id,
            email=user.email,
            username=user.username,
            display_name=user.display_name,
            since_ms=made_at_ms(user.id),
            in_lake=self._pseudonym(user.id),
        )
        row = Row(
            id=proof(user.id),
            who=who,
            lake=InLake(person=who.in_lake, since_ms=who.since_ms),
            pseudonym="x" + secrets.token_hex(16)[1:],
            begun_at=now,
            due_at=now + LEASE,
        )
        await self._go_on(await self._store.erasures.begin(row))

    async def resume(self) -> int:
        """Go on with what is due; return how many erasures that were. Raises `store.errors.StoreError`."""
        found = 0
        while (row := await self._store.erasures.claim(utc(self._clock.now_ms()), LEASE)) is not None:
            await self._go_on(row)
            found += 1
        return found

    async def round(self) -> int:
        return await self.resume()

    async def _go_on(self, row: Row) -> None:
        if row.who is None:
            return
        for held in HELD:
            if held.collection == "deletions" and row.state == "begun":
                continue
            if held.collection == "videos":
                await self._leave_parties(row.who)
                await self._remove_files(row.who)
            counts = {held.collection: await self._store.erase(held, row.who, row.pseudonym)}
            if held.collection == "users":
                await self._end_sessions(row.who)
            await self._store.erasures.count(row.id, counts)
        await self._forget_past(row, row.who)
        now = utc(self._clock.now_ms())
        if row.state == "begun":
            await self._record(row)
            await self._store.erasures.settle(row.id, now + self._settled)
        elif row.lake is not None and await self._store.job_outcomes.last(INGEST) is not None:
            await self._store.erasures.hand_on(row.id, now)
            log.info("account erased, but for the lake")
        else:
            await self._store.erasures.end(row.id, now)
            log.info("account erased")

    async def _end_sessions(self, who: Erased) -> None:
        for family in await self._store.refresh_tokens.families_of(who.user_id):
            await self._sessions.end(family)

    async def _leave_parties(self, who: Erased) -> None:
        """Leave all parties that are not over, taking the messages along, and end those of one's own."""
        for party in await self._store.parties.open_of(who.user_id):
            await self._parties.leave_for_good(party, who)

    async def _remove_files(self, who: Erased) -> None:
        while videos := await self._store.videos.added_before(who.user_id, "g", 100):
            for video in videos:
                await self._videos.delete(video)
        await self._avatars.erase(who.user_id)

    async def _forget_past(self, row: Row, who: Erased) -> None:
        """Take words and names out of the logs of parties, and the id out of what was measured."""
        now_ms, commits = self._clock.now_ms(), 0
        past = self._store.party_log_past
        # Under the pseudonym too: who died between a log and its snapshots left these as they were.
        found = [await past.parties_of(name, who.since_ms, now_ms) for name in (who.user_id, row.pseudonym)]
        for party_id in dict.fromkeys(party_id for parties in found for party_id in parties):
            party = await self._store.parties.by_id(party_id)
            gone = Forgotten(
                user_id=who.user_id,
                name=who.display_name,
                pseudonym=row.pseudonym,
                hosts=party is None or party.host_id == row.pseudonym,
            )
            commits += await past.rewrite(party_id, lambda event, gone=gone: forget(event, gone))  # type: ignore[misc]
            await self._store.party_log.renew_epoch(party_id)
            await self._store.party_snapshots.forget(party_id)
            await self._engine.reopen(party_id)
        events = await self._store.events_past.rename(who.user_id, row.pseudonym, who.since_ms)
        await self._store.erasures.count(row.id, {"party_log": commits, "events": events})

    async def _record(self, row: Row) -> None:
        """Count the account as deleted, once: the event's id is the pseudonym."""
        now_ms = round(self._clock.now_ms())
        event = TelemetryEvent(
            event_id=row.pseudonym,
            type="account.deleted",
            at_ms=now_ms,
            received_ms=now_ms,
            user_id=row.pseudonym,
            client="api",
        )
        await self._store.events.record([event])
