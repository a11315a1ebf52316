"""Invites to a party: who may make them, for whom, and what becomes of those who come."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

from msgspec import structs

from api.ask import Caller
from api.problems import Problem, invalid, not_found
from api.schemas.fields import PageQuery
from api.schemas.invites import InviteView, NewInvite
from api.services.allowance import Allowance
from api.services.analytics import note
from api.services.blocking import Blocking
from api.services.invite_tokens import InviteTokens
from api.services.mail.mailbox import Mailbox
from api.services.notifications.notifier import Note, Notifier
from api.services.parties import Parties
from api.services.sessions import digest
from conf.clock import Clock, utc
from realtime.engine import Accepted, Engine, Refused
from realtime.party import commands as do
from realtime.party.permissions import RANK
from store.database import Store
from store.documents import About, Invite, Party, User
from store.ids import new_id
from store.pages import Page

MOST_OPEN = 500
"""Invites of one party that are not over: enough for a guest list, and a bound for whoever fills the database."""


class Invites:
    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        parties: Parties,
        blocking: Blocking,
        tokens: InviteTokens,
        mailbox: Mailbox,
        notifier: Notifier,
        mails: Allowance,
        clock: Clock,
        base_url: str,
    ) -> None:
        self._store = store
        self._engine = engine
        self._parties = parties
        self._blocking = blocking
        self._tokens = tokens
        self._mailbox = mailbox
        self._notifier = notifier
        self._mails = mails
        self._clock = clock
        self._base_url = base_url

    async def party(self, party_id: str, caller: Caller) -> Party:
        """Find a party to which the caller may invite: its host, creator and cohosts, and staff. Raises `Problem`."""
        party = await self._parties.visible(party_id, caller)
        if caller.staff or caller.user_id in {party.host_id, party.creator_id}:
            return party
        member = (await self._engine.state(party.id)).members.get(caller.user_id or "")
        if member is None or not member.present or RANK[member.role] < RANK["cohost"]:
            raise Problem("forbidden", "Only its host and cohosts invite.")
        return party

    async def page(self, party: Party, query: PageQuery) -> Page[Invite]:
        now = utc(self._clock.now_ms())
        return await self._store.invites.page(party.id, now, limit=query.limit, cursor=query.cursor)

    async def create(self, user: User, party: Party, asked: NewInvite, ip: str) -> tuple[Invite, str]:
        """Make an invite and tell whom it names; return it with its link, which is shown this once.

        Raises `Problem`: `ended`; `conflict` for somebody who is in already, or where too many are open; `invalid`;
        `rate_limited` for too many mails.
        """
        if party.status == "ended":
            raise Problem("ended")
        _check(asked)
        named = await self._named(user, party, asked.username)
        if asked.email is not None:
            self._mails.spend(ip, asked.email.casefold())
        now_ms = self._clock.now_ms()
        if await self._store.invites.count(party.id, utc(now_ms)) >= MOST_OPEN:
            raise Problem("conflict", f"At most {MOST_OPEN} invites are open at a time: revoke some.")
        plain = secrets.token_urlsafe(32)
        invite = Invite(
            id=new_id(now_ms),
            party_id=party.id,
            by_id=user.id,
            token_hashes=[digest(plain)],
            for_user_id=named.id if named else None,
            email=asked.email,
            email_key=asked.email.casefold() if asked.email else None,
            max_uses=asked.max_uses,
            left=asked.max_uses,
            created_at=utc(now_ms),
            expires_at=utc(now_ms) + timedelta(seconds=asked.expires_in_s),
        )
        await self._store.invites.add(invite)
        await self._tell(user, party, invite)
        return invite, f"{self._base_url}/p/{party.code}#invite={plain}"

    async def revoke(self, party: Party, invite_id: str) -> None:
        """End an invite at once. Raises `Problem("not_found")`."""
        if not await self._store.invites.revoke(party.id, invite_id):
            raise not_found("invite")

    async def accept(self, user: User, reference: str) -> tuple[Party, Accepted]:
        """Take somebody into the party of an invite. Who is in already, or used it before, spends nothing.

        Raises `Problem("not_found")` alike for an invite that never was, is over, used up, revoked or for another
        person, and whose party has ended; `Refused` where the party does not take them, which spends nothing either.
        """
        invite = await self._tokens.find(reference, user.id)
        party = await self._store.parties.by_id(invite.party_id) if invite else None
        if invite is None or party is None or party.status == "ended":
            raise not_found("invite")
        if await self._blocking.bars(party, Caller(user=user)):
            raise not_found("invite")
        if user.id in {party.host_id, party.creator_id, *party.member_user_ids}:
            return party, await self._parties.submit(user, party.id, do.Join(admitted=True))
        taken = await self._tokens.use(invite, user.id)
        if taken is None:
            raise not_found("invite")
        try:
            named = invite.for_user_id is not None or invite.email_key is not None
            accepted = await self._parties.submit(user, party.id, do.Join(admitted=True, invited=named))
        except Refused:
            if taken == "now":
                await self._tokens.give_back(invite, user.id)
            raise
        if taken == "now":
            await self._tokens.accepted(invite, user_id=user.id)
        return await self._parties.fresh(party.id), accepted

    def view(self, invite: Invite, url: str | None = None) -> InviteView:
        return InviteView(
            id=invite.id,
            party_id=invite.party_id,
            by_id=invite.by_id,
            user_id=invite.for_user_id,
            email=invite.email,
            max_uses=invite.max_uses,
            uses=invite.max_uses - invite.left,
            url=url,
            created_at=invite.created_at,
            expires_at=invite.expires_at,
        )

    async def views(self, invites: Sequence[Invite]) -> list[InviteView]:
        """Show a list, with the usernames of whom its invites are for."""
        users = await self._store.users.by_ids([one.for_user_id for one in invites if one.for_user_id is not None])
        names = {user.id: user.username for user in users}
        return [structs.replace(self.view(one), username=names.get(one.for_user_id or "")) for one in invites]

    async def _named(self, user: User, party: Party, username: str | None) -> User | None:
        if username is None:
            return None
        named, now = await self._store.users.by_username(username), utc(self._clock.now_ms())
        if named is None or named.shut_out(now) or named.id == user.id:
            raise invalid("$.username", "There is no such person to invite.")
        if await self._blocking.between(named.id, user.id):
            raise invalid("$.username", "There is no such person to invite.")
        if named.id in {party.host_id, *party.member_user_ids}:
            raise Problem("conflict", "They have entered the party already.")
        return named

    async def _tell(self, user: User, party: Party, invite: Invite) -> None:
        type_ = "party.invited"
        await note(self._store, self._clock, type_, user_id=user.id, party_id=party.id, video_id=party.video_id)
        fields = {"title": party.title, "code": party.code, "username": user.username, "invite": invite.id}
        if invite.for_user_id is not None:
            about = About(kind="party", id=party.id)
            key = f"invited:{invite.id}"
            told = Note(user_id=invite.for_user_id, kind="invited", key=key, by=user.id, about=about, fields=fields)
            await self._notifier.tell(told)
        if invite.email is not None:
            # Without the title: it could hold an advertisement, which anybody might then send to anybody from us.
            facts = {"invite": invite.id, "code": party.code, "by": user.username}
            await self._mailbox.post("invite", invite.email, facts)


def _check(asked: NewInvite) -> None:
    if asked.username is not None and asked.email is not None:
        raise invalid("$.email", "Give a username or an e-mail address, not both.")
    if asked.max_uses > 1 and (asked.username is not None or asked.email is not None):
        raise invalid("$.max_uses", "An invite for one person is used once.")
