"""From any exception to the problem that the client is told; what was our fault is logged here, once."""

import errno
from collections.abc import Callable
from typing import Any

from tornado.web import HTTPError

from api.paths import shown
from api.problems import Fault, Problem, not_found
from conf import logs
from realtime.engine import NoSuchParty
from realtime.party.refused import Refused
from store import errors

RETRY_AFTER_SECONDS = 2.0
"""MongoDB is back to writing 1.4 s (median) after a kill -9, 2.6 s at most, as measured."""

_BY_STATUS = {
    400: "invalid",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}


def as_problem(error: BaseException, path: str, *, allow: str = "") -> Problem:
    """Translate `error`; an unknown one is logged with the path only and becomes `internal`."""
    for kind, translate in TRANSLATIONS.items():
        if isinstance(error, kind):
            found = translate(error)
            if found is not None:
                if found.code == "method_not_allowed" and allow:
                    found.headers["Allow"] = allow
                return found
    logs.get("api.endpoint").error("request failed", path=shown(path), exc_info=error)
    return Problem("internal", "The fault is logged under this request's id.")


def _unavailable(_error: errors.Unavailable) -> Problem:
    return Problem("unavailable", "The database does not answer.", retry_after_seconds=RETRY_AFTER_SECONDS)


def _bad_cursor(error: errors.BadCursor) -> Problem:
    return Problem("invalid", "The cursor is not one of this list.", errors=[Fault("?cursor", str(error))])


def _not_storable(error: errors.NotStorable) -> Problem:
    return Problem("invalid", "A value cannot be kept.", errors=[Fault("$", str(error))])


def _refused(error: Refused) -> Problem:
    """Refusals of the party have the same codes as ours."""
    faults = [Fault(f"$.{error.path}", error.message)] if error.path else []
    wait = None if error.retry_after_ms is None else error.retry_after_ms / 1000
    return Problem(error.code, error.message, errors=faults, retry_after_seconds=wait)


def _no_room(error: OSError) -> Problem | None:
    if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
        return None
    logs.get("api.endpoint").error("the disk is full")
    return Problem("unavailable", "There is no room on the disk.", retry_after_seconds=60)


def _tornado(error: HTTPError) -> Problem | None:
    code = _BY_STATUS.get(error.status_code)
    return None if code is None else Problem(code)


TRANSLATIONS: dict[type[BaseException], Callable[[Any], Problem | None]] = {
    Problem: lambda problem: problem,
    errors.Unavailable: _unavailable,
    errors.BadCursor: _bad_cursor,
    errors.NotStorable: _not_storable,
    Refused: _refused,
    NoSuchParty: lambda _error: not_found("party"),
    HTTPError: _tornado,
    OSError: _no_room,
}
"""What each kind of exception is to a client; None says that this one is a fault of ours after all."""
