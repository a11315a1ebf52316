"""What people say: messages, edits, deletions and the reactions on them."""

import re
import unicodedata

from msgspec.structs import replace

from realtime.party import commands as do
from realtime.party import events as ev
from realtime.party.chat import Message
from realtime.party.context import Context
from realtime.party.emotes import refuse_reaction
from realtime.party.permissions import RANK, require, role_of
from realtime.party.playback import position_at
from realtime.party.refused import Refused
from realtime.party.state import Member, PartyState, Role

Events = list[ev.AnyEvent]
MENTION = re.compile(r"(?<!\w)@([\w.-]{1,64})")


def say(state: PartyState, command: do.Say, context: Context) -> Events:
    role = require(state, context.actor, "chat")
    speaker = _speaker(state, context)
    _refuse_silenced(state, speaker, role, context.now_ms)
    if command.reply_to is not None and not any(old.id == command.reply_to for old in state.chat):
        raise Refused("not_found", "The message replied to is not there.", path="reply_to")
    body = clean(command.body)
    message = Message(
        id=context.fresh_id,
        member_id=speaker.id,
        name=speaker.name,
        body=body,
        reply_to=command.reply_to,
        mentions=_mentions(state, body),
        at_ms=context.now_ms,
        position_ms=position_at(state.playback, context.now_ms, state.duration_ms),
    )
    return [ev.Said(message=message)]


def refuse_unheard(state: PartyState, context: Context) -> None:
    """Raise `Refused` where their words would be: then nobody is told either that they type."""
    role = require(state, context.actor, "chat")
    _refuse_muted(_speaker(state, context), role, context.now_ms)
    _refuse_switched_off(state, role)


def edit(state: PartyState, command: do.EditMessage, context: Context) -> Events:
    role = require(state, context.actor, "chat")
    message = _message(state, command.message_id)
    if message.member_id != context.actor.member_id:
        raise Refused("forbidden", "Only its author edits a message.")
    _refuse_muted(_speaker(state, context), role, context.now_ms)
    body = clean(command.body)
    return [ev.Edited(message=replace(message, body=body, mentions=_mentions(state, body), edited=True))]


def delete(state: PartyState, command: do.DeleteMessage, context: Context) -> Events:
    """Take a message away. The system, which is staff, also takes one that is not among the newest any more."""
    role = role_of(state, context.actor)
    if context.actor.member_id is None:
        author = next((old.member_id for old in state.chat if old.id == command.message_id), None)
        return [ev.Deleted(message_id=command.message_id, member_id=author, reason=command.reason)]
    message = _message(state, command.message_id)
    if message.member_id != context.actor.member_id and RANK[role] < RANK["moderator"]:
        raise Refused("forbidden", "Only its author or a moderator deletes a message.")
    return [ev.Deleted(message_id=message.id, member_id=message.member_id, reason=command.reason)]


def react(state: PartyState, command: do.ReactToMessage, context: Context) -> Events:
    """Put a reaction on a message, or take the same one back."""
    refuse_reaction(state, context.actor, command.emoji)
    message = _message(state, command.message_id)
    member_id = _speaker(state, context).id
    on = member_id not in message.reactions.get(command.emoji, ())
    return [ev.Reacted(message_id=message.id, emoji=command.emoji, member_id=member_id, on=on)]


def clean(body: str) -> str:
    """Drop control characters, and blanks around. Raises `Refused("invalid")` where nothing is left."""
    if body.isprintable():  # control characters are not: nearly always there is nothing to look for
        kept = body.strip()
    else:
        kept = "".join(point for point in body if point in "\n\t" or unicodedata.category(point) != "Cc").strip()
    if not kept:
        raise Refused("invalid", "A message has at least one visible character.", path="body")
    return kept


def _speaker(state: PartyState, context: Context) -> Member:
    member = state.members.get(context.actor.member_id or "")
    if member is None or not member.present:
        raise Refused("forbidden", "Join the party first.")
    return member


def _message(state: PartyState, message_id: str) -> Message:
    for message in reversed(state.chat):
        if message.id == message_id:
            return message
    raise Refused("not_found", "There is no such message among the newest ones.", path="message_id")


def _refuse_silenced(state: PartyState, speaker: Member, role: Role, now_ms: int) -> None:
    _refuse_muted(speaker, role, now_ms)
    _refuse_switched_off(state, role)
    if RANK[role] >= RANK["moderator"]:
        return
    if state.settings.slow_mode_s and speaker.last_chat_ms is not None:
        wait_ms = speaker.last_chat_ms + state.settings.slow_mode_s * 1000 - now_ms
        if wait_ms > 0:
            raise Refused("slow_mode", "Slow mode: wait a little.", retry_after_ms=wait_ms)


def _refuse_switched_off(state: PartyState, role: Role) -> None:
    if not state.settings.chat and RANK[role] < RANK["moderator"]:
        raise Refused("forbidden", "The chat is switched off.")


def _refuse_muted(speaker: Member, role: Role, now_ms: int) -> None:
    if not speaker.muted or role == "host":
        return
    if speaker.muted_until_ms is None:
        raise Refused("muted", "You are muted.")
    if now_ms < speaker.muted_until_ms:
        raise Refused("muted", "You are muted for now.", retry_after_ms=speaker.muted_until_ms - now_ms)


def _mentions(state: PartyState, body: str) -> tuple[str, ...]:
    """Find who is meant: a name counts in any case and without its blanks, and the end of a sentence is no part of it."""
    found = [name.casefold() for name in MENTION.findall(body)] if "@" in body else None
    if not found:
        return ()
    named = {*found, *(name.rstrip(".-") for name in found)}
    return tuple(
        member.id
        for member in state.members.values()
        if member.present and "".join(member.name.casefold().split()) in named
    )
