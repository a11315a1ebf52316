"""What one may react with: any emoji, or the `:name:` of one of the party's own emotes, which stand for an emoji each.

Emotes are names for emoji and no pictures: a picture by address would tell its owner who is in the party.
"""

import re
import unicodedata

from realtime.party.context import Actor
from realtime.party.permissions import require
from realtime.party.refused import Refused
from realtime.party.state import PartyState, Settings

FLAG = re.compile(r"[\U0001f1e6-\U0001f1ff]{2}\Z")
KEYCAP = re.compile(r"[0-9#*]\ufe0f?\u20e3\Z")
EMOJI_PART = re.compile(
    r"([^\U0001f1e6-\U0001f1ff])(\ufe0f|[\U0001f3fb-\U0001f3ff])?([\U000e0020-\U000e007e]+\U000e007f)?\Z"
)
"""A symbol, perhaps with its colour picture or skin tone, perhaps with the tags of a region (UTS #51, section 1.4.9)."""
JOINER = "\u200d"
PICTURED = "\ufe0f"
PICTURED_KINDS = frozenset({"Sm", "Po", "Pd", "Ll"})
"""Unicode categories of what is an emoji only as a picture: arrows, exclamation marks, a wavy dash."""
MAX_EMOJI_POINTS = 12
"""The longest emoji in use, a family with skin tones, has ten code points."""


def refuse_reaction(state: PartyState, actor: Actor, text: str) -> None:
    """Let through what somebody may react with in this party. Raises `Refused` otherwise."""
    require(state, actor, "react")
    if not state.settings.reactions:
        raise Refused("forbidden", "Reactions are switched off.")
    if text[:1] == text[-1:] == ":" and text[1:-1] in state.settings.emotes:
        return
    if not is_emoji(text):
        raise Refused("invalid", "React with one emoji, or the :name: of an emote of this party.", path="emoji")


def refuse_nameless(settings: Settings, path: str = "emotes") -> None:
    """Let emotes through that each stand for an emoji. Raises `Refused("invalid")` otherwise."""
    for name, emoji in settings.emotes.items():
        if not is_emoji(emoji):
            raise Refused("invalid", f"The emote {name} stands for no emoji.", path=path)


def is_emoji(text: str) -> bool:
    """Say whether a text is one emoji."""
    if len(text) > MAX_EMOJI_POINTS:
        return False
    if FLAG.match(text) or KEYCAP.match(text):
        return True
    return all(_is_emoji_part(part) for part in text.split(JOINER))


def _is_emoji_part(text: str) -> bool:
    """Say whether a text is what joiners put together: 👩🏽 or 🚀 of 👩🏽‍🚀."""
    part = EMOJI_PART.match(text)
    if part is None:
        return False
    kind = unicodedata.category(part[1])
    return kind == "So" or (part[2] == PICTURED and kind in PICTURED_KINDS and not part[1].isascii())
