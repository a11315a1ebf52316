"""While staff work on the system only they are served: everybody else is told so and when to come back."""

from api.middleware.port import Exchange, Middleware
from api.problems import Problem
from api.services.switches import Switches
from store.documents import User

RETRY_AFTER_SECONDS = 60.0


class Maintenance(Middleware):
    """Health is answered, and the ways in are open, through which staff come; the end of the switch lets all in again."""

    name = "maintenance"

    def __init__(self, *, switches: Switches) -> None:
        self._switches = switches

    async def admitted(self, exchange: Exchange) -> None:
        if not self._switches.current().maintenance or exchange.caller.staff:
            return
        route = exchange.route
        if route is None or route.in_maintenance or route.tag == "health":
            return
        if exchange.refusal is not None and exchange.header("Authorization"):
            return  # an expired token is told to be refreshed: it may be of staff
        refuse_all_but_staff(self._switches, None)


def refuse_all_but_staff(switches: Switches, user: User | None) -> None:
    """Raise `Problem("maintenance")` while it lasts, for whoever is not staff."""
    now = switches.current()
    if now.maintenance and (user is None or user.role != "staff"):
        raise Problem("maintenance", now.maintenance_message, retry_after_seconds=RETRY_AFTER_SECONDS)
