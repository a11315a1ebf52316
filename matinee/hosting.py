"""How a node hosts parties: its engine, its sockets, and the bus that it shares with other nodes."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from api.application import AccessServices
from conf.clock import Clock
from conf.metrics import Metrics
from conf.settings import Settings
from matinee.faults import Fault
from matinee.telling import Telling
from realtime import errors
from realtime.bus import Bus
from realtime.bus.memory import MemoryBus
from realtime.bus.nats import NoBus, connected
from realtime.facts import StoredFacts
from realtime.node import Node
from store.database import Store
from store.ids import new_id


async def bus_of(settings: Settings, metrics: Metrics) -> Bus:
    """Connect the bus that the settings name. Raises `Fault`."""
    if not settings.nats_url:
        return MemoryBus()
    try:
        return await connected(url=settings.nats_url, namespace=settings.mongo_database, metrics=metrics)
    except NoBus as error:
        raise Fault(str(error), "start nats-server, or correct MATINEE_NATS_URL") from error


def hosting(
    *,
    store: Store,
    access: AccessServices,
    facts: StoredFacts,
    bus: Bus,
    clock: Clock,
    metrics: Metrics,
    settings: Settings,
) -> Node:
    """Build what hosts parties."""
    return Node(
        node_id=new_id(clock.now_ms()),
        party_log=store.party_log,
        snapshots=store.party_snapshots,
        parties=store.parties,
        events=store.events,
        reactions=store.party_reactions,
        beats=store.live,
        facts=facts,
        credentials=access.credentials,
        doors=access.doors,
        blocking=access.blocking,
        sessions=access.seats,
        bus=bus,
        clock=clock,
        metrics=metrics,
        frames_per_second=settings.socket_frames_per_second,
    )


def neighbours(realtime: Node, access: AccessServices, told: Telling) -> None:
    """Have logins that end, blocks that change and logs that are rewritten count on every node: here at once, elsewhere as soon as it is heard."""
    hub, nodes = realtime.hub, realtime.nodes
    tasks: set[asyncio.Task[None]] = set()

    def close_here(family: str, code: int) -> None:
        hub.close_family(family, code)
        told.hub.close_family(family, code)

    def close_family(family: str, code: int = errors.BAD_CREDENTIAL) -> None:
        close_here(family, code)
        nodes.tell("family", family=family, code=code)

    def ended_elsewhere(family: str, code: int) -> None:
        access.sessions.void(family)
        close_here(family, code)

    async def blocks_changed(*user_ids: str) -> None:
        nodes.tell("blocks", user_ids=user_ids)
        await hub.blocks_changed(*user_ids)

    def go(work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    access.sessions.ended = close_family
    access.sessions.renewed = lambda family: close_family(family, errors.CREDENTIAL_EXPIRED)
    access.blocking.changed = blocks_changed
    nodes.on("family", ended_elsewhere)
    realtime.engine.rewritten = lambda party_id: nodes.tell("rewritten", party_id=party_id)
    nodes.on("blocks", lambda user_ids: go(hub.blocks_changed(*user_ids)))
    nodes.on("rewritten", lambda party_id: go(realtime.engine.reopen_here(party_id)))


class EverySocket:
    """The sockets of parties and of people, for those who look after a node (`api.services.admin.ports`)."""

    def __init__(self, realtime: Node, told: Telling) -> None:
        self._hubs = (realtime.hub, told.hub)
        self._nodes = realtime.nodes
        self._nodes.on("notice", self._announce_here)

    def connections(self) -> int:
        return sum(hub.connections() for hub in self._hubs)

    def announce(self, fields: dict[str, Any]) -> int:
        """Send a frame to each, on every node; count those of this one. Whoever has both kinds hears it twice, under one id."""
        self._nodes.tell("notice", fields=fields)
        return self._announce_here(fields)

    def _announce_here(self, fields: dict[str, Any]) -> int:
        return sum(hub.announce(fields) for hub in self._hubs)
