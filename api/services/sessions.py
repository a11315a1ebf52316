"""Sessions: a chain of refresh tokens, each good for one rotation, and the access tokens made along it.

Theory. A refresh token is 256 random bits; its successor is an HMAC of it under a key of ours, so that whoever asks
again within the grace period gets the same successor without its being stored anywhere. The database holds SHA-256
sums only. Of any number of simultaneous rotations one wins in MongoDB; the others are answers to the same question. A
token that comes back later, or after its successor was used, was stolen from somebody: its whole chain is ended.
"""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from msgspec import Struct

from api.ask import Caller
from api.problems import Problem, not_found
from api.services.analytics import note
from api.services.keys import Keys
from api.services.tokens import CHALLENGE, AccessTokens
from conf import logs
from conf.clock import Clock, utc
from store.database import Store
from store.documents import RefreshToken, User
from store.errors import AlreadyExists
from store.ids import made_at_ms, new_id

GRACE = timedelta(seconds=10)
"""A client that lost the reply asks again; OWASP and RFC 9700 allow it if the answer is the same."""

LONGEST_DEVICE = 200
FRESH_MS = 30 * 60_000
"""How long a shown password is good for what is dangerous."""


class Opened(Struct, frozen=True):
    """What a client needs to act for a user."""

    user: User
    session: str
    device: str
    access_token: str
    expires_in: int
    refresh_token: str
    refresh_expires_in: int


