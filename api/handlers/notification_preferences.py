"""What you want to be told, and by which ways."""

from msgspec import structs

from api.ask import Ask, Nothing
from api.problems import invalid
from api.schemas.notifications import AllKinds, PreferencesChoice, PreferencesView, QuietHoursChoice, WayChoice
from api.services.all import Services
from api.services.notifications.preferences import zone_of
from store.documents import NotificationPreferences, QuietHours, User, WaysChosen


async def show(ask: Ask[Nothing, Nothing, User]) -> PreferencesView:
    return _view(ask.services, ask.subject, await ask.services.notifications.preferences.of(ask.subject.id))


async def put(ask: Ask[PreferencesChoice, Nothing, User]) -> PreferencesView:
    chosen = ask.services.notifications.preferences.chosen(ask.subject.id, _kinds(ask.body), ask.body.email_mode)
    if ask.body.quiet_hours is not None:
        chosen.quiet_hours = _quiet_hours(ask.body.quiet_hours)
    return _view(ask.services, ask.subject, await ask.services.notifications.preferences.put(chosen))


def _kinds(body: PreferencesChoice) -> dict[str, WaysChosen]:
    """Take what was chosen. Raises `Problem("invalid")` where that switches security notices off."""
    for way, on in structs.asdict(body.kinds.security).items() if body.kinds.security else ():
        if not on:
            raise invalid(f"$.kinds.security.{way}", "Notices about your account's security cannot be switched off.")
    given = {kind: choice for kind, choice in structs.asdict(body.kinds).items() if choice is not None}
    return {kind: WaysChosen(**structs.asdict(choice)) for kind, choice in given.items() if kind != "security"}


def _quiet_hours(asked: QuietHoursChoice) -> QuietHours:
    if asked.start == asked.end:
        raise invalid("$.quiet_hours.to", "The quiet hours end at another time than they begin.")
    return QuietHours(start=asked.start, end=asked.end)


def _view(services: Services, user: User, chosen: NotificationPreferences) -> PreferencesView:
    quiet = chosen.quiet_hours
    return PreferencesView(
        kinds=AllKinds(**{kind: WayChoice(**structs.asdict(ways)) for kind, ways in chosen.kinds.items()}),
        email_mode=chosen.email_mode,
        quiet_hours=QuietHoursChoice(start=quiet.start, end=quiet.end) if quiet else None,
        time_zone=zone_of(user).key,
        push_public_key=services.notifications.subscriptions.public_key,
    )
