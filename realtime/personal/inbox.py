"""What a personal socket asks of the rest of the house: the port that api/ implements."""

from typing import Protocol

from realtime.personal.topic import Heard


class Inbox(Protocol):
    async def since(self, user_id: str, notification_id: str) -> list[Heard]:
        """List what somebody was told after an id, the oldest first, with some of what came just before it.

        Raises `store.errors.Unavailable`.
        """
        ...

    async def unread(self, user_id: str) -> int:
        """Count what somebody has not read. Raises `store.errors.Unavailable`."""
        ...
