"""The rows of the route table for apps."""

from api.access import PUBLIC, USER
from api.handlers import mobile
from api.route import Route

MOBILE = (
    Route(
        "GET",
        "/mobile/config",
        mobile.config,
        "Say what an app must know of this server: versions, features, limits, heartbeat.",
        access=PUBLIC,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route("GET", "/mobile/home", mobile.home, "Show the first screen in one call.", access=USER),
    Route("GET", "/mobile/devices", mobile.devices, "List your devices, the last seen first.", access=USER),
    Route(
        "POST",
        "/mobile/devices",
        mobile.register,
        "Register a device by its own id, or tell what has changed of it.",
        access=USER,
    ),
    Route(
        "DELETE",
        "/mobile/devices/{device_id}",
        mobile.forget,
        "Forget a device.",
        access=USER,
        status=204,
        problems=("not_found",),
    ),
    Route(
        "GET",
        "/mobile/sync",
        mobile.sync,
        "Get what changed of your parties, videos, notifications and relations since a cursor.",
        access=USER,
        problems=("full_sync_required",),
    ),
)
