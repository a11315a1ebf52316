"""Taking a person out of a party's history: the same events under the same seqs, without words and name of theirs.

Pure. A member's id stands in many places of a log (who did it, whose turn, whose vote), and what refers to what must
still fit: so the id is replaced by the same other one everywhere, and only texts are emptied.
"""

import re
from typing import Any

from msgspec import Struct

NOBODY = "Deleted account"
"""What stands for the name."""
UNTITLED = "A party"

Row = dict[str, Any]


class Forgotten(Struct, frozen=True, kw_only=True):
    user_id: str
    name: str
    pseudonym: str
    hosts: bool
    """Whether the party was theirs in the end: its title and description go too."""


def forget(event: Row, who: Forgotten) -> Row:
    """Rewrite one stored event."""
    own = event.get("by") == who.user_id or event.get("user_id") == who.user_id
    body: Row = dict(event.get("body", {}))
    if who.hosts and event["type"] in {"party.created", "settings.changed"}:
        body |= {name: text for name, text in (("title", UNTITLED), ("description", "")) if body.get(name) is not None}
    if body.get("reason") is not None and (own or _is(body.get("member"), who)):
        body["reason"] = ""
    return {name: _walk(value, who) for name, value in {**event, "body": body}.items()}


def _walk(value: Any, who: Forgotten) -> Any:
    if isinstance(value, str):
        return value.replace(who.user_id, who.pseudonym)
    if isinstance(value, list | tuple):
        return [_walk(item, who) for item in value]
    if isinstance(value, dict):
        return {_walk(name, who): _walk(inner, who) for name, inner in _named(value, who).items()}
    return value


def _named(fields: Row, who: Forgotten) -> Row:
    """Empty the texts of a member's entry, a message or a poll of theirs, and mentions of them."""
    changed = dict(fields)
    if "question" in fields and fields.get("by") == who.user_id:
        changed |= {"question": "", "options": [""] * len(fields["options"])}
    if _is(fields, who) and "name" in fields:
        changed["name"] = NOBODY
        if "body" in fields:
            changed["body"] = ""
    elif who.user_id in (fields.get("mentions") or ()):
        # Mentions are found without the blanks of a name, and with them somebody may have written it all the same.
        mention = re.compile("@" + r"\s*".join(map(re.escape, who.name.split())), re.IGNORECASE)
        changed["body"] = mention.sub(f"@{NOBODY}", str(fields.get("body", "")))
    return changed


def _is(fields: Any, who: Forgotten) -> bool:
    return isinstance(fields, dict) and who.user_id in {fields.get("id"), fields.get("member_id")}
