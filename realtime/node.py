"""What hosts parties on one node, put together: the engine, those who listen, what time does, and what other nodes are told."""

from conf.clock import Clock
from conf.metrics import Metrics
from realtime.admission import Admission
from realtime.beats import Beats, KeptBeats
from realtime.blocks import Blocking
from realtime.bus import Bus
from realtime.credentials import Credentials, Doors
from realtime.engine import Engine
from realtime.errands import Errands
from realtime.facts import Facts
from realtime.gathering import Gathering
from realtime.hub import Hub
from realtime.nodes import Nodes
from realtime.presence import Presence
from realtime.projection import Parties
from realtime.reactions import KeptReactions, Reactions
from realtime.rooms import PartyLog
from realtime.services import Services
from realtime.session import FRAMES_PER_SECOND
from realtime.sessions import Sessions
from realtime.snapshots import SnapshotStore
from realtime.telemetry import Events, Recorder
from realtime.timers import Timers


class Node:
    def __init__(
        self,
        *,
        node_id: str,
        party_log: PartyLog,
        snapshots: SnapshotStore,
        parties: Parties,
        events: Events,
        reactions: KeptReactions,
        beats: KeptBeats,
        facts: Facts,
        credentials: Credentials,
        doors: Doors,
        blocking: Blocking,
        sessions: Sessions,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
        frames_per_second: int = FRAMES_PER_SECOND,
    ) -> None:
        self.bus = bus
        self.presence = Presence()
        self.recorder = Recorder(events, clock)
        self.reactions = Reactions(kept=reactions, node_id=node_id, clock=clock)
        self.engine = Engine(
            party_log=party_log,
            snapshots=snapshots,
            parties=parties,
            facts=facts,
            doors=doors,
            audience=self.presence,
            bus=bus,
            clock=clock,
            metrics=metrics,
        )
        self.hub = Hub(engine=self.engine, presence=self.presence, bus=bus, clock=clock, metrics=metrics)
        self.timers = Timers(engine=self.engine, parties=parties, presence=self.presence, clock=clock)
        self.services = Services(
            engine=self.engine,
            hub=self.hub,
            presence=self.presence,
            admission=Admission(
                engine=self.engine,
                credentials=credentials,
                doors=doors,
                blocking=blocking,
                sessions=sessions,
                clock=clock,
            ),
            blocking=blocking,
            errands=Errands(engine=self.engine, hub=self.hub, events=events, recorder=self.recorder, clock=clock),
            sessions=sessions,
            clock=clock,
            metrics=metrics,
            frames_per_second=frames_per_second,
        )
        self.gathering = Gathering(presence=self.presence, bus=bus, node_id=node_id, clock=clock)
        self.nodes = Nodes(bus=bus, node_id=node_id)
        self.beats = Beats(
            kept=beats, node_id=node_id, hub=self.hub, presence=self.presence, engine=self.engine, clock=clock
        )
        self._tell_others()

    def start(self) -> None:
        """Begin what time and other nodes do to parties; call in the running loop."""
        self.hub.start()
        self.timers.start()
        self.gathering.start()
        self.nodes.start()
        self.beats.start()

    def _tell_others(self) -> None:
        self.engine.counted = self.beats.hear_log
        self.recorder.taken = self.beats.hear_event
        self.hub.reacted = self.reactions.count
        self.hub.gathered = self.hub.porch.gathered = self.gathering.changed
        self.hub.opened = lambda party_id, session_id: self.nodes.tell(
            "session", party_id=party_id, session_id=session_id
        )
        self.nodes.on("session", self.hub.replace)
        self.bus.returned = self._back

    def _back(self) -> None:
        """Catch up with what was said while the bus was away."""
        self.hub.doubt()
        self.gathering.tell_all()
