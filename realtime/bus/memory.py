from collections.abc import Callable

from realtime.bus import Message, Receive


class MemoryBus:
    """The bus of one process: who publishes calls who listens, at once and in order."""

    alone = True
    connected = True

    def __init__(self) -> None:
        self._receivers: dict[str, list[Receive]] = {}
        self.returned: Callable[[], None] = lambda: None

    def publish(self, message: Message) -> None:
        for receive in tuple(self._receivers.get(message.party_id, ())):
            receive(message)

    def echo(self, message: Message) -> None:
        self.publish(message)

    def subscribe(self, party_id: str, receive: Receive) -> None:
        self._receivers.setdefault(party_id, []).append(receive)

    def unsubscribe(self, party_id: str, receive: Receive) -> None:
        receivers = self._receivers.get(party_id, [])
        if receive in receivers:
            receivers.remove(receive)
        if not receivers:
            self._receivers.pop(party_id, None)

    async def settled(self) -> None:
        """Return at once: there is nobody else."""

    async def close(self) -> None:
        self._receivers.clear()
