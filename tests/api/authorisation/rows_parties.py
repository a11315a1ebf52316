"""Parties, from their lists to their past."""

from tests.api.authorisation.row import OPTIONAL, USER, Rule, delete, get, patch, post, put

VISIBLE = Rule("party:visible", "optional")
SEEN = Rule("party:visible", "required")
ENTERED = Rule("party:entered", "required")
INVITER = Rule("party:inviter", "required")
HOST = Rule("party:host", "required")

HOST_ONLY = {
    "member": "forbidden",
    "staff": "forbidden",
    **{f"open {who}": "forbidden" for who in ("unverified", "stranger")},
}
MEMBERS_ONLY = {who: outcome for who, outcome in HOST_ONLY.items() if who != "member"}
BY_ROLE = "the party itself decides by the caller's role in it; staff have none there"
BY_CODE = {f"private {who}": "not_found" for who in ("anonymous", "unverified", "stranger")}

PARTIES = (
    get("/parties", OPTIONAL),
    post("/parties", USER, {"title": "Friday"}),
    get("/parties/by-code/{code}", OPTIONAL),
    get("/parties/{party_id}", VISIBLE),
    patch("/parties/{party_id}", SEEN, {"title": "Saturday"}, but=HOST_ONLY, why=BY_ROLE),
    delete("/parties/{party_id}", HOST),
    post("/parties/{party_id}/start", SEEN, but=HOST_ONLY, why=BY_ROLE),
    post("/parties/{party_id}/end", SEEN, but=HOST_ONLY, why=BY_ROLE),
    post("/parties/{party_id}/control", SEEN, {"command": "play"}, but=HOST_ONLY, why=BY_ROLE),
    post(
        "/parties/{party_id}/join",
        SEEN,
        but={"private staff": "forbidden"},
        why="staff may see a private party and are no guests of it",
    ),
    post("/parties/{party_id}/leave", SEEN),
    get("/parties/{party_id}/members", ENTERED),
    patch("/parties/{party_id}/members/{member_id}", SEEN, {"role": "moderator"}, but=HOST_ONLY, why=BY_ROLE),
    delete("/parties/{party_id}/members/{member_id}", SEEN, but=HOST_ONLY, why=BY_ROLE),
    get("/parties/{party_id}/queue", ENTERED),
    post(
        "/parties/{party_id}/queue",
        SEEN,
        {"video_id": "{video_id}"},
        but={**MEMBERS_ONLY, "private member": "not_found"},
        why=f"{BY_ROLE}; and a private video is its uploader's",
    ),
    patch("/parties/{party_id}/queue/{item_id}", SEEN, {"vote": True}, but=MEMBERS_ONLY, why=BY_ROLE),
    delete("/parties/{party_id}/queue/{item_id}", SEEN, but=HOST_ONLY, why=BY_ROLE),
    get("/parties/{party_id}/log", ENTERED),
    get(
        "/parties/{party_id}/replay",
        ENTERED,
        but=dict.fromkeys(("owner", "member", "staff"), "conflict"),
        why="it has not ended yet",
    ),
    get("/parties/{party_id}/chat", ENTERED),
    get("/parties/{party_id}/rsvp", SEEN),
    put("/parties/{party_id}/rsvp", SEEN),
    delete("/parties/{party_id}/rsvp", SEEN),
    get("/parties/{party_id}/invites", INVITER),
    post("/parties/{party_id}/invites", INVITER, {"max_uses": 2}),
    delete("/parties/{party_id}/invites/{invite_id}", INVITER),
    post("/invites/{token}/accept", USER),
)
