"""What people want to be told, and by which ways."""

from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import structs

from conf.clock import Clock, utc
from store.database import Store
from store.documents import NotificationPreferences as Chosen
from store.documents import User, WaysChosen
from store.documents.notifications import EmailMode, Kind

KINDS: tuple[Kind, ...] = get_args(Kind)
ALWAYS = WaysChosen(in_app=True, email=True, push=True)
"""What nobody can switch off: somebody else may be in the account."""
_TALK = WaysChosen(in_app=True, email=False, push=True)
DEFAULTS: dict[Kind, WaysChosen] = {
    "invited": ALWAYS,
    "party_starting": ALWAYS,
    "party_started": _TALK,
    "mentioned": _TALK,
    "replied": _TALK,
    "followed": _TALK,
    "report_resolved": ALWAYS,
    "announcement": _TALK,
    "security": ALWAYS,
}


class Preferences:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def of(self, user_id: str) -> Chosen:
        """Read what somebody chose, completed by what holds for everybody."""
        chosen = await self._store.notification_preferences.of(user_id)
        if chosen is None:
            chosen = Chosen(id=user_id, updated_at=utc(0))
        return structs.replace(chosen, kinds={kind: ways_of(chosen, kind) for kind in KINDS})

    def chosen(self, user_id: str, kinds: dict[str, WaysChosen], email_mode: EmailMode) -> Chosen:
        """Write a choice down, to be completed and stored."""
        return Chosen(id=user_id, kinds=kinds, email_mode=email_mode, updated_at=utc(self._clock.now_ms()))

    async def put(self, chosen: Chosen) -> Chosen:
        """Store somebody's choice in the place of the one before."""
        await self._store.notification_preferences.put(chosen)
        return await self.of(chosen.id)


def ways_of(chosen: Chosen, kind: Kind) -> WaysChosen:
    """Say by which ways somebody wants a kind."""
    return ALWAYS if kind == "security" else chosen.kinds.get(kind, DEFAULTS[kind])


def zone_of(user: User) -> ZoneInfo:
    """Return the time zone of a profile; UTC where it names none that this machine knows."""
    try:
        return ZoneInfo(user.profile.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
