"""Who came, stayed, came again and went."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.aggregations.activity import within
from pipeline.aggregations.lifecycle import lifecycle
from tests.pipeline.active_users import TODAY, active, drawn_days


def test_the_four_kinds_of_a_week() -> None:
    people = active(("new", 2), ("back", 0), ("back", 8), ("again", 1), ("again", 20), ("gone", 9), ("long_gone", 15))
    assert lifecycle(people, TODAY, 7) == {"new": 1, "returning": 1, "resurrecting": 1, "dormant": 1}


@settings(max_examples=60, deadline=None)
@given(drawn_days, st.sampled_from([7, 28]))
def test_the_kinds_add_up_to_who_was_there(drawn: list[tuple[str, int]], period: int) -> None:
    made = active(*drawn)
    found = lifecycle(made, TODAY, period)
    now, before = within(made, period, TODAY, TODAY)[0], within(made, period, TODAY - period, TODAY - period)[0]
    assert found["new"] + found["returning"] + found["resurrecting"] == now
    assert found["returning"] + found["dormant"] == before
