from pathlib import Path

from pipeline.aggregations.facts import merged
from pipeline.aggregations.host_day import host_days
from pipeline.metrics_dictionary import PAGE, page
from store.metric_definitions import DEFINITIONS


def test_the_page_is_what_the_definitions_say() -> None:
    written = Path(PAGE).read_text(encoding="utf-8")
    assert written == page(), "run: python -m pipeline.metrics_dictionary"


def test_what_is_published_is_what_is_defined() -> None:
    nothing = host_days(merged([]), ["2026-11-23"])["2026-11-23"]
    assert set(nothing["metrics"]) == set(DEFINITIONS)
    for name, figure in nothing["metrics"].items():
        assert figure["unit"] == DEFINITIONS[name].unit
        assert (figure["value"] or 0, figure["n"]) == (0, 0)
    for definition in DEFINITIONS.values():
        assert set(definition.of) <= set(nothing["parts"])
