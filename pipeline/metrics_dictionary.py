"""Writes `docs/metrics_dictionary.md` out of the definitions: `python -m pipeline.metrics_dictionary`."""

from pathlib import Path

from store.metric_definitions import DEFINITIONS, Definition

PAGE = Path("docs/metrics_dictionary.md")

HEAD = """# Metrics dictionary

Written by `python -m pipeline.metrics_dictionary` from `store/metric_definitions.py`; a test compares the two.

A *session* is one person in one party on one device, known by its `session_id`: open from the join to the leave (a
connection that comes back within 30 s goes on), without a leave until its last event + 30 s. A *heartbeat* is
`view.watched`, which viewers send every 10 s. A figure's `n` is the number of sessions that it was taken from; below the
smallest sample it is shown as `not_enough_data`. Days are those of UTC. Each event counts once, by its `event_id`.
"""
MERGES = {
    "sum": "days are added",
    "max": "the greatest of the days",
    "union": "people of all days together, each once",
    "ratio": "the sums of the days divided",
}


def page() -> str:
    """Render the whole page."""
    return "\n".join([HEAD, *(_section(definition) for definition in DEFINITIONS.values())])


def _section(definition: Definition) -> str:
    return (
        f"## {definition.title}\n\n`{definition.name}`, {definition.unit}, version {definition.version}\n\n"
        f"{definition.formula}\n\n"
        f"Over a range: {MERGES[definition.merge]}. Smallest sample: {definition.minimum_n}.\n"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
