"""Who came back after a day, a week, a month."""

from hypothesis import given, settings

from pipeline.aggregations.cohorts import AFTER_DAYS, cohorts, retention
from tests.pipeline.active_users import TODAY, active, drawn_days


def test_a_cell_whose_day_has_not_been_is_none() -> None:
    people = active(("ann", 8), ("ann", 7), ("ben", 8), ("ben", 1), ("cem", 0))
    assert cohorts(people, TODAY) == [
        {
            "cohort": TODAY - 8,
            "size": 2,
            "classic": {"D1": 1, "D7": 1, "D30": None},
            "unbounded": {"D1": 2, "D7": 1, "D30": None},
        },
        {
            "cohort": TODAY,
            "size": 1,
            "classic": {"D1": None, "D7": None, "D30": None},
            "unbounded": {"D1": None, "D7": None, "D30": None},
        },
    ]
    assert cohorts(active(), TODAY) == []


def test_cohorts_that_are_complete_are_put_together_where_they_are_people_enough() -> None:
    people = active(*((f"{number}", 8) for number in range(10)), *((f"{number}", 7) for number in range(4)), ("new", 0))
    assert retention(cohorts(people, TODAY)) == {
        "D1": {"value": 0.4, "n": 10},
        "D7": {"value": 0.0, "n": 10},
        "D30": {"value": None, "n": 0},
    }
    assert retention(cohorts(active(("ann", 8)), TODAY))["D1"] == {"value": None, "n": 1}


@settings(max_examples=60, deadline=None)
@given(drawn_days)
def test_cohorts_are_their_people(drawn: list[tuple[str, int]]) -> None:
    made = active(*drawn)
    there: dict[str, set[int]] = {}
    for who, ago in drawn:
        there.setdefault(who, set()).add(TODAY - ago)
    found = {one["cohort"]: one for one in cohorts(made, TODAY)}
    assert set(found) == {min(seen) for seen in there.values() if min(seen) > TODAY - 60}
    for day, one in found.items():
        people = [seen for seen in there.values() if min(seen) == day]
        assert one["size"] == len(people)
        for after in AFTER_DAYS:
            over = day + after <= TODAY
            assert one["classic"][f"D{after}"] == (sum(day + after in seen for seen in people) if over else None)
            assert one["unbounded"][f"D{after}"] == (sum(max(seen) >= day + after for seen in people) if over else None)
