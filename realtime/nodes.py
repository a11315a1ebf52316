"""What nodes tell each other beside what happens in parties: a login that ended, blocks that changed, a notice to all."""

from collections.abc import Callable
from typing import Any

import msgspec

from realtime.bus import Bus, Message

TOPIC = "nodes"


class Nodes:
    """Carries a few words between nodes; what is told here is acted on here by whoever tells it."""

    def __init__(self, *, bus: Bus, node_id: str) -> None:
        self._bus = bus
        self._node_id = node_id
        self._acts: dict[str, Callable[..., object]] = {}

    def start(self) -> None:
        self._bus.subscribe(TOPIC, self._hear)

    def on(self, kind: str, act: Callable[..., object]) -> None:
        """Have `act` called with the fields of each message of a kind that another node sends."""
        self._acts[kind] = act

    def tell(self, kind: str, **fields: Any) -> None:
        """Tell the other nodes, where there can be any."""
        if self._bus.alone:
            return
        frame = msgspec.json.encode(fields)
        self._bus.publish(Message(party_id=TOPIC, frame=frame, kind=kind, about_id=self._node_id))

    def close(self) -> None:
        self._bus.unsubscribe(TOPIC, self._hear)

    def _hear(self, message: Message) -> None:
        act = self._acts.get(message.kind)
        if message.about_id != self._node_id and act is not None:
            act(**msgspec.json.decode(message.frame))
