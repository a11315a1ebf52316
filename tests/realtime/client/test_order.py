from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realtime.client.order import Order
from realtime.client.outbox import MOST_KEPT, Outbox
from tests.conftest import ExpectedLogs
from tests.fakes.clock import ManualClock

Frame = dict[str, Any]


def welcome(log: list[Frame], after: int | None) -> Frame:
    missed = [] if after is None else log[after:]
    return {
        "you": {"session": "s"},
        "epoch": "e",
        "seq": len(log),
        "resumed": after is not None,
        "missed": missed,
    }


happenings = st.lists(
    st.one_of(
        st.just(("told", 0)),
        st.just(("lost", 0)),
        st.tuples(st.just("doubled"), st.integers(0, 30)),
        st.just(("cut", 0)),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(happenings)
def test_whatever_a_line_does_each_event_is_told_once_and_in_order(deeds: list[tuple[str, int]]) -> None:
    log: list[Frame] = []
    order, told = Order(), list[int]()
    order.welcome(welcome(log, None))

    def healed() -> None:
        told.extend(event["seq"] for event in order.welcome(welcome(log, order.seq)))

    def heard(seq: int) -> None:
        verdict = order.take(seq)
        if verdict == "apply":
            told.append(seq)
        elif verdict == "gap":
            healed()

    for kind, number in deeds:
        if kind in {"told", "lost"}:
            log.append({"seq": len(log) + 1})
        if kind == "told":
            heard(len(log))
        elif kind == "doubled" and log:
            heard(log[number % len(log)]["seq"])
        elif kind == "cut":
            healed()
    healed()
    assert told == [event["seq"] for event in log]


@pytest.mark.gen_test
async def test_an_outbox_that_nobody_empties_lets_the_oldest_go_and_says_so(logs: ExpectedLogs) -> None:
    clock = ManualClock()
    sent: list[Frame] = []

    async def send(batch: list[Frame]) -> None:
        sent.extend(batch)

    outbox = Outbox(send=send, clock=clock)
    with logs.expect("events_dropped"):
        for n in range(MOST_KEPT + 1):
            outbox.put({"event_id": str(n)})
    assert await outbox.flushed(5)
    await outbox.close()
    assert [event["event_id"] for event in sent] == [str(n) for n in range(1, MOST_KEPT + 1)]
