"""The metrics dictionary: every figure that is shown, by its name. The pipeline computes by it, the API shows it."""

from store.metrics import audience, conversation, playback, viewing
from store.metrics.definition import Definition, Unit

__all__ = ["DEFINITIONS", "Definition", "Unit"]

DEFINITIONS: dict[str, Definition] = {
    definition.name: definition
    for definition in (
        *viewing.DEFINITIONS,
        *audience.DEFINITIONS,
        *conversation.DEFINITIONS,
        *playback.DEFINITIONS,
        *audience.HOSTED,
    )
}
"""In the order of the dictionary's page."""
