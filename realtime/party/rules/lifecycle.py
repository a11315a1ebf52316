"""The party's own life: created, started, empty, ended; and what the host sets."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import asdict, replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.emotes import refuse_nameless
from realtime.party.permissions import require_role
from realtime.party.playback import clamp_position, position_at
from realtime.party.refused import Refused
from realtime.party.rules.waiting import over
from realtime.party.state import Member, PartyState, Settings

Events = list[ev.AnyEvent]
SETTINGS_FIELDS = frozenset(Settings.__struct_fields__)


def create(command: do.Create, context: Context) -> Events:
    host = Member(
        id=command.host_user_id,
        user_id=command.host_user_id,
        name=command.host_name,
        role="host",
        joined_ms=context.now_ms,
        present=False,
    )
    return [
        ev.Created(
            party_id=command.party_id,
            code=command.code,
            title=command.title,
            description=command.description,
            visibility=command.visibility,
            has_password=command.has_password,
            settings=command.settings,
            host=host,
            video=command.video,
            scheduled_for_ms=command.scheduled_for_ms,
        )
    ]


def start(state: PartyState, _command: do.Start, context: Context) -> Events:
    require_role(state, context.actor, "host")
    return [] if state.status == "live" else [ev.Started()]


def end(state: PartyState, _command: do.End, context: Context) -> Events:
    require_role(state, context.actor, "host")
    return [*_stopped(state, context.now_ms, context.now_ms), ev.Ended()]


def reschedule(state: PartyState, command: do.Reschedule, context: Context) -> Events:
    """Begin at another time, while it has not begun."""
    require_role(state, context.actor, "host")
    if state.started_ms is not None:
        raise Refused("conflict", "The party has begun.")
    same = command.scheduled_for_ms == state.scheduled_for_ms
    return [] if same else [ev.Rescheduled(scheduled_for_ms=command.scheduled_for_ms)]


def vacate(state: PartyState, command: do.Vacate, context: Context) -> Events:
    """Back to the lobby, paused where the last member saw it; nothing where somebody is there after all."""
    if state.status != "live" or context.connected:
        return []
    return [*_stopped(state, command.empty_since_ms, context.now_ms), ev.Vacated()]


def change_settings(state: PartyState, command: do.ChangeSettings, context: Context) -> Events:
    require_role(state, context.actor, "host")
    given = {name: value for name, value in asdict(command).items() if value is not UNSET and name != "command_id"}
    if not given:
        raise Refused("invalid", "Nothing to change was given.")
    changes: dict[str, Any] = {name: value for name, value in given.items() if name in SETTINGS_FIELDS}
    title = given.get("title", state.title).strip()
    if not title:
        raise Refused("invalid", "A title has at least one character.", path="title")
    changed = ev.SettingsChanged(
        settings=replace(state.settings, **changes),
        title=title,
        visibility=given.get("visibility", state.visibility),
        has_password=given["password"] is not None if "password" in given else state.has_password,
    )
    refuse_nameless(changed.settings)
    before = (state.settings, state.title, state.visibility, state.has_password)
    after = (changed.settings, changed.title, changed.visibility, changed.has_password)
    return [changed] if before != after or "password" in given else []


def _stopped(state: PartyState, position_of_ms: float, now_ms: int) -> Events:
    if state.playback.paused:
        return over(state)
    position_ms = clamp_position(position_at(state.playback, position_of_ms), state.duration_ms)
    playback = replace(
        state.playback, paused=True, position_ms=position_ms, at_ms=now_ms, revision=state.playback.revision + 1
    )
    return [ev.Paused(playback=playback)]
