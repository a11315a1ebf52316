"""Empties the outbox. One loop on each node; claims in MongoDB see to it that each mail is sent by one of them.

Whom a mail is for is looked up here and not where it was asked for, and its token is made here: so an asker cannot
tell by time whether an address is known, and no database holds a token that works. A try that failed leaves a token
behind that nobody got; it runs out like any other.
"""

from datetime import datetime, timedelta

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from api.services.invite_tokens import InviteTokens
from api.services.mail.kinds import KINDS
from api.services.mail.letters import BadAddress, Letters
from api.services.mail.transports import NotSent, Transport
from api.services.mail_tokens import MailTokens
from api.services.rounds import Rounds
from conf import logs
from conf.clock import Clock, utc
from conf.metrics import Metrics
from store.database import Store
from store.documents import Mail, User

POLL_SECONDS = 5.0
"""How soon a mail goes that another node posted or put off."""
LEASE = timedelta(seconds=180)
"""Longer than three tries of which each waits its longest for each of SMTP's answers but a stuck few."""
TRIES = 3
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
STRANGER = "there"
"""How a mail greets who has no account."""
LAST_ATTEMPT = 30
"""Given up after about a day: 30 s, 1 min, 2 min … 32 min, then hourly."""

log = logs.get("api.mail")


class Sender(Rounds):
    def __init__(
        self,
        *,
        store: Store,
        tokens: MailTokens,
        invites: InviteTokens,
        letters: Letters,
        transport: Transport,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        super().__init__(
            clock=clock,
            seconds=POLL_SECONDS,
            log=log,
            waits="the outbox cannot be read",
            fails="a mail could not be handled",
        )
        self._store = store
        self._tokens = tokens
        self._invites = invites
        self._letters = letters
        self._transport = transport
        self._metrics = metrics

    async def round(self) -> int:
        return await self.send_due()

    async def send_due(self) -> int:
        """Send all that is due; return how many mails were tried. Raises `store.errors.StoreError`."""
        tried = 0
        while (mail := await self._store.outbox.claim(self._now(), LEASE)) is not None:
            with logs.bound(mail_id=mail.id, mail_kind=mail.kind):
                await self._handle(mail)
            tried += 1
        return tried

    async def _handle(self, mail: Mail) -> None:
        user = await self._addressee(mail)
        wanted = KINDS[mail.kind].anybody or user is not None
        try:
            tried = wanted and await self._try(mail, user)
        except BadAddress as error:
            await self._give_up(mail, str(error))
        except NotSent as error:
            if error.again and mail.attempts < LAST_ATTEMPT:
                await self._put_off(mail, str(error))
            else:
                await self._give_up(mail, str(error))
        else:
            if not tried:
                await self._store.outbox.drop(mail, self._now())
                return
            await self._store.outbox.sent(mail, self._now())
            self._metrics.count("mail.sent")
            log.info("mail sent", attempts=mail.attempts)

    async def _addressee(self, mail: Mail) -> User | None:
        """Find who has the address now; nobody where the mail is not wanted any more."""
        user = await self._store.users.by_email(mail.to)
        if user is None or user.shut_out(self._now()) or (KINDS[mail.kind].unverified_only and user.verified):
            return None
        return user

    async def _try(self, mail: Mail, user: User | None) -> bool:
        """Send a mail; False where what it is about is over by now."""
        name = user.username if user else STRANGER
        # Written with a token that does not work first: an address that reaches nobody shall not cost one that does.
        self._letters.write(mail, username=name)
        token = await self._token(mail, user)
        if token is None:
            return False
        message = self._letters.write(mail, username=name, token=token)
        tries = AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, NotSent) and error.again),
            wait=wait_random_exponential(multiplier=0.5, max=4),
            stop=stop_after_attempt(TRIES),
            sleep=self._clock.sleep,
            reraise=True,
        )
        await tries(self._transport.send, message)
        return True

    async def _token(self, mail: Mail, user: User | None) -> str | None:
        """Make what the mail's link carries: empty where it has none, None where that is not to be had any more."""
        link = KINDS[mail.kind].link
        if mail.kind == "invite":
            return await self._invites.another(mail.fields["invite"])
        return await self._tokens.make(user, link.purpose, link.life) if link and user else ""

    async def _put_off(self, mail: Mail, why: str) -> None:
        wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 10), LONGEST_WAIT)
        await self._store.outbox.put_off(mail, self._now() + wait, why)
        log.warning("mail put off", error=why, attempts=mail.attempts, seconds=wait.total_seconds())

    async def _give_up(self, mail: Mail, why: str) -> None:
        await self._store.outbox.fail(mail, self._now(), why)
        self._metrics.count("mail.failed")
        log.error("mail given up", error=why, attempts=mail.attempts)

    def _now(self) -> datetime:
        return utc(self._clock.now_ms())
