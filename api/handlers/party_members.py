"""The members of a party: their roles, who may speak, who is put out."""

from api.ask import Ask, Nothing
from api.schemas.parties import Done, MemberChange, PutOutQuery
from api.services.party_changes import member_command
from realtime.party import commands as do
from store.documents import Party


async def change(ask: Ask[MemberChange, Nothing, Party]) -> Done:
    command = member_command(ask.path["member_id"], ask.body)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)


async def put_out(ask: Ask[Nothing, PutOutQuery, Party]) -> Done:
    make = do.Ban if ask.query.ban else do.Kick
    command = make(member_id=ask.path["member_id"], minutes=ask.query.minutes, reason=ask.query.reason)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)
