"""The rows of the route table about people."""

from api.access import USER
from api.handlers import avatars, own_data, users
from api.route import Route

USERS = (
    Route("GET", "/users/me", users.me, "Show your own account and profile.", access=USER),
    Route(
        "GET",
        "/users/me/export",
        own_data.export,
        "Download all that is held about you, as one JSON document without secrets.",
        access=USER,
        streams_json=True,
    ),
    Route(
        "DELETE",
        "/users/me",
        own_data.erase,
        "Erase your account, by its password; there is no way back.",
        access=USER,
        status=204,
        problems=("bad_credentials", "rate_limited", "busy", "conflict"),
        rate="sign_in",
    ),
    Route(
        "PUT",
        "/users/me/avatar",
        avatars.put,
        "Send a picture of yourself (JPEG, PNG, GIF or WebP, at most 2 MiB); it is made small and written anew.",
        access=USER,
        sink=avatars.open_picture,
        problems=("not_an_image",),
    ),
    Route("DELETE", "/users/me/avatar", avatars.remove, "Remove your picture.", access=USER, status=204),
    Route("PATCH", "/users/me", users.change_me, "Change your profile.", access=USER),
)
