"""Kinds of fields that several bodies share, with their limits."""

from typing import Annotated

from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=64)]
Cursor = Annotated[str, Meta(min_length=1, max_length=200, description="The `next` of the page before.")]
Limit = Annotated[int, Meta(ge=1, le=100)]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Description = Annotated[str, Meta(max_length=5000)]
Email = Annotated[
    str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]+\.[^@\s.\x00-\x1f]+$(?!\n)")
]
Username = Annotated[str, Meta(pattern=r"^[A-Za-z0-9](?:[A-Za-z0-9_.-]{1,28})[A-Za-z0-9_]$(?!\n)")]
DisplayName = Annotated[str, Meta(min_length=1, max_length=50)]
Password = Annotated[str, Meta(max_length=1024)]
Url = Annotated[str, Meta(min_length=1, max_length=2000)]
EpochMs = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""Up to the end of the year 9999, which is where datetimes end."""


class Body(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Base of what clients send: a field that is not named is refused."""


class View(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Base of what clients get: optional fields without a value are left out."""


class PageQuery(Body, kw_only=True, frozen=True):
    limit: Limit = 20
    cursor: Cursor | None = None
