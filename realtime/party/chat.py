"""The newest messages of a party.

Theory. A state is never changed, so one more message makes another chat. Copying a hundred for it touches each of them, which
in many small parties costs more than deciding whether it may be said. So the newest few are a part of their own, which alone is
copied; once in `PART` messages it goes over to the others.
"""

from collections.abc import Callable, Iterator
from itertools import chain, islice

from msgspec import Struct

CHAT_KEPT = 100
PART = 16


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One chat message, with the position of the video at which it was said."""

    id: str
    member_id: str
    name: str
    body: str
    reply_to: str | None = None
    mentions: tuple[str, ...] = ()
    at_ms: int
    position_ms: float
    edited: bool = False
    reactions: dict[str, tuple[str, ...]] = {}
    """Member ids by emoji."""


class Chat(Struct, frozen=True, gc=False):
    """The last `CHAT_KEPT` messages, the oldest first: a sequence."""

    older: tuple[Message, ...] = ()
    newest: tuple[Message, ...] = ()
    dropped: int = 0
    """How many of `older`, from its beginning, are not kept any more."""

    def __len__(self) -> int:
        return len(self.older) - self.dropped + len(self.newest)

    def __iter__(self) -> Iterator[Message]:
        return chain(islice(self.older, self.dropped, None), self.newest)

    def __getitem__(self, index: int) -> Message:
        place = range(len(self))[index] + self.dropped
        return self.older[place] if place < len(self.older) else self.newest[place - len(self.older)]

    def plus(self, message: Message) -> "Chat":
        """Make the chat after one more message."""
        newest = (*self.newest, message)
        dropped = self.dropped + 1 if len(self) == CHAT_KEPT else self.dropped
        return Chat(self.older, newest, dropped) if len(newest) < PART else Chat(self.older[dropped:] + newest)

    def changed(self, message_id: str, change: Callable[[Message], Message]) -> "Chat":
        """Make the chat in which one message is another, if it is there."""
        return Chat(tuple(change(old) if old.id == message_id else old for old in self))

    def without(self, message_id: str) -> "Chat":
        """Make the chat that lacks a message."""
        return Chat(tuple(old for old in self if old.id != message_id))