class Sessions:
    """Opens, rotates and ends sessions, and reads who a request's access token speaks for."""

    def __init__(self, *, store: Store, tokens: AccessTokens, keys: Keys, clock: Clock, days: int) -> None:
        self._store = store
        self._tokens = tokens
        self._key = keys.newest("refresh token")
        self._clock = clock
        self._life = timedelta(days=days)
        self._ended: dict[str, float] = {}
        self.ended: Callable[[str], None] = lambda _family: None
        """Called with each session that ends; the composition root has its sockets closed by it."""
        self.stolen: Callable[[RefreshToken], Awaitable[None]] = _nobody_to_tell
        """Called with a refresh token that came back after its use; its owner is told by it."""
        self.renewed: Callable[[str], None] = lambda _family: None
        """Called with each session that goes on under another name: its sockets come back with that one's credential."""

    async def open(self, user: User, *, device: str = "") -> Opened:
        """Open a session of a user whose password was found right.

        Raises `Problem`: `bad_credentials` where that password has been changed meanwhile, `suspended` where staff were
        faster.
        """
        now = utc(self._clock.now_ms())
        token = secrets.token_urlsafe(32)
        first = RefreshToken(
            id=digest(token),
            family=new_id(self._clock.now_ms()),
            user_id=user.id,
            device=clipped(device),
            created_at=now,
            expires_at=now + self._life,
        )
        await self._store.refresh_tokens.add(first)
        # Asked after the token is there: a change of the password or a suspension sees this session and ends it, or is
        # seen here.
        current = await self._store.users.by_id(user.id)
        if current is None or current.password_hash != user.password_hash:
            await self.end(first.family)
            raise Problem("bad_credentials")
        if current.shut_out(now):
            await self.end(first.family)
            raise shut_out(current)
        return self._opened(user, first, token)

    async def rotate(self, presented: str) -> Opened:
        """Exchange a refresh token for its successor and a new access token.

        Raises `Problem`: `bad_refresh_token` where it is unknown, expired, ended or used before; `suspended`.
        """
        now = utc(self._clock.now_ms())
        successor = self._successor(presented)
        rotation = new_id(self._clock.now_ms())  # the store tells by it our own repeated call from another caller's
        taken = await self._store.refresh_tokens.take(digest(presented), now, rotation)
        if taken is None:
            taken = await self._answered_before(presented, successor)
        user = await self._store.users.by_id(taken.user_id)
        if user is None or user.shut_out(now):
            await self.end(taken.family)
            raise shut_out(user) if user else Problem("bad_refresh_token")
        following = RefreshToken(
            id=digest(successor),
            family=taken.family,
            user_id=taken.user_id,
            device=taken.device,
            created_at=now,
            expires_at=taken.expires_at,
        )
        try:
            await self._store.refresh_tokens.add(following)
        except AlreadyExists:
            logs.get("api.sessions").debug("the same rotation was asked for twice")
        # Asked after the successor is there: an end of the session sees the successor too, or is seen here.
        used = await self._store.refresh_tokens.by_id(digest(presented))
        if used is None or used.revoked:
            await self.end(taken.family)
            raise Problem("bad_refresh_token")
        return self._opened(user, following, successor)

    async def sign_out_by_token(self, presented: str) -> None:
        """End the session of a refresh token; where there is none, or none any more, nothing."""
        found = await self._store.refresh_tokens.by_id(digest(presented))
        if found is None:
            return
        if found.revoked:
            await self.end(found.family)
        else:
            await self.sign_out(found.user_id, found.family)

    async def sign_out(self, user_id: str, family: str) -> None:
        """End a session because its owner wants it, and record that, once for each session."""
        await self.end(family)
        event_id = digest(f"signed out of {family}")[:32]
        await note(self._store, self._clock, "account.logged_out", user_id=user_id, event_id=event_id)

    async def renew(self, user: User, session: str | None, *, device: str = "") -> Opened:
        """Go on in a new session after the password was shown again; the tokens of the old one are worth nothing."""
        opened = await self.open(user, device=device)
        if session is not None:
            await self.end(session, tell=self.renewed)
        return opened

    def check_fresh(self, caller: Caller) -> None:
        """Raise `Problem("reauthentication_required")` where it is long since a password opened this session."""
        now_ms = self._clock.now_ms()
        if caller.session is None or made_at_ms(caller.session) < now_ms - FRESH_MS:
            raise Problem("reauthentication_required", "Show your password again: POST /auth/reauthenticate.")

    def shuts_out(self, user: User) -> bool:
        """Tell whether staff have suspended or banned a user as of now."""
        return user.shut_out(utc(self._clock.now_ms()))

    async def end(self, family: str, *, tell: Callable[[str], None] | None = None) -> None:
        """End a session: its refresh tokens everywhere, its access tokens on this node (elsewhere they run out)."""
        self.void(family)
        (tell or self.ended)(family)
        await self._store.refresh_tokens.revoke_family(family)

    async def end_all(self, user: User, *, but: str | None = None) -> int:
        """End every session of a user, except the one named `but`; return how many."""
        families = [family for family in await self._store.refresh_tokens.families_of(user.id) if family != but]
        for family in families:
            await self.end(family)
        return len(families)

    async def end_one(self, user: User, session: str) -> None:
        """End a session of a user. Raises `Problem("not_found")` for one that is over or somebody else's."""
        if session not in await self._store.refresh_tokens.families_of(user.id):
            raise not_found("session")
        await self.sign_out(user.id, session)

    async def of(self, user: User) -> list[RefreshToken]:
        """List the open sessions of a user, each by its newest token."""
        return await self._store.refresh_tokens.newest_of(user.id, utc(self._clock.now_ms()))

    def void(self, family: str) -> None:
        """Refuse the access tokens of a session that is over from now on; its refresh tokens are void in the database."""
        now_ms = self._clock.now_ms()
        self._ended = {name: until for name, until in self._ended.items() if until > now_ms}
        self._ended[family] = now_ms + (self._tokens.seconds + 60) * 1000

    def ended_here(self, session: str) -> bool:
        """Tell whether this node has ended a session of late."""
        return session in self._ended

    async def caller(self, authorization: str, *, required: bool) -> Caller:
        """Read an Authorization header. A bad or expired token is refused even where none is required."""
        if not authorization:
            if required:
                raise Problem("unauthenticated", headers=CHALLENGE)
            return Caller()
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Problem("unauthenticated", headers=CHALLENGE)
        return await self.caller_of(token.strip())

    async def caller_of(self, token: str) -> Caller:
        """Read an access token. Raises `Problem`: `unauthenticated`, `token_expired`, `suspended`."""
        claims = self._tokens.check(token)
        user = await self._store.users.by_id(claims.user_id, recent=True)
        if user is None:
            raise Problem("unauthenticated", headers=CHALLENGE)
        if self.shuts_out(user):  # said first: all sessions of who is shut out have ended too
            raise shut_out(user)
        if self.ended_here(claims.session):
            raise Problem("unauthenticated", headers=CHALLENGE)
        return Caller(user=user, session=claims.session, expires_ms=claims.expires_ms)

    async def _answered_before(self, presented: str, successor: str) -> RefreshToken:
        found = await self._store.refresh_tokens.by_id(digest(presented))
        now = utc(self._clock.now_ms())
        if found is None or found.revoked or found.expires_at <= now:
            raise Problem("bad_refresh_token")
        following = await self._store.refresh_tokens.by_id(digest(successor))
        fresh = following is None or (following.rotated_at is None and not following.revoked)
        if found.rotated_at is not None and now - found.rotated_at <= GRACE and fresh:
            return found
        logs.get("api.sessions").warning("a refresh token came back after its use", user_id=found.user_id)
        await self.end(found.family)
        await self.stolen(found)
        raise Problem("bad_refresh_token")

    def _successor(self, presented: str) -> str:
        return hmac.new(self._key, presented.encode(), hashlib.sha256).hexdigest()

    def _opened(self, user: User, token: RefreshToken, plain: str) -> Opened:
        return Opened(
            user=user,
            session=token.family,
            device=token.device,
            access_token=self._tokens.make(user.id, token.family),
            expires_in=self._tokens.seconds,
            refresh_token=plain,
            refresh_expires_in=int((token.expires_at - utc(self._clock.now_ms())).total_seconds()),
        )


async def _nobody_to_tell(_token: RefreshToken) -> None:
    """Stand in until the composition root names who tells."""


def digest(token: str) -> str:
    """Sum up a token for the database; a plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def shut_out(user: User) -> Problem:
    """Say that the account is shut out, and until when."""
    if user.banned:
        return Problem("suspended", "The account is banned.")
    until = user.suspended_until
    return Problem("suspended", f"The account is suspended until {until:%Y-%m-%d %H:%M} UTC." if until else "")


def clipped(device: str) -> str:
    """Keep of a User-Agent what a person may be shown."""
    return "".join(character for character in device if character.isprintable())[:LONGEST_DEVICE]
