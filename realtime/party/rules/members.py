"""Who is in the party and as what: join, leave, roles, kicks, bans, mutes, and who is host."""

from typing import Literal

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.context import Context
from realtime.party.permissions import RANK, require_role, target_of
from realtime.party.refused import Refused
from realtime.party.rules.doors import refuse_unapproved
from realtime.party.rules.schedule import awaits_host
from realtime.party.state import Member, PartyState, Role

Events = list[ev.AnyEvent]
MINUTE_MS = 60_000
HEIRS: tuple[Role, ...] = ("cohost", "moderator", "member")
"""Who takes over from a lost host, in this order; among equals the one who has been there longest."""


def join(state: PartyState, command: do.Join, context: Context) -> Events:
    """Enter, or be told why not. Somebody who is in already causes nothing: a reconnect writes no event."""
    actor = context.actor
    if actor.member_id is None:
        raise Refused("forbidden", "The system does not join.")
    known = state.members.get(actor.member_id)
    _refuse_banned(state, actor.member_id, context.now_ms)
    if known is not None and known.present:
        return []
    if actor.member_id != state.host_id:
        _refuse_closed(state, command, context)
    if known is None:
        role: Role = "guest" if actor.user_id is None else "member"
        member = Member(id=actor.member_id, user_id=actor.user_id, name=actor.name, role=role, joined_ms=context.now_ms)
    else:
        member = replace(known, present=True, joined_ms=context.now_ms, name=actor.name or known.name)
    return [ev.Joined(member=member)]


def leave(state: PartyState, _command: do.Leave, context: Context) -> Events:
    member = state.members.get(context.actor.member_id or "")
    return [ev.Left(member=replace(member, present=False))] if member and member.present else []


def set_role(state: PartyState, command: do.SetRole, context: Context) -> Events:
    target = target_of(state, context.actor, command.member_id, "host")
    if target.user_id is None:
        raise Refused("conflict", "A guest has no account that a role could belong to.", path="member_id")
    return [] if target.role == command.role else [ev.RoleSet(member=replace(target, role=command.role))]


def kick(state: PartyState, command: do.Kick, context: Context) -> Events:
    target = target_of(state, context.actor, command.member_id, "moderator")
    if not target.present:
        return []
    until_ms = _until(command.minutes, context.now_ms)
    return [ev.Kicked(member=replace(target, present=False), until_ms=until_ms, reason=command.reason)]


def ban(state: PartyState, command: do.Ban, context: Context) -> Events:
    target = target_of(state, context.actor, command.member_id, "moderator")
    until_ms = _until(command.minutes, context.now_ms)
    return [ev.Banned(member=replace(target, present=False), until_ms=until_ms, reason=command.reason)]


def mute(state: PartyState, command: do.Mute, context: Context) -> Events:
    target = target_of(state, context.actor, command.member_id, "moderator")
    until_ms = _until(command.minutes, context.now_ms)
    muted = replace(target, muted=True, muted_until_ms=until_ms)
    return [ev.Muted(member=muted, muted=True, until_ms=until_ms, reason=command.reason)]


def unmute(state: PartyState, command: do.Unmute, context: Context) -> Events:
    target = target_of(state, context.actor, command.member_id, "moderator")
    if not target.muted:
        return []
    return [ev.Muted(member=replace(target, muted=False, muted_until_ms=None), muted=False, reason=command.reason)]


def transfer_host(state: PartyState, command: do.TransferHost, context: Context) -> Events:
    require_role(state, context.actor, "host")
    target = state.members.get(command.member_id)
    if target is None or not target.present:
        raise Refused("not_found", "There is no such member.", path="member_id")
    if target.id == state.host_id:
        return []
    if target.user_id is None:
        raise Refused("conflict", "A guest cannot be host.", path="member_id")
    return [_handed_over(state, target, "transfer")]


def succeed(state: PartyState, _command: do.Succeed, context: Context) -> Events:
    """Give the party a host who is there; nothing where the host is back, or nobody may take over."""
    if state.host_id in context.connected or awaits_host(state, context.now_ms):
        return []
    heirs = [
        member
        for member in state.members.values()
        if member.present and member.id in context.connected and member.role in HEIRS
    ]
    if not heirs:
        return []
    heir = min(heirs, key=lambda member: (-RANK[member.role], member.joined_ms, member.id))
    return [_handed_over(state, heir, "succession")]


def _handed_over(state: PartyState, heir: Member, cause: Literal["transfer", "succession"]) -> ev.HostChanged:
    previous = state.members.get(state.host_id)
    return ev.HostChanged(
        member=replace(heir, role="host"),
        previous=replace(previous, role="cohost") if previous else None,
        cause=cause,
    )


def _refuse_banned(state: PartyState, member_id: str, now_ms: int) -> None:
    if member_id not in state.bans:
        return
    until_ms = state.bans[member_id]
    if until_ms is None or now_ms < until_ms:
        raise Refused(
            "forbidden", "You may not enter this party." if until_ms is None else "You may not enter for now."
        )


def _refuse_closed(state: PartyState, command: do.Join, context: Context) -> None:
    if context.actor.user_id is None and not state.settings.guests:
        raise Refused("forbidden", "This party is for people with an account.")
    if not command.admitted and (state.has_password or state.visibility == "private"):
        raise Refused("forbidden", "The password is wrong." if state.has_password else "This party is private.")
    refuse_unapproved(state, command, context)
    others = len(context.connected) - (context.actor.member_id in context.connected)
    if others >= state.settings.max_members:
        raise Refused("conflict", "The party is full.")


def _until(minutes: int | None, now_ms: int) -> int | None:
    return None if minutes is None else now_ms + minutes * MINUTE_MS
