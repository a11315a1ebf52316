"""The place as a whole, for staff: its numbers, switches, announcements and audit log."""

from msgspec import structs

from api.ask import Ask, Nothing, Reply, StreamReply
from api.csv_rows import download
from api.preconditions import expected_revision
from api.schemas.admin_site import (
    Announcement,
    AnnouncementView,
    AuditPage,
    AuditQuery,
    AuditSearch,
    MaintenanceMode,
    OverviewView,
    SiteSettings,
    SiteSettingsChanges,
    SystemView,
)
from api.services.admin.audit_trail import EXPORTED, entry_view
from store.audit_log import AuditFilter
from store.documents import SwitchChanges, SwitchSettings, User


async def overview(ask: Ask[Nothing, Nothing, User]) -> OverviewView:
    return await ask.services.admin.overview.read()


async def system(ask: Ask[Nothing, Nothing, User]) -> SystemView:
    return await ask.services.admin.system.read()


async def settings(ask: Ask[Nothing, Nothing, User]) -> Reply[SiteSettings]:
    return _shown(await ask.services.switches.reload())


async def change_settings(ask: Ask[SiteSettingsChanges, Nothing, User]) -> Reply[SiteSettings]:
    changes = SwitchChanges(**structs.asdict(ask.body))
    expected = expected_revision(ask.headers)
    return _shown(await ask.services.switches.change(changes, ask.subject, expected=expected))


async def maintenance(ask: Ask[MaintenanceMode, Nothing, User]) -> Reply[SiteSettings]:
    changes = SwitchChanges(maintenance=ask.body.on, maintenance_message=ask.body.message)
    return _shown(await ask.services.switches.change(changes, ask.subject))


async def broadcast(ask: Ask[Announcement, Nothing, User]) -> AnnouncementView:
    broadcasts = ask.services.admin.broadcasts
    broadcast_id, sockets = broadcasts.send(ask.subject, ask.body.text, notify=ask.body.notify)
    return AnnouncementView(id=broadcast_id, sockets=sockets)


async def audit_log(ask: Ask[Nothing, AuditQuery, User]) -> AuditPage:
    query = ask.query
    page = await ask.services.admin.trail.page(_filter(query), limit=query.limit, cursor=query.cursor)
    return AuditPage(items=[entry_view(entry) for entry in page.items], next=page.next)


async def export_audit_log(ask: Ask[Nothing, AuditSearch, User]) -> StreamReply:
    return download("audit-log.csv", EXPORTED, ask.services.admin.trail.table(_filter(ask.query)))


def _filter(asked: AuditQuery | AuditSearch) -> AuditFilter:
    return AuditFilter(by=asked.by, action=asked.action, about_id=asked.about_id, since=asked.since, until=asked.until)


def _shown(found: SwitchSettings) -> Reply[SiteSettings]:
    view = SiteSettings(
        maintenance=found.maintenance,
        maintenance_message=found.maintenance_message,
        registration_open=found.registration_open,
        revision=found.revision,
        changed_by=found.changed_by,
        changed_at=found.changed_at,
    )
    return Reply(body=view, headers={"ETag": f'"{found.revision}"'})
