"""What a PATCH of something in a party asks for, as the one command that it is.

One, so that what is refused has changed nothing: two commands would be two decisions.
"""

from msgspec import UNSET

from api.problems import invalid
from api.schemas.parties import MemberChange, QueueItemChange
from realtime.party import commands as do


def queue_command(item_id: str, asked: QueueItemChange) -> do.Command:
    """Move an item, or vote for it. Raises `Problem("invalid")` for neither and for both."""
    if asked.to is not UNSET and asked.vote is UNSET:
        return do.MoveInQueue(item_id=item_id, to=asked.to)
    if asked.vote is not UNSET and asked.to is UNSET:
        return do.VoteInQueue(item_id=item_id, up=asked.vote)
    raise invalid("$", "Give `to` or `vote`.")


def member_command(member_id: str, asked: MemberChange) -> do.Command:
    """Give a role, mute or unmute. Raises `Problem("invalid")` for none of it, for more, and for what would be passed over."""
    if (asked.role is UNSET) == (asked.muted is UNSET):
        raise invalid("$", "Give `role` or `muted`.")
    if asked.minutes is not None and asked.muted is not True:
        raise invalid("$.minutes", "Only a mute has a length.")
    if asked.role is not UNSET:
        if asked.reason is not None:
            raise invalid("$.reason", "A role needs no reason.")
        return do.SetRole(member_id=member_id, role=asked.role)
    if asked.muted is True:
        return do.Mute(member_id=member_id, minutes=asked.minutes, reason=asked.reason)
    return do.Unmute(member_id=member_id, reason=asked.reason)
