"""Every mail that we send: its subject, whether the account must exist as it was, and what its link is good for."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from api.services.notifications.words import WORDS

Purpose = Literal["verify_email", "reset_password"]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link with a token. `life` is stated in the mail."""

    purpose: Purpose
    page: str
    life: timedelta
    words: str
    """How the mail states `life`."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One kind of mail; its words stand in `templates/<template>.txt` and `.html`, by its own name without one."""

    subject: str
    template: str = ""
    link: Link | None = None
    unverified_only: bool = False
    """True where an account whose address is confirmed already needs none."""
    anybody: bool = False
    """True where the address need not belong to an account."""


KINDS: dict[str, Letter] = {
    "verify_email": Letter(
        subject="Confirm your e-mail address",
        link=Link(purpose="verify_email", page="/verify", life=timedelta(hours=24), words="24 hours"),
        unverified_only=True,
    ),
    "reset_password": Letter(
        subject="Choose a new password",
        link=Link(purpose="reset_password", page="/reset", life=timedelta(minutes=60), words="60 minutes"),
    ),
    "digest": Letter(subject="What you have missed", template="notice"),
    **{name: Letter(subject=wording.subject, template="notice") for name, wording in WORDS.items()},
    "password_changed": Letter(subject="Your password was changed"),
    "invite": Letter(subject="You are invited to a watch party", anybody=True),
}
