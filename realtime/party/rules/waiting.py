"""The bounded wait: the party stops for members whose players run dry, and never for longer than was said.

Theory. Players say when they run dry; every node tells the party (`Wait`) whom it sees. Whether the party stops is decided
here, once:

* `wait` is `all`: for anybody; `majority`: when more than half of those who watch ran dry; `off`: never.
* It stops once for a group and names the time by which it goes on: 10 s, or 30 s where somebody has seen nothing of this
  video yet. Who runs dry meanwhile joins the group and gets no more time: the bound is a promise to the others.
* It goes on (`GoOn`) as soon as nobody of the group is dry or connected any more, or when the time is over. Who was not ready
  then is not waited for again until they have played for 10 s: no player can hold a party up again and again.
* Whoever is in control may go on, pause or change the video at any time; that ends the wait.
"""

from collections.abc import Collection

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import role_of
from realtime.party.playback import clamp_position, position_at
from realtime.party.state import PartyState, Waiting

Events = list[ev.AnyEvent]
LONGEST_MS = 10_000
FIRST_LOAD_MS = 30_000
PLAYED_AGAIN_MS = 10_000


def wait(state: PartyState, command: do.Wait, context: Context) -> Events:
    group = whom(state, command, context.now_ms)
    if not group:
        return []
    if state.waiting is not None:
        return [ev.Waited(waiting=replace(state.waiting, members=state.waiting.members + group))]
    first_load = any(command.dry[member_id] is None for member_id in group)
    waiting = Waiting(members=group, until_ms=context.now_ms + (FIRST_LOAD_MS if first_load else LONGEST_MS))
    position_ms = clamp_position(position_at(state.playback, context.now_ms), state.duration_ms)
    still = replace(
        state.playback,
        paused=True,
        position_ms=position_ms,
        at_ms=context.now_ms,
        revision=state.playback.revision + 1,
    )
    return [ev.Waited(waiting=waiting), ev.Paused(playback=still, cause="wait")]


def whom(state: PartyState, command: do.Wait, now_ms: float) -> tuple[str, ...]:
    """Name those for whom the party stops, or waits too from now on; nobody where it goes on as it does."""
    if state.settings.wait == "off" or state.status != "live":
        return ()
    group = tuple(sorted(member_id for member_id in command.dry if _matters(state, member_id, command.dry[member_id])))
    if state.waiting is not None:
        return tuple(member_id for member_id in group if member_id not in state.waiting.members)
    if state.playback.paused or now_ms < state.playback.at_ms:
        return ()
    few = state.settings.wait == "majority" and 2 * len(group) <= command.watching
    return () if few else group


def go_on(state: PartyState, command: do.GoOn, context: Context) -> Events:
    late = still_dry(state, command.dry, context.connected)
    if state.waiting is None or (late and context.now_ms < state.waiting.until_ms):
        return []
    return [ev.WaitOver(out_of_time=late), *_resumed(state, context)]


def still_dry(state: PartyState, dry: Collection[str], connected: Collection[str]) -> tuple[str, ...]:
    """Name those of the group who are there and not ready."""
    group = state.waiting.members if state.waiting else ()
    return tuple(member_id for member_id in group if member_id in dry and member_id in connected)


def ready(state: PartyState, command: do.Ready, context: Context) -> Events:
    """Take somebody's own word. That they are not ready is a reason to wait only as `Wait` finds it, like for any player."""
    role_of(state, context.actor)
    waiting = state.waiting
    if waiting is None or not command.ready or context.actor.member_id not in waiting.members:
        return []
    left = tuple(member_id for member_id in waiting.members if member_id != context.actor.member_id)
    if left:
        return [ev.Waited(waiting=replace(waiting, members=left))]
    return [ev.WaitOver(), *_resumed(state, context)]


def over(state: PartyState) -> Events:
    """End the wait, because somebody in control decides what is played now."""
    return [ev.WaitOver()] if state.waiting is not None else []


def _resumed(state: PartyState, context: Context) -> Events:
    moving = replace(
        state.playback,
        paused=False,
        at_ms=context.now_ms + context.lead_ms,
        revision=state.playback.revision + 1,
    )
    return [ev.Played(playback=moving, cause="resume")]


def _matters(state: PartyState, member_id: str, played_ms: float | None) -> bool:
    member = state.members.get(member_id)
    if member is None or not member.present:
        return False
    return member_id not in state.out_of_time or (played_ms is not None and played_ms >= PLAYED_AGAIN_MS)
