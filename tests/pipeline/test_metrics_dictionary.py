from pathlib import Path

from pipeline.metrics_dictionary import PAGE, page
from store.metric_definitions import DEFINITIONS


def test_the_page_is_what_the_definitions_say() -> None:
    written = Path(PAGE).read_text(encoding="utf-8")
    assert written == page(), "run: python -m pipeline.metrics_dictionary"


def test_every_figure_has_an_anchor_that_links_lead_to() -> None:
    written = Path(PAGE).read_text(encoding="utf-8")
    assert all(f'<a id="{name}"></a>' in written for name in DEFINITIONS)


def test_every_definition_is_whole() -> None:
    for name, definition in DEFINITIONS.items():
        assert name == definition.name
        assert definition.formula.endswith("."), name
        assert definition.title, name
        assert definition.merge, name
        assert definition.dashboards, name
