"""The audit log as staff read it."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from api.schemas.admin_site import AuditEntryView
from store.audit_log import AuditFilter
from store.database import Store
from store.documents import AuditEntry
from store.pages import Page

EXPORTED = (
    "at", "by", "by_name", "action", "about_kind", "about_id", "outcome", "ip", "request_id", "details",
)  # fmt: skip


class AuditTrail:
    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def page(self, which: AuditFilter, *, limit: int, cursor: str | None) -> Page[AuditEntry]:
        return await self._store.audit_log.page(which, limit=limit, cursor=cursor)

    async def table(self, which: AuditFilter) -> AsyncIterator[Sequence[str]]:
        """Read all entries that match, as rows of `EXPORTED`."""
        async for entry in self._store.audit_log.each(which):
            yield (
                entry.at.isoformat(timespec="milliseconds"),
                entry.by or "",
                entry.by_name,
                entry.action,
                entry.about_kind or "",
                entry.about_id or "",
                entry.outcome,
                entry.ip,
                entry.request_id,
                msgspec.json.encode(entry.details).decode(),
            )


def entry_view(entry: AuditEntry) -> AuditEntryView:
    return AuditEntryView(
        id=entry.id,
        at=entry.at,
        by=entry.by,
        by_name=entry.by_name,
        action=entry.action,
        about_kind=entry.about_kind,
        about_id=entry.about_id,
        details=entry.details,
        ip=entry.ip,
        request_id=entry.request_id,
        outcome=entry.outcome,
    )
