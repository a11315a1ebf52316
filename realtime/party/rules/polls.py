"""Polls: one question at a time, asked by moderators, answered by whoever may vote."""

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import require, require_role
from realtime.party.refused import Refused
from realtime.party.state import PartyState, Poll

Events = list[ev.AnyEvent]


def open_poll(state: PartyState, command: do.OpenPoll, context: Context) -> Events:
    require_role(state, context.actor, "moderator")
    question = command.question.strip()
    options = tuple(option.strip() for option in command.options)
    if not question:
        raise Refused("invalid", "A question has at least one character.", path="question")
    if not all(options) or len(set(options)) < len(options):
        raise Refused("invalid", "Options have at least one character, and differ.", path="options")
    poll = Poll(
        id=context.fresh_id, question=question, options=options, multiple=command.multiple, by=context.actor.member_id
    )
    return [*_over(state), ev.PollOpened(poll=poll)]


def vote(state: PartyState, command: do.VoteInPoll, context: Context) -> Events:
    require(state, context.actor, "vote")
    member_id, poll = context.actor.member_id, state.poll
    if member_id is None:
        raise Refused("forbidden", "The system does not vote.")
    if poll is None or not poll.open:
        raise Refused("conflict", "There is no open poll.")
    if command.option >= len(poll.options):
        raise Refused("not_found", "There is no such option.", path="option")
    before = poll.votes.get(member_id, ())
    if command.option in before:
        chosen = tuple(option for option in before if option != command.option)
    else:
        chosen = (*before, command.option) if poll.multiple else (command.option,)
    others = {voter: options for voter, options in poll.votes.items() if voter != member_id}
    votes = {**others, member_id: chosen} if chosen else others
    return [ev.PollVoted(member_id=member_id, poll=replace(poll, votes=votes))]


def close(state: PartyState, _command: do.ClosePoll, context: Context) -> Events:
    require_role(state, context.actor, "moderator")
    return _over(state)


def _over(state: PartyState) -> Events:
    return [ev.PollClosed(poll=replace(state.poll, open=False))] if state.poll and state.poll.open else []
