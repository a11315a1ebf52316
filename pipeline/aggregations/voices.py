"""Voices: each message and each reaction, one row, without its words."""

import numpy as np
import pandas as pd

from pipeline.aggregations.rows import KIND, NONE, Coded, Rows, nullable

COLUMNS = ("party_id", "at", "viewer", "kind", "emoji", "video_id", "position_ms")


def voices(rows: Rows, video: Coded) -> pd.DataFrame:
    """Make one row a message (`chat`) or reaction (`reaction`), columns `COLUMNS`, in order of party, time and id."""
    chosen = np.flatnonzero(rows.is_kind("chat.sent", "reaction.sent"))
    place = chosen[np.lexsort((rows.id_ranks(chosen), rows.at_ms[chosen], rows.party.codes[chosen]))]
    emoji = rows.words("emoji")
    said = rows.kind[place] == KIND["chat.sent"]
    found = {
        "party_id": rows.party.names[rows.party.codes[place]],
        "at": rows.at_ms[place],
        "viewer": rows.viewer.words(rows.viewer.codes[place]),
        "kind": np.where(said, "chat", "reaction"),
        "emoji": emoji.words(np.where(said, NONE, emoji.codes[place])),
        "video_id": video.words(video.codes[place]),
        "position_ms": nullable(rows.whole("position_ms")[place]),
    }
    return pd.DataFrame(found, columns=list(COLUMNS))
