"""What the endpoints of staff may call, in one frozen bundle."""

from dataclasses import dataclass

from api.services.admin.people import People
from api.services.admin.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Admin:
    people: People
    standing: Standing
