"""The rows of the route table about people."""

from api.access import USER
from api.handlers import users
from api.route import Route

USERS = (
    Route("GET", "/users/me", users.me, "Show your own account and profile.", access=USER),
    Route("PATCH", "/users/me", users.change_me, "Change your profile.", access=USER),
)
