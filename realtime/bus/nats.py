"""The bus of several processes or machines: NATS core, which forgets what nobody listens to.

Theory. Who publishes here hears it here at once, as with the bus of one process; NATS takes it to the other nodes and never
back to us. All that is asked of NATS goes through one queue and one task, so that its order is kept: a subscription is there
before what is asked behind it. While NATS is away nothing is kept for it beyond a bound; when it is back `returned` is called,
and whoever listens looks at the log for what was missed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from conf import logs
from conf.metrics import Metrics
from realtime.bus import Message, Receive

MOST_WAITING = 10_000
"""Steps that wait for NATS; beyond it a message is not taken on, which the log heals. A subscription always is."""
SETTLE_SECONDS = 1.0
"""How long a joiner waits for NATS to confirm a subscription; after that the check of the top seq finds what fell between."""
RECONNECT_SECONDS = 0.25
CONNECT_SECONDS = 5.0

Step = Callable[[], Awaitable[None]]

log = logs.get("realtime.bus")
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Message)


class NoBus(Exception):  # noqa: N818 - named for what is missing
    """NATS does not answer, or does not let us in."""


class NatsBus:
    """Satisfies `realtime.bus.Bus`. `namespace` keeps two installations on one NATS apart."""

    alone = False

    def __init__(self, *, url: str, namespace: str, metrics: Metrics) -> None:
        self._url = url
        self._prefix = f"matinee.{namespace}."
        self._metrics = metrics
        self._client = Client()
        self._receivers: dict[str, list[Receive]] = {}
        self._subscriptions: dict[str, Subscription] = {}
        self._steps: deque[Step] = deque()
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self.returned: Callable[[], None] = lambda: None

    async def connect(self) -> None:
        """Connect once; from then on the connection comes back by itself. Raises `NoBus`."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await self._client.connect(
                    self._url,
                    no_echo=True,
                    allow_reconnect=True,
                    max_reconnect_attempts=-1,
                    reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # it may be a part of a second
                    disconnected_cb=self._lost,
                    reconnected_cb=self._back,
                    error_cb=_noted,
                )
        except (OSError, NatsError, TimeoutError) as error:
            await self._client.close()
            raise NoBus(f"no NATS at the address given: {type(error).__name__}") from error
        self._worker = asyncio.create_task(self._work())

    def publish(self, message: Message) -> None:
        self.echo(message)
        if len(self._steps) >= MOST_WAITING:
            self._metrics.count("bus.dropped")
            return
        subject, payload = self._subject(message.party_id), _ENCODER.encode(message)
        self._ask(partial(self._client.publish, subject, payload))

    def echo(self, message: Message) -> None:
        for receive in tuple(self._receivers.get(message.party_id, ())):
            receive(message)

    def subscribe(self, party_id: str, receive: Receive) -> None:
        receivers = self._receivers.setdefault(party_id, [])
        receivers.append(receive)
        if len(receivers) == 1:
            self._ask(partial(self._listen, party_id))

    def unsubscribe(self, party_id: str, receive: Receive) -> None:
        receivers = self._receivers.get(party_id, [])
        if receive in receivers:
            receivers.remove(receive)
        if party_id in self._receivers and not receivers:
            del self._receivers[party_id]
            self._ask(partial(self._leave, party_id))

    async def settled(self) -> None:
        if not self.connected:
            return
        confirmed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def confirm() -> None:
            try:
                await self._client.flush(timeout=SETTLE_SECONDS)  # type: ignore[arg-type]  # as above
            finally:
                if not confirmed.done():
                    confirmed.set_result(None)

        self._ask(confirm)
        await asyncio.wait([confirmed], timeout=SETTLE_SECONDS)

    @property
    def connected(self) -> bool:
        return self._client.is_connected

    async def close(self) -> None:
        """Send what waits, as far as NATS is there, and let go."""
        if self.connected:
            await self.settled()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])
            await self._client.close()
        self._receivers.clear()

    def _ask(self, step: Step) -> None:
        self._steps.append(step)
        self._woken.set()

    async def _work(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._steps:
                step = self._steps.popleft()
                try:
                    await step()
                except (NatsError, OSError, TimeoutError):
                    self._metrics.count("bus.dropped")

    async def _listen(self, party_id: str) -> None:
        if party_id in self._receivers and party_id not in self._subscriptions:
            self._subscriptions[party_id] = await self._client.subscribe(self._subject(party_id), cb=self._heard)

    async def _leave(self, party_id: str) -> None:
        if party_id not in self._receivers and (subscription := self._subscriptions.pop(party_id, None)):
            await subscription.unsubscribe()

    async def _heard(self, raw: Msg) -> None:
        try:
            message = _DECODER.decode(raw.data)
        except msgspec.DecodeError:
            return  # of another version: what it says is in the log
        self.echo(message)

    def _subject(self, party_id: str) -> str:
        return self._prefix + party_id

    async def _lost(self) -> None:
        if not self._client.is_closed:
            log.info("the bus is away")
            self._metrics.count("bus.lost")

    async def _back(self) -> None:
        log.info("the bus is back")
        for party_id in self._receivers.keys() - self._subscriptions.keys():  # asked for while it was away, and refused
            self._ask(partial(self._listen, party_id))
        self.returned()


async def _noted(error: Exception) -> None:
    log.debug("the bus complains", error=type(error).__name__)


async def connected(*, url: str, namespace: str, metrics: Metrics) -> NatsBus:
    """Make a bus and connect it. Raises `NoBus`."""
    bus = NatsBus(url=url, namespace=namespace, metrics=metrics)
    await bus.connect()
    return bus
