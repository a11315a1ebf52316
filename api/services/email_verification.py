"""E-mail addresses and the proof that they are somebody's own."""

from api.services.allowance import Allowance
from api.services.analytics import note
from api.services.mail.mailbox import Mailbox
from api.services.mail_tokens import MailTokens
from conf import logs
from conf.clock import Clock
from store.database import Store
from store.documents import User
from store.errors import Unavailable


class EmailVerification:
    def __init__(
        self, *, store: Store, mailbox: Mailbox, tokens: MailTokens, allowance: Allowance, clock: Clock
    ) -> None:
        self._store = store
        self._clock = clock
        self._mailbox = mailbox
        self._tokens = tokens
        self._allowance = allowance

    async def begin(self, user: User) -> None:
        """Send the first link. The account stands where this cannot be stored: its owner asks again."""
        try:
            await self._mailbox.post("verify_email", user.email)
        except Unavailable:
            logs.get("api.verification").error("no mail was posted for a new account", user_id=user.id)

    async def again(self, email: str, ip: str) -> None:
        """Send another link, if the address is somebody's and not confirmed. Raises `Problem("rate_limited")`."""
        email = email.strip()
        self._allowance.spend(ip, email.casefold())
        await self._mailbox.post("verify_email", email)

    async def confirm(self, token: str) -> None:
        """Take a token as the proof. Raises `Problem("bad_token")`."""
        redeemed = await self._tokens.redeem(token, "verify_email")
        confirmed = await self._store.users.confirm_email(redeemed.user.id, redeemed.user.email_key)
        if confirmed and not redeemed.user.verified:
            await note(self._store, self._clock, "account.verified", user_id=redeemed.user.id)
        await self._tokens.void(redeemed.user, "verify_email")
