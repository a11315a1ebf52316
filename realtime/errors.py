"""Error and close codes as tables: what each means, and whether the client may come again. Texts may change, codes never."""

from typing import NamedTuple


class ErrorCode(NamedTuple):
    """An `error` frame: nothing changed. `retry` says whether the same command may succeed later."""

    meaning: str
    retry: bool


class CloseCode(NamedTuple):
    """Why a connection was closed. `retry` says whether to come back, with back-off and resume."""

    meaning: str
    retry: bool


ERRORS: dict[str, ErrorCode] = {
    "bad_frame": ErrorCode("Not one JSON object in UTF-8 with a type.", retry=False),
    "unknown_type": ErrorCode("There is no frame of this type.", retry=False),
    "invalid": ErrorCode("A field is unknown, missing or out of bounds; `path` names it.", retry=False),
    "forbidden": ErrorCode("Your role may not do that in this party.", retry=False),
    "not_found": ErrorCode("What the command names is not there.", retry=False),
    "conflict": ErrorCode("The party is in a state that does not allow it.", retry=False),
    "rate_limited": ErrorCode("Too many frames; wait `retry_after_ms`.", retry=True),
    "muted": ErrorCode("You are muted, for `retry_after_ms` where it is given.", retry=True),
    "slow_mode": ErrorCode("The chat is in slow mode; wait `retry_after_ms`.", retry=True),
    "too_large": ErrorCode("The frame is over 64 KiB.", retry=False),
    "not_ready": ErrorCode("Say hello first.", retry=True),
    "ended": ErrorCode("The party has ended.", retry=False),
    "unavailable": ErrorCode("Storage does not answer; send the same command with the same id again.", retry=True),
}

NORMAL = 1000
GOING_AWAY = 1012
TRY_LATER = 1013
TIMED_OUT = 4008
TOO_FAST_OR_SLOW = 4029
STORAGE_UNAVAILABLE = 4030
CREDENTIAL_EXPIRED = 4031
POSITION_LOST = 4032
NOT_OUR_PROTOCOL = 4500
BAD_CREDENTIAL = 4501
MAY_NOT_ENTER = 4503
NO_SUCH_PARTY = 4504
REPLACED = 4509
PARTY_ENDED = 4510
KICKED = 4511
FRAME_TOO_LARGE = 4513

DEAF = frozenset({TIMED_OUT, TOO_FAST_OR_SLOW})
"""Closed because they do not speak, or do not listen: nobody waits for them to answer the close, which takes 5 s."""

CLOSES: dict[int, CloseCode] = {
    NORMAL: CloseCode("You left.", retry=False),
    1001: CloseCode("Going away.", retry=True),
    1009: CloseCode("Frame too large.", retry=False),
    GOING_AWAY: CloseCode("This server is going away; come back at once, with jitter.", retry=True),
    TRY_LATER: CloseCode("The party is full; try again later.", retry=True),
    TIMED_OUT: CloseCode("Hello or heartbeat timed out.", retry=True),
    TOO_FAST_OR_SLOW: CloseCode("Too fast, or too slow to read.", retry=True),
    STORAGE_UNAVAILABLE: CloseCode("Storage is unavailable.", retry=True),
    CREDENTIAL_EXPIRED: CloseCode("The credential has expired; come back with a fresh one.", retry=True),
    POSITION_LOST: CloseCode("Position lost; come back and resume.", retry=True),
    NOT_OUR_PROTOCOL: CloseCode("Not our protocol.", retry=False),
    BAD_CREDENTIAL: CloseCode("No or wrong credential.", retry=False),
    MAY_NOT_ENTER: CloseCode("You may not enter.", retry=False),
    NO_SUCH_PARTY: CloseCode("There is no such party.", retry=False),
    REPLACED: CloseCode("The same session connected again.", retry=False),
    PARTY_ENDED: CloseCode("The party has ended.", retry=False),
    KICKED: CloseCode("You were kicked out.", retry=False),
    FRAME_TOO_LARGE: CloseCode("Frame too large.", retry=False),
}


def may_come_back(code: int | None) -> bool:
    """Say whether a client reconnects after `code`: the range decides, so unknown codes are handled too.

    Without a code the connection broke (1006), which is always worth another try.
    """
    if code is None or code in {1001, 1006, 1011, GOING_AWAY, TRY_LATER}:
        return True
    return 4000 <= code < 4500  # noqa: PLR2004 - the range of the protocol
