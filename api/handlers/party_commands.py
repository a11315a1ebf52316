"""What changes a party: every one of these is a command to the engine, as from a socket."""

from api.ask import Ask, Nothing, Reply
from api.handlers.parties import shown
from api.problems import invalid
from api.schemas.parties import Control, Done, Entering, PartyView, command_of
from realtime.party import commands as do
from store.documents import Party

LONGEST_KEY = 64


async def start(ask: Ask[Nothing, Nothing, Party]) -> Reply[PartyView]:
    await ask.services.parties.submit(ask.user, ask.subject.id, do.Start())
    return shown(ask.services, await ask.services.parties.fresh(ask.subject.id))


async def end(ask: Ask[Nothing, Nothing, Party]) -> Reply[PartyView]:
    await ask.services.parties.submit(ask.user, ask.subject.id, do.End())
    return shown(ask.services, await ask.services.parties.fresh(ask.subject.id))


async def join(ask: Ask[Entering, Nothing, Party]) -> Done:
    return Done(seq=(await ask.services.parties.join(ask.user, ask.subject, ask.body.password)).seq)


async def leave(ask: Ask[Nothing, Nothing, Party]) -> Done:
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, do.Leave())).seq)


async def control(ask: Ask[Control, Nothing, Party]) -> Done:
    key = ask.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST_KEY:
        raise invalid("Idempotency-Key", f"At most {LONGEST_KEY} characters.")
    command = command_of(ask.body)
    accepted = await ask.services.parties.submit(ask.user, ask.subject.id, command, retry_key=key)
    return Done(seq=accepted.seq)
