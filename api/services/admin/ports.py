"""What staff's services need of the live connections; `realtime.hub.Hub` in the running system."""

from typing import Any, Protocol


class Sockets(Protocol):
    def connections(self) -> int:
        """Count the open party sockets of this node."""
        ...

    def announce(self, fields: dict[str, Any]) -> int:
        """Send every one of them a frame that is not kept; return how many there are."""
        ...
