"""The queue of a party: what comes next, over REST."""

from msgspec import UNSET

from api.ask import Ask, Nothing
from api.problems import invalid
from api.schemas.parties import Done, NewQueueItem, QueueItemChanges, QueueView
from realtime.party import commands as do
from store.documents import Party


async def index(ask: Ask[Nothing, Nothing, Party]) -> QueueView:
    return await ask.services.members.queue(ask.subject.id)


async def add(ask: Ask[NewQueueItem, Nothing, Party]) -> Done:
    command = do.AddToQueue(video_id=ask.body.video_id)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)


async def change(ask: Ask[QueueItemChanges, Nothing, Party]) -> Done:
    item_id, commands = ask.path["item_id"], list[do.Command]()
    if ask.body.to is not UNSET:
        commands.append(do.MoveInQueue(item_id=item_id, to=ask.body.to))
    if ask.body.vote is not UNSET:
        commands.append(do.VoteInQueue(item_id=item_id, up=ask.body.vote))
    if not commands:
        raise invalid("$", "Give `to`, `vote` or both.")
    return Done(seq=await ask.services.parties.submit_all(ask.user, ask.subject.id, commands))


async def remove(ask: Ask[Nothing, Nothing, Party]) -> Done:
    command = do.RemoveFromQueue(item_id=ask.path["item_id"])
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)
