"""The one route table. A row says what, who may, and which endpoint; everything else is read from the endpoint's types."""

from api.access import (
    PARTY_DASHBOARD,
    PARTY_ENTERED,
    PARTY_HOST,
    PARTY_VISIBLE,
    PARTY_VISIBLE_USER,
    PUBLIC,
    PUBLIC_OR_USER,
    USER,
    VIDEO_PLAYABLE,
    VIDEO_UPLOADER,
    VIDEO_VISIBLE,
)
from api.auth_routes import AUTH
from api.handlers import dashboards, events, health, parties, party_commands, users, video_content, videos
from api.route import Route

EVENT_BATCH_BYTES = 512 * 1024
"""500 events of about 400 bytes, and room for as much again."""

USERS = (
    Route("GET", "/users/me", users.me, "Show your own account and profile.", access=USER),
    Route("PATCH", "/users/me", users.change_me, "Change your profile.", access=USER),
)

VIDEOS = (
    Route("GET", "/videos", videos.index, "List public videos and your own, the newest first.", access=PUBLIC_OR_USER),
    Route(
        "POST", "/videos", videos.create, "Add a video by its address, or announce an upload.", access=USER, status=201
    ),
    Route(
        "GET",
        "/videos/{video_id}",
        videos.show,
        "Show a video.",
        access=VIDEO_VISIBLE,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "PATCH",
        "/videos/{video_id}",
        videos.change,
        "Change a video's title, description or visibility; If-Match guards against others' changes.",
        access=VIDEO_UPLOADER,
        problems=("precondition_failed",),
    ),
    Route(
        "DELETE", "/videos/{video_id}", videos.delete, "Delete a video and its file.", access=VIDEO_UPLOADER, status=204
    ),
    Route(
        "PUT",
        "/videos/{video_id}/content",
        video_content.put,
        "Upload the file: in one request, or in pieces by Content-Range.",
        access=VIDEO_UPLOADER,
        sink=video_content.open_upload,
        problems=("invalid", "conflict", "not_a_video", "too_large"),
        also={308: "Not whole yet: go on after the bytes in Range. `Content-Range: bytes */total` asks for it."},
    ),
    Route(
        "GET",
        "/videos/{video_id}/stream",
        video_content.stream,
        "Play the file; ranges, If-Range and HEAD are honoured.",
        access=VIDEO_PLAYABLE,
        problems=("range_not_satisfiable",),
        also={206: "The range asked for.", 304: "Not changed.", 307: "The video is at another address."},
    ),
    Route(
        "GET",
        "/videos/{video_id}/thumbnail",
        video_content.thumbnail,
        "Show a picture of an uploaded video.",
        access=VIDEO_PLAYABLE,
        problems=("range_not_satisfiable",),
        also={206: "The range asked for.", 304: "Not changed."},
    ),
)

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

ANALYTICS = (
    Route(
        "POST",
        "/events",
        events.create,
        "Report what your player measured; each event has its own outcome, and the same id counts once.",
        access=USER,
        body_limit=EVENT_BATCH_BYTES,
    ),
    Route(
        "GET",
        "/dashboards/parties/{party_id}",
        dashboards.party,
        "Show the report of one party.",
        access=PARTY_DASHBOARD,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "GET",
        "/dashboards/personal",
        dashboards.personal,
        "Show your own parties' figures over a range, day by day in UTC.",
        access=USER,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "GET",
        "/metrics-dictionary",
        dashboards.dictionary,
        "Say what each figure means.",
        access=PUBLIC,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
)

HEALTH = (
    Route("GET", "/healthz", health.healthz, "Say that the process is alive.", access=PUBLIC, root=True),
    Route(
        "GET",
        "/readyz",
        health.readyz,
        "Say whether each thing that is needed answers, and how fast.",
        access=PUBLIC,
        also={503: "Not ready, or going away."},
        root=True,
    ),
    Route("GET", "/version", health.version, "Say which version this is.", access=PUBLIC, root=True),
    Route("GET", "/openapi.json", health.openapi, "Describe this interface as OpenAPI 3.1.", access=PUBLIC),
)

ROUTES: tuple[Route, ...] = (*AUTH, *USERS, *VIDEOS, *PARTIES, *ANALYTICS, *HEALTH)
