"""What is on at a moment of a replay, by Python's own playback; the browser is held to the same file (`js/vectors.test.mjs`)."""

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec
import pytest

from realtime.party.playback import Playback, position_at
from realtime.sync import moving

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.mark.parametrize(
    "case", json.loads((VECTORS / "replay.json").read_text("utf-8")), ids=lambda case: case["name"]
)
def test_what_is_on_follows_from_the_last_playback_before(case: dict[str, Any]) -> None:
    reached = list(accumulate((frame["at_ms"] for frame in case["frames"]), max))
    for moment in case["moments"]:
        passed = [frame for frame, at_ms in zip(case["frames"], reached, strict=True) if at_ms <= moment["ms"]]
        films = [frame["video"] for frame in passed if "video" in frame]
        playbacks = [msgspec.convert(frame["playback"], Playback) for frame in passed if "playback" in frame]
        if not films:
            assert (moment["video_id"], moment["position_ms"], moment["moving"]) == (None, 0, False)
            continue
        duration_ms = films[-1]["duration_ms"]
        assert moment["video_id"] == films[-1]["id"]
        assert moment["position_ms"] == pytest.approx(position_at(playbacks[-1], moment["ms"], duration_ms), abs=1e-6)
        assert moment["moving"] == moving(playbacks[-1], moment["ms"], duration_ms)
