"""The world of the simulation: nodes, viewers, and what happens to them, one action after the other.

Everything runs in one event loop on a clock that only the world moves, so a seed plays the same story again. Between any two
actions the nodes get some turns of the loop, not always enough to finish: that is how commands, crashes and messages overlap.
"""

from random import Random
from typing import Any

from realtime.rooms import NoSuchParty
from store.errors import Unavailable
from tests.fakes.clock import ManualClock, settle
from tests.fakes.node import PARTY, Shelf
from tests.simulation.model import Model
from tests.simulation.node import SimulatedNode
from tests.simulation.surroundings import ChancyLog, Ether, turns
from tests.simulation.viewer import SimulatedViewer

NAMES = ("ann", "bob", "cat", "dan", "Gus", "Hal")
NODES = 3
SKEW_MS = 2_000
SLACK_MS = 2_000
"""Of a wait's bound: sweeps of a quarter of a second, and answers that a node waits for."""

NEVER_VOID = frozenset({"chat.send", "queue.add", "poll.open"})
"""Commands that always leave an event. The others may have nothing to do, as a pause when it is paused; and of two sendings
the second may find that, while the first is on its way from a node that died and has an effect after all."""

Frame = dict[str, Any]
BUFFERING: Frame = {"t": "status", "state": "buffering", "position_ms": 1000.0}


