"""Time zones that people may choose: those of the IANA database."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from api.problems import invalid


def checked_zone(name: str, path: str) -> str:
    """Return the name of a zone. Raises `Problem("invalid")` at `path` for one that there is not."""
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # ValueError: a path that leads out of the database; OSError: a directory of it, as `Europe`.
        raise invalid(path, "There is no such time zone; give one as Europe/Berlin.") from error
