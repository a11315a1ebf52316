"""What presence knows of a party at a glance is what a look at everybody tells, whatever came before."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from realtime.presence import MAX_RTT_MS, Presence
from realtime.protocol import StatusReport

PARTY = "p"
MEMBERS = st.sampled_from(["ann", "ben", "cid", "dot"])
CONNECTIONS = st.sampled_from(["tab", "phone"])
NODES = st.sampled_from(["n1", "n2"])
TRIPS = st.none() | st.sampled_from([0.0, 20.0, 90.0, 90.5, 4_000.0, 9_000.0])

STEPS = st.one_of(
    st.tuples(st.just("enter"), MEMBERS, CONNECTIONS),
    st.tuples(st.just("leave"), MEMBERS, CONNECTIONS),
    st.tuples(st.just("report"), MEMBERS, CONNECTIONS, TRIPS),
    st.tuples(st.just("hear"), NODES, st.dictionaries(MEMBERS, TRIPS)),
    st.tuples(st.just("expire"), st.integers(0, 60)),
    st.tuples(st.just("forget_elsewhere")),
)


class Model:
    """Looks at everybody, each time."""

    def __init__(self) -> None:
        self.here: dict[tuple[str, str], float | None] = {}
        self.elsewhere: dict[str, tuple[dict[str, float | None], float]] = {}

    def connected(self) -> set[str]:
        return {member for member, _ in self.here}.union(*(members for members, _ in self.elsewhere.values()))

    def highest(self) -> float:
        trips = [*self.here.values(), *(trip for members, _ in self.elsewhere.values() for trip in members.values())]
        return min(MAX_RTT_MS, max([trip or 0.0 for trip in trips], default=0.0))


@given(st.lists(STEPS, max_size=40))
def test_sums_are_those_of_a_look_at_everybody(steps: list[tuple[Any, ...]]) -> None:
    presence, model = Presence(), Model()
    for now_ms, (what, *given_) in enumerate(steps):
        _step(presence, model, what, given_, float(now_ms))
        assert presence.connected(PARTY) == model.connected()
        assert presence.count(PARTY) == len(model.connected())
        assert presence.highest_rtt_ms(PARTY) == model.highest()


def _step(presence: Presence, model: Model, what: str, given_: list[Any], now_ms: float) -> None:
    match what, *given_:
        case "enter", member, connection:
            presence.enter(PARTY, member, connection, now_ms)
            model.here[member, connection] = None
        case "leave", member, connection:
            presence.leave(PARTY, member, connection)
            model.here.pop((member, connection), None)
        case "report", member, connection, trip:
            presence.report(PARTY, member, connection, StatusReport(state="playing", rtt_ms=trip), now_ms)
            if (member, connection) in model.here:
                model.here[member, connection] = trip
        case "hear", node, members:
            shown = {
                member: {"status": "playing", "drift_ms": None, "rtt_ms": trip} for member, trip in members.items()
            }
            presence.hear(PARTY, node, shown, len(shown), now_ms + 20)
            model.elsewhere.pop(node, None)
            if members:
                model.elsewhere[node] = (members, now_ms + 20)
        case "expire", later:
            presence.expire(now_ms + later)
            model.elsewhere = {node: told for node, told in model.elsewhere.items() if told[1] > now_ms + later}
        case "forget_elsewhere", *_:
            presence.forget_elsewhere(PARTY)
            model.elsewhere.clear()