class World:
    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.clock = ManualClock()
        self.shelf = Shelf()
        self.log = self.shelf.log = ChancyLog(self.chance)
        self.ether = Ether(self.chance)
        self.nodes: list[SimulatedNode | None] = [None] * NODES
        self.viewers = [SimulatedViewer(name) for name in NAMES]
        self.model = Model(self.log)
        self.steps = 0
        self.counts: dict[str, int] = {}
        self._lives = 0
        self._forgiven_ms = 0.0
        self._there_ms = 0.0
        """For how long somebody has been connected."""

    async def begin(self) -> None:
        for place in range(NODES):
            self._start(place)
        node = self.nodes[0]
        assert node is not None
        await node.create()
        for place, viewer in enumerate(self.viewers):
            viewer.come(self._node(place))
            await settle(20)
            viewer.listen()
        self.model.follow()

    async def end(self) -> None:
        for node in self.nodes:
            if node is not None:
                await node.die()

    async def do(self, action: str, *args: Any) -> None:
        """Let one thing happen, and look at what came of it."""
        self.steps += 1
        self.counts[action] = self.counts.get(action, 0) + 1
        await getattr(self, f"_{action}")(*args)
        await turns(self.chance.randrange(12))
        for viewer in self.viewers:
            viewer.listen()
        self.model.follow()

    # What may happen

    async def _ask(self, who: int, frame: Frame) -> None:
        """Somebody asks for something, as far as what they point at is there."""
        self.viewers[who].ask(self._pointed(frame))

    async def _say(self, who: int, frame: Frame) -> None:
        viewer = self.viewers[who]
        viewer.say({**frame, "seq": viewer.order.seq} if frame["t"] == "resync" else frame)

    async def _cut(self, who: int) -> None:
        self.viewers[who].drop()

    async def _come(self, who: int, where: int) -> None:
        if any(self.nodes):
            self.viewers[who].come(self._node(where))

    async def _crash(self, where: int) -> None:
        node, self.nodes[where] = self.nodes[where], None
        if node is None:
            return
        for viewer in self.viewers:
            if viewer.node is node:
                viewer.drop()
        await node.die()

    async def _start_again(self, where: int) -> None:
        if self.nodes[where] is None:
            self._start(where)

    async def _weather(self, loses: float, doubles: float, delays: float, away: bool) -> None:
        back = self.ether.away and not away
        self.ether.loses, self.ether.doubles, self.ether.delays, self.ether.away = loses, doubles, delays, away
        self.ether.arrive(self.chance.random())
        if back:
            self.ether.mend()

    async def _lose(self, what: str) -> None:
        """Let the next call of the log fail: before it has an effect, after it, or a reading."""
        setattr(self.log, what, getattr(self.log, what) + 1)
        self._forgiven_ms += SLACK_MS

    async def _jump(self, where: int, ms: float) -> None:
        if (node := self.nodes[where]) is not None:
            node.skewed.jump(ms)
            self._forgiven_ms += ms

    async def _stick(self, who: int, stuck: bool) -> None:
        """Somebody's player runs dry and stays so, or plays again."""
        self.viewers[who].stuck = stuck

    async def _turn(self, n: int) -> None:
        await turns(n)

    async def _rest(self, ms: float) -> None:
        """Let time pass; nobody waits beyond the bound meanwhile."""
        while ms > 0:
            step = min(ms, 500.0)
            ms -= step
            await self.clock.advance(step / 1000)
            for viewer in self.viewers:
                viewer.listen()
                if viewer.stuck:
                    viewer.say(BUFFERING)
            self.model.follow()
            if any(self.nodes):
                self.model.pass_time(step)
            there = any(node is not None and node.hub.connections() for node in self.nodes)
            self._there_ms = self._there_ms + step if there else 0.0
            state = self.model.state
            if state is not None and state.waiting is not None:
                allowed = self.model.bound_ms() + 2 * SKEW_MS + SLACK_MS + self._forgiven_ms
                # Nobody waits where nobody is; whoever comes back to a wait that is over has it ended within the slack.
                if self._there_ms > SLACK_MS + self._forgiven_ms or self._there_ms >= self.model.waited_ms:
                    assert self.model.waited_ms <= allowed, "somebody waits beyond the bound"
            else:
                self._forgiven_ms = 0.0
        for viewer in self.viewers:
            viewer.retry()

    # What must be true when the storm is over

    async def calm(self) -> None:
        """Mend everything, let all come back and be answered, and compare everybody with the log."""
        self.log.mend()
        self.ether.mend()
        for place in range(NODES):
            if self.nodes[place] is None:
                self._start(place)
        for _ in range(40):
            for place, viewer in enumerate(self.viewers):
                if not viewer.connected and not self._shut_out(viewer):
                    viewer.come(self._node(place))
            await settle(30)
            for viewer in self.viewers:
                viewer.listen()
                viewer.retry()
            await self.clock.advance(1.0)
            if all(self._shut_out(viewer) or (viewer.welcomed and not viewer.waiting) for viewer in self.viewers):
                break
        await self.clock.advance(31.0)  # the top is told
        for _ in range(4):
            await settle(30)
            for viewer in self.viewers:
                viewer.listen()
        self.model.follow()
        await self._compare()

    async def _compare(self) -> None:
        for node in self.nodes:
            assert node is not None
            try:
                await node.engine.heal(PARTY)
            except (NoSuchParty, Unavailable) as error:
                raise AssertionError("a node cannot read its party in calm weather") from error
            assert await node.engine.state(PARTY) == self.model.state, "a node differs from the log"
        for viewer in self.viewers:
            self._compare_viewer(viewer)

    def _compare_viewer(self, viewer: SimulatedViewer) -> None:
        skipped = {seq for stretch in viewer.skipped for seq in stretch}
        expected = set(range(1, viewer.order.seq + 1)) - skipped
        assert set(viewer.told) >= expected, (viewer.name, sorted(expected - set(viewer.told))[:5])
        for seq, frame in viewer.told.items():
            assert frame == self.model.frames[seq], (viewer.name, seq)
        if viewer.welcomed:
            assert viewer.order.seq == self.model.seq, f"{viewer.name} is behind"
            assert not viewer.waiting, (viewer.name, viewer.waiting)
        for key, acked in viewer.acked.items():
            seqs = self.model.commands.get(key)
            if acked.kind in NEVER_VOID or not (acked.resent or seqs is None):
                assert seqs is not None, f"{key} was acknowledged, and is not in the log: {acked}"
                assert seqs[-1] == acked.seq, f"{key} is {seqs}, and was acknowledged otherwise: {acked}"
        for key in viewer.refused:
            assert key not in self.model.commands, f"{key} was refused, and is in the log"
        viewer.told.clear()
        viewer.skipped = [range(1, viewer.order.seq + 1)]
        viewer.acked.clear()
        viewer.refused.clear()

    def _shut_out(self, viewer: SimulatedViewer) -> bool:
        state = self.model.state
        return state is not None and (state.status == "ended" or viewer.member_id in state.bans)

    def _node(self, place: int) -> SimulatedNode:
        """Take the node at a place, or the next one that runs: nobody sticks to a node."""
        running = [node for node in self.nodes[place % NODES :] + self.nodes[: place % NODES] if node is not None]
        return running[0]

    def _start(self, place: int) -> None:
        self._lives += 1
        offset_ms = self.chance.uniform(-SKEW_MS, SKEW_MS)
        node = SimulatedNode(self.clock, offset_ms, self.shelf, self.ether, f"node-{place}-{self._lives}")
        node.start()
        self.nodes[place] = node

    def _pointed(self, frame: Frame) -> Frame:
        """Point a command at what is there: `item_id`, `message_id` and `member_id` are given as places."""
        state = self.model.state
        assert state is not None
        things = {
            "item_id": [item.id for item in state.queue],
            "message_id": [message.id for message in state.chat],
            "member_id": list(state.members),
        }
        changed = dict(frame)
        for name, there in things.items():
            if name in frame and there:
                changed[name] = there[frame[name] % len(there)]
            elif name in frame:
                changed[name] = "nothing"
        return changed
