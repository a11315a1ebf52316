"""`decide`: which events a command causes.

Theory. A party is the fold of its log. A command is looked at once, against one state, and answers with the events that
would follow, all or none; nothing is changed here. The engine appends them under the next seqs, which only succeeds if
no other node wrote in between; otherwise the same command is decided again on the newer state. So a rule may rely on the
state that it sees, must not rely on having been asked only once, and takes time, ids, facts and who is connected from
its context alone.

`[]` says that the command is fulfilled already (play while playing): it is acknowledged and nothing is written.
`Refused` says why not. A party that has ended accepts nothing but leaving, and that staff take a message away.
"""

from collections.abc import Callable
from typing import Any

from realtime.party import commands as do
from realtime.party.context import Context
from realtime.party.events import AnyEvent
from realtime.party.refused import Refused
from realtime.party.rules import chat, doors, lifecycle, members, playback, polls, queue, schedule, waiting
from realtime.party.state import PartyState

Rule = Callable[[PartyState, Any, Context], list[AnyEvent]]

RULES: dict[type, Rule] = {
    do.Play: playback.play,
    do.Pause: playback.pause,
    do.Seek: playback.seek,
    do.SetRate: playback.set_rate,
    do.ChangeVideo: playback.change_video,
    do.Advance: playback.advance,
    do.AddToQueue: queue.add,
    do.RemoveFromQueue: queue.remove,
    do.MoveInQueue: queue.move,
    do.PlayFromQueue: queue.play,
    do.ClearQueue: queue.clear,
    do.VoteInQueue: queue.vote,
    do.Skip: queue.skip,
    do.VoteToSkip: queue.vote_to_skip,
    do.Say: chat.say,
    do.EditMessage: chat.edit,
    do.DeleteMessage: chat.delete,
    do.ReactToMessage: chat.react,
    do.OpenPoll: polls.open_poll,
    do.VoteInPoll: polls.vote,
    do.ClosePoll: polls.close,
    do.Ready: waiting.ready,
    do.Wait: waiting.wait,
    do.GoOn: waiting.go_on,
    do.Join: members.join,
    do.Leave: members.leave,
    do.SetRole: members.set_role,
    do.Kick: members.kick,
    do.Ban: members.ban,
    do.Mute: members.mute,
    do.Unmute: members.unmute,
    do.TransferHost: members.transfer_host,
    do.Succeed: members.succeed,
    do.Approve: doors.approve,
    do.Deny: doors.deny,
    do.ChangeSettings: lifecycle.change_settings,
    do.Start: lifecycle.start,
    do.End: lifecycle.end,
    do.Vacate: lifecycle.vacate,
    do.Reschedule: lifecycle.reschedule,
    do.OpenDoors: schedule.open_doors,
    do.StartOnTime: schedule.start_on_time,
}


def decide(state: PartyState | None, command: do.AnyCommand, context: Context) -> list[AnyEvent]:
    """Return the events that `command` causes in `state`. Raises `Refused`, and changes nothing in any case."""
    if isinstance(command, do.Create):
        if state is not None:
            raise Refused("conflict", "The party exists already.")
        return lifecycle.create(command, context)
    if state is None:
        raise Refused("not_found", "There is no such party.")
    if state.status == "ended" and not _after_the_end(command, context):
        raise Refused("ended", "The party has ended.")
    return RULES[type(command)](state, command, context)


def _after_the_end(command: do.AnyCommand, context: Context) -> bool:
    return isinstance(command, do.Leave) or (isinstance(command, do.DeleteMessage) and context.actor.member_id is None)
