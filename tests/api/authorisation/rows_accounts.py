"""Accounts, sessions and profiles."""

from tests.api.authorisation.row import OPEN, OPTIONAL, USER, delete, get, patch, post
from tests.api.authorisation.world import PASSWORD

NEXT = "a seat in the last row"
BOTH = {"password": NEXT, "password_confirm": NEXT}
OWN_ONLY = dict.fromkeys(("unverified", "stranger", "member", "staff"), "not_found")

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
    patch("/users/me", USER, {"display_name": "Somebody"}),
)
