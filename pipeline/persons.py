"""What hides people in the lake: pseudonyms in the place of their ids, and nothing of those who were forgotten."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from store.pseudonyms import NAMED_SESSION, Pseudonyms

PERSONS = ("user_id", "guest_id", "uploader_id")
FORGOTTEN = r"^x[0-9a-f]{31}$"
"""What stands in MongoDB in the place of the id of somebody who was erased; ids have 32 hexadecimal digits."""
KEPT = "account.deleted"
"""Told of nobody, for the count."""
OF_PARTIES = frozenset({
    "host.changed", "party.created", "party.ended", "party.opened", "party.rescheduled", "party.scheduled",
    "party.started", "party.vacated", "playback.paused", "playback.played", "playback.rate", "playback.sought",
    "playback.video_changed", "playback.wait_over", "playback.waited",
})  # fmt: skip
"""Types of the log that tell of a party, whoever caused them: without its beginning and its end, other people's figures of it
would change. They stay, and are nobody's."""


def hidden(row: Mapping[str, Any], names: Pseudonyms) -> dict[str, Any] | None:
    """Put pseudonyms into a row; None where it is of somebody who was erased."""
    ids = {name: row.get(name) for name in PERSONS}
    session = row.get("session_id")
    for name, person in ids.items():
        if person and _is_forgotten(person):
            if name == "user_id":
                if row["type"] != KEPT and not _of_a_party(row):
                    return None
                session = None
            ids[name] = None
    return {
        **row,
        **{name: names.of(person) if person else None for name, person in ids.items()},
        "session_id": names.of_session(session) if session else None,
    }


def _of_a_party(row: Mapping[str, Any]) -> bool:
    return row.get("seq") is not None and row["type"] in OF_PARTIES


def _is_forgotten(person: str) -> bool:
    return len(person) == 32 and person[0] == "x" and not person[1:].strip("0123456789abcdef")  # noqa: PLR2004 - as FORGOTTEN says


def hidden_words(name: str, words: pa.StringArray, names: Pseudonyms) -> pa.StringArray:
    """Put pseudonyms into the words of a column; of who was erased there is none."""
    if name in PERSONS:
        found = zip(words.to_pylist(), forgotten(words).tolist(), strict=True)
        return pa.array([None if gone else names.of(word) for word, gone in found], pa.string())
    if name == "session_id" and pc.any(pc.starts_with(words, NAMED_SESSION)).as_py():
        return pa.array([names.of_session(word) for word in words.to_pylist()], pa.string())
    return words


def forgotten(words: pa.StringArray) -> np.ndarray[Any, Any]:
    """Tell which of the words stand for somebody who was erased."""
    found: np.ndarray[Any, Any] = pc.match_substring_regex(words, FORGOTTEN).to_numpy(zero_copy_only=False)
    return found.astype(bool)
