"""Writes `docs/metrics_dictionary.md` out of the definitions: `python -m pipeline.metrics_dictionary`."""

from pathlib import Path

from store.metric_definitions import DEFINITIONS, Definition
from store.metrics.live import FIGURES

PAGE = Path("docs/metrics_dictionary.md")

HEAD = """# Metrics dictionary

Written by `python -m pipeline.metrics_dictionary` from `store/metrics/`; a test compares the two. `GET /api/v1/metrics-dictionary`
says the same to programs, and every figure of a dashboard links to its entry.

A *session* is one person in one party on one device, known by its `session_id`: open from the join to the leave (a
connection that comes back within 30 s goes on), without a leave until its last event + 30 s. A *heartbeat* is
`view.watched`, which viewers send every 10 s. An *attempt to view* is a session of one video in one party of which a player told
anything; it is a *view* when at least 3 s of it were watched. Each event counts once, by its `event_id`.

A figure's `n` is what it was taken from; below the smallest sample it is null with the reason `not_enough_data`, and where what it
is made of has not been computed at all, `not_computed`. Days are those of UTC; in zones that are whole hours from UTC a range is cut at its
own midnights, for what is kept by the hour (watch time, views, messages, reactions, concurrency, and people up to 1,000 a day). What is kept by day
only covers every UTC day that the range touches, and says so (`covers: "utc_days"`).

| figure | unit | n counts | smallest n | over a range | exact |
|---|---|---|---|---|---|
"""


def page() -> str:
    """Render the whole page."""
    rows = "".join(_row(definition) for definition in DEFINITIONS.values())
    sections = "\n".join(_section(definition) for definition in DEFINITIONS.values())
    return f"{HEAD}{rows}\n{sections}\n{_live()}"


def _row(definition: Definition) -> str:
    name = f"[`{definition.name}`](#{definition.name})"
    exact = definition.approximate or "yes"
    return (
        f"| {name} | {definition.unit} | {definition.n_of} | {definition.minimum_n} | {definition.merge} | {exact} |\n"
    )


def _section(definition: Definition) -> str:
    return (
        f'<a id="{definition.name}"></a>\n\n## {definition.title}\n\n'
        f"`{definition.name}`, {definition.unit}, version {definition.version}; shown on: {', '.join(definition.dashboards)}.\n\n"
        f"{definition.formula}\n"
    )


def _live() -> str:
    """Tell of the figures of this moment, which have neither a range nor a smallest sample."""
    told = "\n".join(
        f'<a id="live.{name}"></a>**{figure.title}**, `live.{name}`, {figure.unit}, n counts {figure.n_of}. {figure.formula}\n'
        for name, figure in FIGURES.items()
    )
    return f"## Of this moment\n\nKept by the websocket nodes, and shown by `GET /api/v1/dashboards/live`.\n\n{told}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
