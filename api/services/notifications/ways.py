"""The ways out of the house, as the deliverer sees them: what one is given, and what it says of its try."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from store.deliveries import Over
from store.documents import Delivery, Notification, User


@dataclass(frozen=True, kw_only=True)
class Ended:
    """It is over: sent, or not to be sent."""

    state: Over


@dataclass(frozen=True, kw_only=True)
class Later:
    """Not now; nothing has failed."""

    until: datetime


@dataclass(frozen=True, kw_only=True)
class Failed:
    """This try failed. `again` says whether another one can help, and `wait` how soon, where that was said."""

    why: str
    again: bool = True
    wait: timedelta | None = None


Outcome = Ended | Later | Failed


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One notification that is due, and who gets it."""

    delivery: Delivery
    notification: Notification
    user: User
    zone: ZoneInfo


class Way(Protocol):
    """One way out."""

    async def send(self, parcel: Parcel) -> Outcome:
        """Try once. Raises `store.errors.StoreError`: the claim then runs out, and it is tried again."""
        ...
