"""The members of a party: their roles, who may speak, who is put out."""

from msgspec import UNSET

from api.ask import Ask, Nothing
from api.problems import invalid
from api.schemas.parties import Done, MemberChanges, PutOutQuery
from realtime.party import commands as do
from store.documents import Party


async def change(ask: Ask[MemberChanges, Nothing, Party]) -> Done:
    member_id, asked, commands = ask.path["member_id"], ask.body, list[do.Command]()
    if asked.role is not UNSET:
        commands.append(do.SetRole(member_id=member_id, role=asked.role))
    if asked.muted is True:
        commands.append(do.Mute(member_id=member_id, minutes=asked.minutes, reason=asked.reason))
    elif asked.muted is False:
        commands.append(do.Unmute(member_id=member_id, reason=asked.reason))
    if not commands:
        raise invalid("$", "Give `role`, `muted` or both.")
    return Done(seq=await ask.services.parties.submit_all(ask.user, ask.subject.id, commands))


async def put_out(ask: Ask[Nothing, PutOutQuery, Party]) -> Done:
    make = do.Ban if ask.query.ban else do.Kick
    command = make(member_id=ask.path["member_id"], minutes=ask.query.minutes, reason=ask.query.reason)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)
