"""The queue of a party: what comes next, over REST."""

from api.ask import Ask, Nothing
from api.schemas.parties import Done, NewQueueItem, QueueItemChange, QueueView
from api.services.party_changes import queue_command
from realtime.party import commands as do
from store.documents import Party


async def index(ask: Ask[Nothing, Nothing, Party]) -> QueueView:
    return await ask.services.members.queue(ask.subject.id)


async def add(ask: Ask[NewQueueItem, Nothing, Party]) -> Done:
    command = do.AddToQueue(video_id=ask.body.video_id)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)


async def change(ask: Ask[QueueItemChange, Nothing, Party]) -> Done:
    command = queue_command(ask.path["item_id"], ask.body)
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)


async def remove(ask: Ask[Nothing, Nothing, Party]) -> Done:
    command = do.RemoveFromQueue(item_id=ask.path["item_id"])
    return Done(seq=(await ask.services.parties.submit(ask.user, ask.subject.id, command)).seq)
