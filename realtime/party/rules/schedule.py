"""A party with a time: its doors open a while before, it starts by itself, and until then it waits for its host.

Theory. The time is a fact of the state, so nothing has to remember that something is due: whoever holds the party looks at
its clock and asks, and the first answer changes the state so that the second one finds nothing to do. The start is due from
`scheduled_for_ms` on, once somebody is there who may run the party; a server that was away at that moment starts it when it
is back. An hour later nobody expects a start any more, and the host makes it by hand.
"""

from collections.abc import Set as AbstractSet

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import SYSTEM, Context
from realtime.party.rules import playback
from realtime.party.state import PartyState

Events = list[ev.AnyEvent]
DOORS_MS = 15 * 60 * 1000
"""How long before its time a scheduled party is a lobby."""
LATE_MS = 60 * 60 * 1000
"""How long after its time it starts by itself, and keeps its place for a host who has not come."""


def due(state: PartyState, connected: AbstractSet[str], now_ms: float) -> do.ServerCommand | None:
    """Say what its time asks for, if anything."""
    if is_opening(state, now_ms):
        return do.OpenDoors()
    return do.StartOnTime() if is_starting(state, connected, now_ms) else None


def is_opening(state: PartyState, now_ms: float) -> bool:
    """Say whether the doors are to be opened."""
    time_ms = state.scheduled_for_ms
    return state.status == "scheduled" and time_ms is not None and time_ms - DOORS_MS <= now_ms


def is_starting(state: PartyState, connected: AbstractSet[str], now_ms: float) -> bool:
    """Say whether it is to start by itself: its time has come, and its host or a cohost is connected."""
    if state.scheduled_for_ms is None or now_ms < state.scheduled_for_ms or not awaits_host(state, now_ms):
        return False
    return any(
        member.present and member.id in connected
        for member in state.members.values()
        if member.role in {"host", "cohost"}
    )


def awaits_host(state: PartyState, now_ms: float) -> bool:
    """Say whether the host is still expected to come and begin: nobody takes their place before."""
    if state.scheduled_for_ms is None or state.started_ms is not None or state.status == "ended":
        return False
    return now_ms < state.scheduled_for_ms + LATE_MS


def open_doors(state: PartyState, _command: do.OpenDoors, context: Context) -> Events:
    return [ev.DoorsOpened()] if is_opening(state, context.now_ms) else []


def start_on_time(state: PartyState, _command: do.StartOnTime, context: Context) -> Events:
    """Start, with the film where there is one."""
    if not is_starting(state, context.connected, context.now_ms):
        return []
    if state.video is None:
        return [ev.Started()]
    return playback.play(state, do.Play(), Context(now_ms=context.now_ms, actor=SYSTEM, lead_ms=context.lead_ms))
