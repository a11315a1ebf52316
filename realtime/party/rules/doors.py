"""The waiting room: who has to knock, and what those who look after the door answer.

Theory. With `approval` at `guests` (those without an account) or `everyone`, a newcomer is not let in but told to knock. A
knock is no event: it is a connection that waits, known as presence is (`realtime.knocks`) and gone with the connection, so
there are no ghosts at the door. The answer is an event, and the first one counts:

* let in: they enter as soon as they are there, within a day, and all that keeps people out is looked at again then;
* turned away: for five minutes they may not knock again, and nobody takes that back meanwhile.

Who has been in before does not knock again, unless they were kicked out since; nor does who has an invite that names them,
for whoever made it let them in with that. A password, or a link that may have been passed on, is no approval.
"""

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import require_role
from realtime.party.refused import Refused
from realtime.party.state import PartyState

Events = list[ev.AnyEvent]
LET_IN_MS = 24 * 3600 * 1000
"""How long an approval is good for somebody who is not there when it is given."""
TURNED_AWAY_MS = 5 * 60 * 1000


class MustKnock(Refused):
    """They may come in once somebody lets them in."""

    def __init__(self) -> None:
        super().__init__("forbidden", "Whoever looks after this party lets people in: come to its page and wait there.")


def approve(state: PartyState, command: do.Approve, context: Context) -> Events:
    require_role(state, context.actor, "moderator")
    member_id = command.member_id
    if _is_in(state, member_id) or _lasts(state.let_in.get(member_id), context.now_ms):
        return []
    until_ms = state.turned_away.get(member_id)
    if until_ms is not None and context.now_ms < until_ms:
        wait_ms = until_ms - context.now_ms
        raise Refused("conflict", "They were turned away just now.", path="member_id", retry_after_ms=wait_ms)
    return [ev.KnockAnswered(member_id=member_id, approved=True, until_ms=context.now_ms + LET_IN_MS)]


def deny(state: PartyState, command: do.Deny, context: Context) -> Events:
    require_role(state, context.actor, "moderator")
    member_id = command.member_id
    if _is_in(state, member_id) or _lasts(state.let_in.get(member_id), context.now_ms):
        raise Refused("conflict", "They have been let in.", path="member_id")
    if _lasts(state.turned_away.get(member_id), context.now_ms):
        return []
    return [ev.KnockAnswered(member_id=member_id, approved=False, until_ms=context.now_ms + TURNED_AWAY_MS)]


def refuse_unapproved(state: PartyState, command: do.Join, context: Context) -> None:
    """Keep out who has to be let in and has not been. Raises `MustKnock`, `Refused`."""
    member_id = str(context.actor.member_id)
    if not _concerns(state, context) or _lasts(state.let_in.get(member_id), context.now_ms):
        return
    if member_id not in state.shown_out and (command.invited or member_id in state.members):
        return
    if _lasts(state.turned_away.get(member_id), context.now_ms):
        raise Refused("forbidden", "You were not let in.")
    raise MustKnock


def _concerns(state: PartyState, context: Context) -> bool:
    approval = state.settings.approval
    return approval == "everyone" or (approval == "guests" and context.actor.user_id is None)


def _is_in(state: PartyState, member_id: str) -> bool:
    member = state.members.get(member_id)
    return member is not None and member.present


def _lasts(until_ms: int | None, now_ms: int) -> bool:
    return until_ms is not None and now_ms < until_ms
