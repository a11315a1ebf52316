from typing import Annotated, Literal

from msgspec import Meta

from api.schemas.fields import Body, Id, PageQuery


class StaffPartyQuery(PageQuery, kw_only=True, frozen=True):
    status: Literal["scheduled", "lobby", "live", "ended"] | None = None
    host_id: Id | None = None


class StaffVideoQuery(PageQuery, kw_only=True, frozen=True):
    status: Literal["uploading", "processing", "ready", "failed"] | None = None
    uploader_id: Id | None = None


class Removal(Body, kw_only=True, frozen=True):
    reason: Annotated[str, Meta(max_length=500)] = ""
    """For the audit log; that of a message is shown in its party too."""
