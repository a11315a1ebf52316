"""Who is let in by which access rule, written down by hand: nothing here is read from the code that it judges.

A rule stands here once for each kind of thing that it can be about: `private` is a private party or video, `open` one
that everybody may see who has its address, or a person who blocks nobody, `blocking` a person who blocks all others,
`-` where the rule is about no such thing.
"""

from typing import Literal, NamedTuple, get_args

Caller = Literal[
    "anonymous", "guest", "expired", "suspended", "unverified", "stranger", "member", "owner", "staff"
]  # fmt: skip
CALLERS: tuple[Caller, ...] = get_args(Caller)
MEANINGS: dict[Caller, str] = {
    "anonymous": "sends no token",
    "guest": "is in the party as a guest and sends the only thing that a guest has, the session of their socket, as a token",
    "expired": "was signed in; the access token has run out",
    "suspended": "is signed in to an account that was suspended since",
    "unverified": "is signed in; the e-mail address is not confirmed; has nothing to do with the thing",
    "stranger": "is signed in and has nothing to do with the thing (the *other user*)",
    "member": "is signed in and has entered the party (the *user*); without a party the same as a stranger",
    "owner": "made the thing: host of the party, uploader of the video, whose account or session it is",
    "staff": "is signed in with the role staff and has nothing else to do with the thing",
}
WORDS = {
    "y": "yes",
    "401": "unauthenticated",
    "exp": "token_expired",
    "sus": "suspended",
    "403": "forbidden",
    "404": "not_found",
}
"""What a cell of the table below means: let in, or refused with this code."""

TABLE = """
rule             token    thing    anonymous guest expired suspended unverified stranger member owner staff
public           ignored  -        y         y     y       y         y          y        y      y     y
public           optional -        y         401   exp     sus       y          y        y      y     y
user             required -        401       401   exp     sus       y          y        y      y     y
verified         required -        401       401   exp     sus       403        y        y      y     y
staff            required -        401       401   exp     sus       403        403      403    403   y
person:visible   optional open     y         401   exp     sus       y          y        y      y     y
person:visible   optional blocking y         401   exp     sus       404        404      404    y     y
person:visible   required open     401       401   exp     sus       y          y        y      y     y
person:visible   required blocking 401       401   exp     sus       404        404      404    y     y
person:named     required -        401       401   exp     sus       y          y        y      y     y
party:visible    optional private  404       401   exp     sus       404        404      y      y     y
party:visible    optional open     y         401   exp     sus       y          y        y      y     y
party:visible    required private  401       401   exp     sus       404        404      y      y     y
party:visible    required open     401       401   exp     sus       y          y        y      y     y
party:entered    required private  401       401   exp     sus       404        404      y      y     y
party:entered    required open     401       401   exp     sus       403        403      y      y     y
party:host       required private  401       401   exp     sus       404        404      403    y     y
party:host       required open     401       401   exp     sus       403        403      403    y     y
party:inviter    required private  401       401   exp     sus       404        404      403    y     y
party:inviter    required open     401       401   exp     sus       403        403      403    y     y
party:moderated  required private  401       401   exp     sus       404        404      403    y     y
party:moderated  required open     401       401   exp     sus       403        403      403    y     y
party:dashboard  required private  401       401   exp     sus       404        404      404    y     y
party:dashboard  required open     401       401   exp     sus       404        404      404    y     y
video:visible    optional private  404       401   exp     sus       404        404      404    y     y
video:visible    optional open     y         401   exp     sus       y          y        y      y     y
video:playable   optional private  404       401   exp     sus       404        404      404    y     y
video:playable   optional open     y         401   exp     sus       y          y        y      y     y
video:uploader   required private  401       401   exp     sus       404        404      404    y     y
video:uploader   required open     401       401   exp     sus       404        404      404    y     y
"""


class Rule(NamedTuple):
    """An access rule as a route of the reviewed rows names it."""

    name: str
    token: str


def _read(table: str) -> dict[tuple[Rule, str], dict[Caller, str]]:
    found: dict[tuple[Rule, str], dict[Caller, str]] = {}
    for line in table.strip().splitlines()[1:]:
        name, token, thing, *cells = line.split()
        found[Rule(name, token), thing] = {caller: WORDS[cell] for caller, cell in zip(CALLERS, cells, strict=True)}
    return found


RULES = _read(TABLE)


def things(rule: Rule) -> list[str]:
    """List the kinds of things that a rule is reviewed for; none where nobody has reviewed it."""
    return [thing for known, thing in RULES if known == rule]
