"""Who blocks whom, as far as a party goes: the port that api/ implements, and what follows from it.

Whom the party's host or creator blocks does not enter it. What somebody says reaches those who block them with its
words left out: the event stays, under its seq, so that nobody has a gap to heal.
"""

from collections.abc import Iterable
from typing import Any, Protocol

import msgspec

from realtime.party.chat import Message
from realtime.party.state import PartyState


class Blocks(msgspec.Struct, frozen=True):
    """One person's blocks, by user id."""

    blocked: frozenset[str] = frozenset()
    """Whom they block."""
    blocked_by: frozenset[str] = frozenset()
    """Who blocks them."""


NONE = Blocks()


class Blocking(Protocol):
    async def of(self, user_id: str) -> Blocks:
        """Say whom somebody blocks and who blocks them. Raises `store.errors.Unavailable`."""
        ...


def bars(blocks: Blocks, user_id: str | None, *, host_id: str, creator_id: str) -> bool:
    """Say whether somebody may not enter or see a party: its host or creator blocks them, and it is not their own."""
    if user_id in {host_id, creator_id}:
        return False
    return host_id in blocks.blocked_by or creator_id in blocks.blocked_by


def barred(blocks: Blocks, user_id: str | None, state: PartyState) -> bool:
    return bars(blocks, user_id, host_id=state.host_id, creator_id=state.creator_id)


def hide(message: Message) -> dict[str, Any]:
    """Show that there is a message, and not what it says."""
    return {**msgspec.structs.asdict(message), "body": "", "mentions": (), "hidden": True}


def hide_frame(frame: bytes) -> bytes:
    """Take the words out of an encoded `chat` or `chat.edited`; its seq and all else stay."""
    fields = msgspec.json.decode(frame)
    fields["message"] |= {"body": "", "mentions": [], "hidden": True}
    return msgspec.json.encode(fields)


def shown_chat(chat: Iterable[Message], blocks: Blocks) -> list[Message | dict[str, Any]]:
    """Show a chat to somebody."""
    return [hide(message) if message.member_id in blocks.blocked else message for message in chat]
