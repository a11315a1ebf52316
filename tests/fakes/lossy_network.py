"""Several buses in one process with a bad network between them: what is under way waits until a test lets it arrive."""

import random
from collections.abc import Callable

from realtime.bus import Message
from realtime.bus.memory import MemoryBus


class Network:
    """`under_way` holds what was published and has not arrived, in order."""

    def __init__(self) -> None:
        self.under_way: list[tuple[LossyBus, Message]] = []
        self._buses: list[LossyBus] = []

    def bus(self) -> "LossyBus":
        bus = LossyBus(self)
        self._buses.append(bus)
        return bus

    def send(self, sender: "LossyBus", message: Message) -> None:
        self.under_way += [(bus, message) for bus in self._buses if bus is not sender]

    def arrive(self, lost: Callable[[Message], bool] = lambda _message: False) -> None:
        """Deliver in order all that is under way, and what comes of it, but what is `lost`."""
        while self.under_way:
            bus, message = self.under_way.pop(0)
            if not lost(message):
                bus.arrived(message)

    def muddle(self, chance: random.Random, *, loss: float, double: float) -> None:
        """Deliver what is under way now in any order; lose and double some of it."""
        now, self.under_way = self.under_way, []
        now += [each for each in now if chance.random() < double]
        chance.shuffle(now)
        for bus, message in now:
            if chance.random() >= loss:
                bus.arrived(message)


class LossyBus(MemoryBus):
    alone = False

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    def publish(self, message: Message) -> None:
        super().publish(message)
        self._network.send(self, message)

    def echo(self, message: Message) -> None:
        super().publish(message)

    def arrived(self, message: Message) -> None:
        """Take a message from another node."""
        super().publish(message)
