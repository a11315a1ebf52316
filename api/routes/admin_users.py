"""The rows of the route table by which staff look after accounts."""

from api.access import STAFF
from api.handlers import admin_users
from api.route import Route

ADMIN_USERS = (
    Route("GET", "/admin/users", admin_users.index, "List accounts, the newest first.", access=STAFF),
    Route(
        "GET",
        "/admin/users/export",
        admin_users.export,
        "Download all accounts that match as CSV.",
        access=STAFF,
        fresh=True,
        audit="users.export",
    ),
    Route(
        "GET",
        "/admin/users/{user_id}",
        admin_users.show,
        "Show an account with its sessions, its parties and the reports about it.",
        access=STAFF,
    ),
    Route(
        "POST",
        "/admin/users/{user_id}/suspend",
        admin_users.suspend,
        "Shut somebody out for a while; their sessions and sockets end at once.",
        access=STAFF,
        problems=("conflict",),
        audit="user.suspend",
    ),
    Route(
        "POST",
        "/admin/users/{user_id}/unsuspend",
        admin_users.unsuspend,
        "Let somebody in again.",
        access=STAFF,
        problems=("conflict",),
        audit="user.unsuspend",
    ),
    Route(
        "POST",
        "/admin/users/{user_id}/ban",
        admin_users.ban,
        "Shut somebody out for good, their e-mail address too; their sessions and sockets end at once.",
        access=STAFF,
        problems=("conflict",),
        fresh=True,
        audit="user.ban",
    ),
    Route(
        "POST",
        "/admin/users/{user_id}/unban",
        admin_users.unban,
        "Lift a ban.",
        access=STAFF,
        fresh=True,
        audit="user.unban",
    ),
    Route(
        "POST",
        "/admin/users/{user_id}/role",
        admin_users.set_role,
        "Make somebody staff, or no longer; it counts from their next request on.",
        access=STAFF,
        problems=("conflict",),
        fresh=True,
        audit="user.role",
    ),
)
