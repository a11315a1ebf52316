"""Accounts, sessions and profiles."""

from tests.api.authorisation.row import OPEN, OPTIONAL, USER, Rule, delete, get, patch, post, put
from tests.api.authorisation.world import PASSWORD

NEXT = "a seat in the last row"
BOTH = {"password": NEXT, "password_confirm": NEXT}
OWN_ONLY = dict.fromkeys(("unverified", "stranger", "member", "staff"), "not_found")

PERSON = Rule("person:visible", "optional")
PERSON_USER = Rule("person:visible", "required")
NAMED = Rule("person:named", "required")
NOT_ONESELF = "nobody follows or blocks themselves"
BLOCKS_COUNT = "staff look at whom they like, and follow like anybody"

ACCOUNTS = (
    post(
        "/auth/register",
        OPEN,
        {"email": "{new}@example.com", "username": "{new}", "password": PASSWORD, "password_confirm": PASSWORD},
    ),
    post("/auth/login", OPEN, {"email": "the-owner@example.com", "password": PASSWORD}),
    post("/auth/reauthenticate", USER, {"password": PASSWORD}),
    post("/auth/refresh", OPEN, {"refresh_token": "{refresh_token}"}),
    post("/auth/logout", OPEN, {"refresh_token": "{refresh_token}"}),
    post("/auth/ticket", USER),
    post("/auth/verify-email", OPEN, {"token": "{verify_token}"}),
    post("/auth/resend-verification", OPTIONAL, {"email": "{new}@example.com"}),
    post("/auth/forgot-password", OPEN, {"email": "{new}@example.com"}),
    post("/auth/reset-password", OPEN, {"token": "{reset_token}", **BOTH}),
    post("/auth/change-password", USER, {"current_password": PASSWORD, **BOTH}),
    get("/auth/sessions", USER),
    delete("/auth/sessions/{session_id}", USER, but=OWN_ONLY, why="a session is nobody's but its owner's"),
    get("/users/me", USER),
    get("/users/me/followers", USER),
    get("/users/me/following", USER),
    get("/users/me/blocks", USER),
    get("/users/me/activity", USER),
    get("/users/me/export", USER),
    delete(
        "/users/me",
        USER,
        body={"password": PASSWORD},
        but={"staff": "conflict"},
        why="staff give up that role first",
    ),
    put("/users/me/avatar", USER, raw="picture"),
    delete("/users/me/avatar", USER),
    get("/users/{username}", PERSON),
    get("/users/{username}/avatar", PERSON, query={"v": "{avatar}"}),
    post(
        "/users/{username}/follow",
        PERSON_USER,
        but={"owner": "conflict", "blocking staff": "not_found"},
        why=f"{NOT_ONESELF}; {BLOCKS_COUNT}",
    ),
    delete("/users/{username}/follow", PERSON_USER),
    post("/users/{username}/block", NAMED, but={"owner": "conflict"}, why=NOT_ONESELF),
    delete("/users/{username}/block", NAMED),
    patch("/users/me", USER, {"display_name": "Somebody"}),
)
