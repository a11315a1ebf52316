"""Chat: how many messages in each minute."""

import pandas as pd

MINUTE_MS = 60_000
_LONGEST = 1_440
"""A day of minutes is drawn with its silent ones; beyond that only the minutes that have messages."""


def per_minute(messages: pd.DataFrame) -> list[list[int]]:
    """Count messages (column `at`, ms) per minute of UTC: [start of the minute, messages], in order."""
    counts = (messages["at"] // MINUTE_MS).value_counts().sort_index()
    if counts.empty:
        return []
    first, last = int(counts.index[0]), int(counts.index[-1])
    if last - first < _LONGEST:
        counts = counts.reindex(range(first, last + 1), fill_value=0)
    return [[int(minute) * MINUTE_MS, int(count)] for minute, count in counts.items()]
