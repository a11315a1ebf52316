"""The rows of the route table about parties."""

from api.access import PARTY_ENTERED, PARTY_HOST, PARTY_VISIBLE, PARTY_VISIBLE_USER, PUBLIC_OR_USER, USER
from api.handlers import parties, party_commands
from api.route import Route

PARTIES = (
    Route(
        "GET",
        "/parties",
        parties.index,
        "List parties: public, mine, upcoming, live or past.",
        access=PUBLIC_OR_USER,
        problems=("unauthenticated",),
    ),
    Route(
        "POST",
        "/parties",
        parties.create,
        "Make a party; you are its host.",
        access=USER,
        status=201,
        problems=("not_ready", "busy"),
    ),
    Route(
        "GET",
        "/parties/by-code/{code}",
        parties.by_code,
        "Find a party by the code that people type.",
        access=PUBLIC_OR_USER,
        problems=("not_found",),
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "GET",
        "/parties/{party_id}",
        parties.show,
        "Show a party.",
        access=PARTY_VISIBLE,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "PATCH",
        "/parties/{party_id}",
        parties.change,
        "Change title, visibility, password, settings or video, as its host.",
        access=PARTY_VISIBLE_USER,
        problems=("forbidden", "ended", "precondition_failed", "not_ready", "conflict", "busy"),
    ),
    Route(
        "DELETE",
        "/parties/{party_id}",
        parties.delete,
        "End a party and take it off all lists.",
        access=PARTY_HOST,
        status=204,
    ),
    Route(
        "POST",
        "/parties/{party_id}/start",
        party_commands.start,
        "Go live, as its host.",
        access=PARTY_VISIBLE_USER,
        problems=("forbidden", "ended"),
    ),
    Route(
        "POST",
        "/parties/{party_id}/end",
        party_commands.end,
        "End a party, as its host.",
        access=PARTY_VISIBLE_USER,
        problems=("forbidden", "ended"),
    ),
    Route(
        "POST",
        "/parties/{party_id}/control",
        party_commands.control,
        "Send any command of the websocket protocol; the same Idempotency-Key has effect once.",
        access=PARTY_VISIBLE_USER,
        problems=("forbidden", "not_found", "conflict", "ended", "muted", "slow_mode", "rate_limited", "not_ready"),
        knows_repeats=True,
    ),
    Route(
        "POST",
        "/parties/{party_id}/join",
        party_commands.join,
        "Enter a party, with its password where it has one.",
        access=PARTY_VISIBLE_USER,
        problems=("forbidden", "conflict", "ended", "unavailable"),
    ),
    Route(
        "POST", "/parties/{party_id}/leave", party_commands.leave, "Leave a party for good.", access=PARTY_VISIBLE_USER
    ),
    Route("GET", "/parties/{party_id}/members", parties.members, "List who is in the party.", access=PARTY_ENTERED),
    Route(
        "GET",
        "/parties/{party_id}/log",
        parties.log,
        "Read the party's numbered events after a seq, as members received them.",
        access=PARTY_ENTERED,
    ),
    Route(
        "GET",
        "/parties/{party_id}/chat",
        parties.chat,
        "Read the chat as it stands, page by page backwards.",
        access=PARTY_ENTERED,
    ),
)
