"""Letting somebody in: who says hello, whether the party is open to them, and as which member they come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from msgspec import Struct

from conf.clock import Clock
from realtime import errors
from realtime.blocks import NONE, Blocking, Blocks, barred
from realtime.credentials import BadCredential, Credentials, Doors, Identity
from realtime.engine import Engine, NoSuchParty
from realtime.names import clean_name
from realtime.party import commands as do
from realtime.party.context import Actor, Context
from realtime.party.decide import decide
from realtime.party.refused import Refused
from realtime.party.rules.doors import MustKnock
from realtime.party.state import PartyState
from realtime.protocol import Hello
from realtime.sessions import SessionId, Sessions
from store.errors import Unavailable
from store.ids import new_id


class TurnedAway(Exception):  # noqa: N818 - named for what happens to the client
    """The connection is to be closed with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Entrant(Struct, frozen=True, kw_only=True):
    """Somebody who may come in: as whom, in which session, and whether that session goes on."""

    party_id: str
    actor: Actor
    session: SessionId
    resumed: bool
    identity: Identity


class Admitted(Struct, frozen=True):
    """Somebody who is in, and whom they block: what those say is not shown to them."""

    entrant: Entrant
    blocks: Blocks


class Attach(Protocol):
    def __call__(self, entrant: Entrant) -> None:
        """Begin to listen to the party, before the member enters it."""
        ...


class Admission:
    def __init__(
        self,
        *,
        engine: Engine,
        credentials: Credentials,
        doors: Doors,
        blocking: Blocking,
        sessions: Sessions,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._credentials = credentials
        self._doors = doors
        self._blocking = blocking
        self._sessions = sessions
        self._clock = clock

    async def admit(self, reference: str, hello: Hello, attach: Attach) -> Admitted:
        """Take a member through all doors and into the party.

        Raises `TurnedAway`, and `MustKnock` where somebody has to let them in: they stay attached, and wait outside.
        """
        with _turning_away():
            party_id = await self._engine.find(reference)
            if party_id is None:
                raise NoSuchParty(reference)
            entrant = await self._recognise(party_id, hello)
            attach(entrant)
            return await self._through(entrant, hello)

    async def admit_again(self, entrant: Entrant, hello: Hello) -> Admitted:
        """As `admit`, for somebody who waits outside and may have been answered; all doors are looked at again."""
        with _turning_away():
            state = await self._engine.state(entrant.party_id)
            context = Context(now_ms=round(self._clock.now_ms()), actor=entrant.actor)
            decide(state, do.Join(admitted=True), context)  # for those who wait on, before any password is hashed
            return await self._through(entrant, hello)

    async def _through(self, entrant: Entrant, hello: Hello) -> Admitted:
        # Asked after the connection is known to the hub: a block made meanwhile is seen here, or seen to there.
        blocks = await self._not_barred(entrant)
        await self._join(entrant, hello)
        return Admitted(entrant, blocks)

    async def _not_barred(self, entrant: Entrant) -> Blocks:
        user_id = entrant.actor.user_id
        if user_id is None:
            return NONE
        blocks = await self._blocking.of(user_id)
        if barred(blocks, user_id, await self._engine.state(entrant.party_id)):
            raise TurnedAway(errors.MAY_NOT_ENTER, errors.CLOSES[errors.MAY_NOT_ENTER].meaning)
        return blocks

    async def _recognise(self, party_id: str, hello: Hello) -> Entrant:
        """Find out who it is, and whether they continue a session of theirs."""
        earlier = self._sessions.read(hello.resume.session) if hello.resume else None
        if hello.guest is not None:
            identity = _guest(hello.guest)
            guest_id = earlier.guest_id if earlier else None
            user_id = None
        else:
            identity = await self._credentials.identify(hello)
            guest_id, user_id = None, identity.user_id
        now_ms = self._clock.now_ms()
        if user_id is None and guest_id is None:
            guest_id = "g" + new_id(now_ms)
        resumed = earlier is not None and (earlier.user_id, earlier.guest_id) == (user_id, guest_id)
        session_id = earlier.session_id if earlier and resumed else new_id(now_ms)
        session = SessionId(session_id=session_id, user_id=user_id, guest_id=guest_id)
        actor = Actor(user_id=user_id, guest_id=guest_id, name=identity.name, session_id=session_id)
        return Entrant(party_id=party_id, actor=actor, session=session, resumed=resumed, identity=identity)

    async def _join(self, entrant: Entrant, hello: Hello) -> None:
        state = await self._engine.state(entrant.party_id)
        admitted = await self._opens(state, entrant.actor, hello)
        newcomer = admitted and entrant.actor.member_id not in state.members
        try:
            join = do.Join(admitted=admitted, invited=await self._invited(state, entrant.actor, hello))
            await self._engine.submit(entrant.party_id, join, actor=entrant.actor)
        except Refused:
            if newcomer:
                await self._settle(entrant, hello, entered=False)
            raise
        if newcomer:
            await self._settle(entrant, hello, entered=True)

    async def _invited(self, state: PartyState, actor: Actor, hello: Hello) -> bool:
        """Ask for whom an invite is only where it spares them to wait."""
        if state.settings.approval == "off" or hello.invite is None or actor.user_id is None:
            return False
        return await self._doors.names(state.party_id, invite=hello.invite, user_id=actor.user_id)

    async def _settle(self, entrant: Entrant, hello: Hello, *, entered: bool) -> None:
        """Let the doors know what became of an invite that they opened to."""
        if hello.invite is not None:
            await self._doors.settle(
                entrant.party_id,
                invite=hello.invite,
                user_id=entrant.actor.user_id,
                guest_id=entrant.actor.guest_id,
                entered=entered,
            )

    async def _opens(self, state: PartyState, actor: Actor, hello: Hello) -> bool:
        """Ask the doors only where there is something to open, and for somebody who is not inside already."""
        known = state.members.get(actor.member_id or "")
        if (known and known.present) or not (state.has_password or state.visibility == "private"):
            return False
        if hello.password is None and hello.invite is None:
            return False
        return await self._doors.opens(
            state.party_id,
            password=hello.password,
            invite=hello.invite,
            user_id=actor.user_id,
            guest_id=actor.guest_id,
        )


@contextmanager
def _turning_away() -> Iterator[None]:
    """Give every reason for which somebody stays outside its close code."""
    try:
        yield
    except BadCredential as error:
        raise TurnedAway(error.close_code, str(error)) from None
    except NoSuchParty:
        raise TurnedAway(errors.NO_SUCH_PARTY, errors.CLOSES[errors.NO_SUCH_PARTY].meaning) from None
    except MustKnock:
        raise
    except Refused as refused:
        raise TurnedAway(_code_of(refused), refused.message) from None
    except Unavailable:
        raise TurnedAway(errors.STORAGE_UNAVAILABLE, errors.CLOSES[errors.STORAGE_UNAVAILABLE].meaning) from None


def _guest(name: str) -> Identity:
    cleaned = clean_name(name)
    if cleaned is None:
        raise BadCredential("A guest needs a name that can be seen.")
    return Identity(name=cleaned)


def _code_of(refused: Refused) -> int:
    if refused.code == "ended":
        return errors.PARTY_ENDED
    return errors.TRY_LATER if refused.code == "conflict" else errors.MAY_NOT_ENTER
