"""Play, pause, seek, rate, and the change of the video. Starts are scheduled; stops count at once."""

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import require
from realtime.party.playback import Playback, clamp_position, ends_at_ms, position_at
from realtime.party.refused import Refused
from realtime.party.rules.waiting import over
from realtime.party.state import PartyState, QueueItem, Video

Events = list[ev.AnyEvent]
END_SLACK_MS = 50
"""A timer may wake this much before the end without the video being cut short by more than a frame or two."""


def play(state: PartyState, command: do.Play, context: Context) -> Events:
    require(state, context.actor, "control")
    if not state.playback.paused and command.position_ms is None:
        return []
    start = command.position_ms
    if start is None:
        start = position_at(state.playback, context.now_ms, state.duration_ms)
        if state.duration_ms and start >= state.duration_ms:
            start = 0.0  # play at the end starts again, as every player does
    played = ev.Played(playback=moving(state, start, context))
    return [*over(state), played] if state.status == "live" else [ev.Started(), played]


def pause(state: PartyState, command: do.Pause, context: Context) -> Events:
    require(state, context.actor, "control")
    if state.playback.paused and command.position_ms is None and state.waiting is None:
        return []
    return [*over(state), ev.Paused(playback=_still(state, command.position_ms, context.now_ms))]


def seek(state: PartyState, command: do.Seek, context: Context) -> Events:
    require(state, context.actor, "control")
    from_ms = position_at(state.playback, context.now_ms, state.duration_ms)
    if state.playback.paused:
        playback = _still(state, command.position_ms, context.now_ms)
    else:
        playback = moving(state, command.position_ms, context)
    return [ev.Sought(playback=playback, from_ms=from_ms)]


def set_rate(state: PartyState, command: do.SetRate, context: Context) -> Events:
    """Bend the line from now on; a start that is still to come keeps its time."""
    require(state, context.actor, "control")
    playback = state.playback
    if playback.rate == command.rate:
        return []
    changed = replace(
        playback,
        rate=command.rate,
        position_ms=position_at(playback, context.now_ms, state.duration_ms),
        at_ms=max(context.now_ms, playback.at_ms),
        revision=playback.revision + 1,
    )
    return [ev.RateSet(playback=changed)]


def change_video(state: PartyState, _command: do.ChangeVideo, context: Context) -> Events:
    require(state, context.actor, "control")
    if context.video is None:
        raise Refused("not_found", "There is no such video.", path="video_id")
    return show(state, context.video, context)


def advance(state: PartyState, _command: do.Advance, context: Context) -> Events:
    """Go on at the end of the video: the next of the queue, or stop there."""
    end_ms = ends_at_ms(state.playback, state.duration_ms)
    if end_ms is None or context.now_ms < end_ms - END_SLACK_MS:
        return []
    if state.queue:
        return next_of_queue(state, state.queue[0], context)
    stopped = replace(
        state.playback,
        paused=True,
        position_ms=float(state.duration_ms or 0),
        at_ms=context.now_ms,
        revision=state.playback.revision + 1,
    )
    return [ev.Paused(playback=stopped, cause="ended")]


def next_of_queue(state: PartyState, item: QueueItem, context: Context) -> Events:
    """Take an item out of the queue and show it."""
    rest = tuple(other for other in state.queue if other.id != item.id)
    video = Video(
        id=item.video_id,
        title=item.title,
        source=item.source,
        duration_ms=item.duration_ms,
        stream_url=item.stream_url,
        uploader_id=item.uploader_id,
    )
    return [ev.QueueRemoved(item_id=item.id, items=rest), *show(state, video, context)]


def show(state: PartyState, video: Video, context: Context) -> Events:
    """Change to `video`; where the party was playing it plays on, with the scheduled start of any play."""
    fresh = Playback(
        video_id=video.id,
        rate=state.playback.rate,
        at_ms=context.now_ms,
        revision=state.playback.revision + 1,
    )
    changed = [*over(state), ev.VideoChanged(video=video, playback=fresh)]
    if state.playback.paused and state.waiting is None:
        return changed
    started = replace(fresh, paused=False, at_ms=context.now_ms + context.lead_ms, revision=fresh.revision + 1)
    return [*changed, ev.Played(playback=started, cause="next")]


def moving(state: PartyState, position_ms: float, context: Context) -> Playback:
    """Schedule a start from `position_ms`, `lead_ms` from now."""
    return replace(
        state.playback,
        paused=False,
        position_ms=clamp_position(position_ms, state.duration_ms),
        at_ms=context.now_ms + context.lead_ms,
        revision=state.playback.revision + 1,
    )


def _still(state: PartyState, position_ms: float | None, now_ms: float) -> Playback:
    if position_ms is None:
        position_ms = position_at(state.playback, now_ms)
    return replace(
        state.playback,
        paused=True,
        position_ms=clamp_position(position_ms, state.duration_ms),
        at_ms=now_ms,
        revision=state.playback.revision + 1,
    )
