"""The rows of the route table by which staff look after the place."""

from api.access import STAFF
from api.handlers import admin_jobs, admin_site
from api.route import Route

ADMIN_SITE = (
    Route("GET", "/admin/overview", admin_site.overview, "Show how the place does, in numbers.", access=STAFF),
    Route(
        "GET",
        "/admin/system",
        admin_site.system,
        "Show versions, settings and sizes of this node and its database.",
        access=STAFF,
    ),
    Route("GET", "/admin/settings", admin_site.settings, "Show what staff may switch.", access=STAFF),
    Route(
        "PATCH",
        "/admin/settings",
        admin_site.change_settings,
        "Switch something; every node knows within two seconds. If-Match guards against others' changes.",
        access=STAFF,
        problems=("precondition_failed",),
        fresh=True,
        audit="settings.change",
    ),
    Route(
        "POST",
        "/admin/maintenance",
        admin_site.maintenance,
        "Serve staff only, or everybody again.",
        access=STAFF,
        problems=("precondition_failed",),
        fresh=True,
        audit="settings.maintenance",
    ),
    Route(
        "POST",
        "/admin/broadcast",
        admin_site.broadcast,
        "Send a notice to everybody who is connected, and if wanted into everybody's notifications.",
        access=STAFF,
        status=202,
        audit="broadcast.send",
    ),
    Route("GET", "/admin/audit-log", admin_site.audit_log, "Read what staff did, the newest first.", access=STAFF),
    Route(
        "GET",
        "/admin/audit-log/export",
        admin_site.export_audit_log,
        "Download what staff did as CSV, the oldest first.",
        access=STAFF,
        fresh=True,
        audit="audit_log.export",
    ),
    Route("GET", "/admin/jobs", admin_jobs.index, "List the jobs with their schedule and last runs.", access=STAFF),
    Route(
        "GET",
        "/admin/jobs/runs",
        admin_jobs.runs,
        "List the runs of all jobs or of one, the last started first.",
        access=STAFF,
    ),
    Route(
        "POST",
        "/admin/jobs/{job}/run",
        admin_jobs.run,
        "Ask the scheduler to run a job now; it looks every two seconds.",
        access=STAFF,
        status=202,
        audit="job.run",
    ),
)
