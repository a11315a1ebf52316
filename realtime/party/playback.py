"""Where the video is: one line through time, from which every client computes the same position."""

from msgspec import Struct

MIN_LEAD_MS = 100
MAX_LEAD_MS = 1500
"""Bounds of a scheduled start: long enough to reach everybody, short enough not to be felt as a delay."""


class Playback(Struct, frozen=True, kw_only=True):
    """At server time `at_ms` the position is `position_ms`; `at_ms` may lie in the future: a scheduled start."""

    video_id: str | None = None
    paused: bool = True
    position_ms: float = 0
    rate: float = 1
    at_ms: float = 0
    revision: int = 0


def position_at(playback: Playback, now_ms: float, duration_ms: float | None = None) -> float:
    """Compute the position in ms at server time `now_ms`, within the video where its duration is known."""
    moved_ms = 0.0 if playback.paused else max(0.0, now_ms - playback.at_ms) * playback.rate
    return clamp_position(playback.position_ms + moved_ms, duration_ms)


def clamp_position(position_ms: float, duration_ms: float | None) -> float:
    """Keep a position inside the video; without a duration only its beginning is known."""
    return max(0.0, position_ms if duration_ms is None else min(position_ms, duration_ms))


def ends_at_ms(playback: Playback, duration_ms: float | None) -> float | None:
    """Compute the server time at which the video reaches its end; None while paused or without a known end."""
    if playback.paused or duration_ms is None:
        return None
    return playback.at_ms + max(0.0, duration_ms - playback.position_ms) / playback.rate


def lead_ms(highest_rtt_ms: float) -> int:
    """Choose how far ahead a start is scheduled, so that the slowest member hears of it in time."""
    return round(min(max(2 * highest_rtt_ms, MIN_LEAD_MS), MAX_LEAD_MS))
