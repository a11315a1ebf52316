"""What the endpoints of staff may call, in one frozen bundle."""

from dataclasses import dataclass

from api.services.admin.content import Content
from api.services.admin.people import People
from api.services.admin.resolutions import Resolutions
from api.services.admin.standing import Standing


@dataclass(frozen=True, kw_only=True)
class Admin:
    content: Content
    people: People
    resolutions: Resolutions
    standing: Standing
