"""Evenings that chance makes up, played by the party's own rules: where its fold says the film was is where a replay must show it."""

import random
from typing import Any

import msgspec

from realtime.frames import frame
from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.fold import apply
from realtime.party.playback import position_at
from realtime.party.refused import Refused
from realtime.party.state import PartyState
from realtime.sync import moving
from tests.fakes.party import FILM, SHORT, Stage, user

COMMANDS = 30
MOMENTS = 25

Case = dict[str, Any]


def evening(chance: random.Random) -> Case:
    """Make up a party, as frames of its replay, and say of some moments what was on."""
    stage = Stage(video=chance.choice([FILM, SHORT, None]))
    for _ in range(COMMANDS):
        # Another node's clock may be a little behind.
        stage.now_ms += chance.choice([chance.randint(0, 500), chance.randint(0, 90_000), -chance.randint(0, 20)])
        command, video = _wish(chance)
        try:
            stage.act(command, user("ann"), video=video, lead_ms=chance.randint(100, 1_500))
        except Refused:
            continue
    stage.now_ms += 1_000
    stage.act(do.End(), user("ann"))
    frames = [_first(stage.entries[0]), *map(frame, stage.entries[1:])]
    begins, ends = stage.entries[0].at_ms, stage.entries[-1].at_ms
    moments = [_moment(stage.entries, chance.uniform(begins, ends + 2_000)) for _ in range(MOMENTS)]
    return {"frames": msgspec.to_builtins([shown for shown in frames if shown]), "moments": moments}


def _wish(chance: random.Random) -> tuple[do.AnyCommand, Any]:
    video = chance.choice([FILM, SHORT])
    wishes: list[do.AnyCommand] = [
        do.Play(),
        do.Play(position_ms=chance.uniform(0, 70_000)),
        do.Pause(),
        do.Seek(position_ms=chance.uniform(0, 70_000)),
        do.SetRate(rate=chance.choice([0.25, 1, 1.5, 4])),
        do.Advance(),
        do.ChangeVideo(video_id=video.id),
        do.Say(body="hear, hear"),
    ]
    return chance.choice(wishes), video


def _first(made: ev.Entry) -> dict[str, Any] | None:
    state = apply(None, made)
    if state.video is None:
        return None
    return frame(msgspec.structs.replace(made, event=ev.VideoChanged(video=state.video, playback=state.playback)))


def _moment(entries: list[ev.Entry], ms: float) -> Case:
    state: PartyState | None = None
    reached = float("-inf")
    for entry in entries:
        reached = max(reached, entry.at_ms)
        if reached > ms:
            break
        state = apply(state, entry)
    assert state is not None
    playback, duration_ms = state.playback, state.duration_ms
    return {
        "ms": ms,
        "video_id": state.video.id if state.video else None,
        "position_ms": position_at(playback, ms, duration_ms),
        "moving": state.video is not None and moving(playback, ms, duration_ms),
    }
