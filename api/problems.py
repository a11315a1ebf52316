"""Every refusal of the API: a table of codes, and the exception that carries one (RFC 9457).

Texts may change, codes never: clients decide by `code`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec


class Meaning(NamedTuple):
    """What a problem code means to a client."""

    status: int
    title: str
    retry: bool = False
    """Whether the same request may succeed later."""


PROBLEMS: dict[str, Meaning] = {
    "bad_json": Meaning(400, "The body is not JSON"),
    "invalid": Meaning(400, "The request breaks a rule of its schema"),
    "bad_token": Meaning(400, "The link is used up, over or not one of ours"),
    "unauthenticated": Meaning(401, "A valid access token is needed"),
    "token_expired": Meaning(401, "The access token has expired"),
    "bad_credentials": Meaning(401, "E-mail or password is wrong"),
    "bad_refresh_token": Meaning(401, "The session is over"),
    "forbidden": Meaning(403, "Not allowed"),
    "suspended": Meaning(403, "The account is suspended"),
    "reauthentication_required": Meaning(403, "Show your password again"),
    "cross_origin": Meaning(403, "Not from that origin"),
    "muted": Meaning(403, "Muted in this party"),
    "not_found": Meaning(404, "Not found"),
    "method_not_allowed": Meaning(405, "No such method here"),
    "conflict": Meaning(409, "Not in the present state"),
    "taken": Meaning(409, "Already taken"),
    "not_ready": Meaning(409, "Not ready yet", retry=True),
    "in_progress": Meaning(409, "The same request is still under way", retry=True),
    "ended": Meaning(409, "The party has ended"),
    "full_sync_required": Meaning(410, "The cursor is too old: begin without one"),
    "precondition_failed": Meaning(412, "Changed meanwhile"),
    "too_large": Meaning(413, "Too large"),
    "unsupported_media_type": Meaning(415, "Another content type is needed"),
    "range_not_satisfiable": Meaning(416, "No such range"),
    "misdirected": Meaning(421, "Not a name of this server"),
    "idempotency_mismatch": Meaning(422, "The key was used for another request"),
    "not_an_image": Meaning(422, "The file cannot be shown as a picture"),
    "not_a_video": Meaning(422, "The file cannot be played as a video"),
    "rate_limited": Meaning(429, "Too fast", retry=True),
    "slow_mode": Meaning(429, "The party is in slow mode", retry=True),
    "internal": Meaning(500, "A fault of ours"),
    "busy": Meaning(503, "Too much at once", retry=True),
    "maintenance": Meaning(503, "Under maintenance", retry=True),
    "unavailable": Meaning(503, "Something that is needed does not answer", retry=True),
}


class Fault(msgspec.Struct, frozen=True):
    """One place of the request that is wrong; `path` is `$.field` in the body, `?name` in the query."""

    path: str
    message: str


class ProblemDocument(msgspec.Struct, kw_only=True):
    """What the client reads: RFC 9457, with a code to decide by."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[Fault]
    request_id: str


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """Raise it anywhere below an endpoint: the request is answered with this problem and nothing is changed."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.meaning = PROBLEMS[code]
        self.detail = detail or self.meaning.title
        self.errors = list(errors)
        self.headers = dict(headers or {})
        if retry_after_seconds is not None:
            self.headers["Retry-After"] = str(max(1, round(retry_after_seconds)))

    @property
    def status(self) -> int:
        return self.meaning.status

    def document(self, request_id: str) -> ProblemDocument:
        return ProblemDocument(
            type=f"urn:matinee:problem:{self.code}",
            title=self.meaning.title,
            status=self.meaning.status,
            code=self.code,
            detail=self.detail,
            errors=self.errors,
            request_id=request_id,
        )


def invalid(path: str, message: str) -> Problem:
    """Name one wrong field."""
    return Problem("invalid", message, errors=[Fault(path, message)])


def not_found(what: str) -> Problem:
    """Answer alike for what does not exist and for what the caller may not see."""
    return Problem("not_found", f"There is no such {what}.")
