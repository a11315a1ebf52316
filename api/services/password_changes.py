"""New passwords: by a link when the old one is forgotten, or by the old one. Either way other sessions end."""

from api.problems import Problem, invalid
from api.schemas.auth import PasswordChange, PasswordReset
from api.services.allowance import Allowance
from api.services.attempts import Attempts
from api.services.mail.mailbox import Mailbox
from api.services.mail_tokens import MailTokens
from api.services.notifications.security import SecurityNotes
from api.services.passwords import PasswordRules, Passwords
from api.services.sessions import Sessions
from store.database import Store
from store.documents import User


class PasswordChanges:
    def __init__(
        self,
        *,
        store: Store,
        passwords: Passwords,
        rules: PasswordRules,
        sessions: Sessions,
        attempts: Attempts,
        mailbox: Mailbox,
        security: SecurityNotes,
        tokens: MailTokens,
        allowance: Allowance,
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._rules = rules
        self._sessions = sessions
        self._attempts = attempts
        self._mailbox = mailbox
        self._security = security
        self._tokens = tokens
        self._allowance = allowance

    async def forgot(self, email: str, ip: str) -> None:
        """Have a link sent to whoever has this address. Nobody is looked up here, so neither words nor time tell.

        Raises `Problem("rate_limited")`.
        """
        email = email.strip()
        self._allowance.spend(ip, email.casefold())
        await self._mailbox.post("reset_password", email)

    async def reset(self, asked: PasswordReset) -> None:
        """Set a password by the token of a link.

        Raises `Problem`: `bad_token`; `invalid` for a weak password, after which the link is still good.
        """
        self._check(asked.password, asked.password_confirm, await self._tokens.look(asked.token, "reset_password"))
        redeemed = await self._tokens.redeem(asked.token, "reset_password")
        try:
            password_hash = await self._passwords.hash(asked.password)
        except Problem:  # too many wait: its owner tries again with the same link
            await self._tokens.give_back(redeemed)
            raise
        await self._store.users.set_password_hash(redeemed.user.id, password_hash)
        await self._changed(redeemed.user, but=None)

    async def change(self, user: User, session: str | None, asked: PasswordChange, ip: str) -> None:
        """Set a password by the present one; `session` goes on.

        Raises `Problem`: `invalid` for a wrong present or a weak new one, `rate_limited` after too many wrong ones,
        `conflict` where it was changed elsewhere in the same moment.
        """
        self._attempts.check(ip, user.email_key)
        if not await self._passwords.matches(user.password_hash, asked.current_password):
            self._attempts.failed(ip, user.email_key)
            raise invalid("$.current_password", "This is not your present password.")
        self._attempts.succeeded(ip, user.email_key)
        self._check(asked.password, asked.password_confirm, user)
        password_hash = await self._passwords.hash(asked.password)
        if not await self._store.users.set_password_hash(user.id, password_hash, instead_of=user.password_hash):
            raise Problem("conflict", "The password was changed elsewhere just now.")
        await self._changed(user, but=session)

    async def shown_again(self, user: User, password: str, ip: str) -> User:
        """Let somebody who is signed in show their password. Raises `Problem`: `bad_credentials`, `rate_limited`, `busy`."""
        self._attempts.check(ip, user.email_key)
        if not await self._passwords.matches(user.password_hash, password):
            self._attempts.failed(ip, user.email_key)
            raise Problem("bad_credentials", "This is not your password.")
        self._attempts.succeeded(ip, user.email_key)
        return user

    def _check(self, password: str, again: str, user: User) -> None:
        self._rules.check(password, path="$.password", about=(user.username, user.email.partition("@")[0]))
        if password != again:
            raise invalid("$.password_confirm", "The two passwords differ.")

    async def _changed(self, user: User, *, but: str | None) -> None:
        await self._tokens.void(user, "reset_password")
        await self._sessions.end_all(user, but=but)
        await self._security.password_changed(user)
