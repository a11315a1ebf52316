"""The rows of the route table about reports: filed by people, worked on by staff."""

from api.access import STAFF, USER
from api.handlers import admin_content, admin_reports, reports
from api.route import Route

REPORTS = (
    Route(
        "POST",
        "/reports",
        reports.create,
        "Report a party, a message, a video or a user to the staff; once while the report is open.",
        access=USER,
        status=201,
        problems=("not_found", "conflict", "rate_limited"),
    ),
    Route("GET", "/reports/mine", reports.mine, "List your own reports and whether they are closed.", access=USER),
    Route(
        "GET",
        "/admin/reports",
        admin_reports.index,
        "List reports: open or assigned ones, the oldest first, or closed ones, the newest first.",
        access=STAFF,
    ),
    Route("GET", "/admin/reports/{report_id}", admin_reports.show, "Show a report with its evidence.", access=STAFF),
    Route(
        "POST",
        "/admin/reports/{report_id}/assign",
        admin_reports.assign,
        "Give a report to somebody of the staff, take it, or give it back to the queue.",
        access=STAFF,
        problems=("conflict",),
        audit="report.assign",
    ),
    Route(
        "POST",
        "/admin/reports/{report_id}/resolve",
        admin_reports.resolve,
        "Carry a measure out and close the report; its reporter is told. A ban wants a fresh password.",
        access=STAFF,
        problems=("conflict", "ended", "reauthentication_required"),
        audit="report.resolve",
    ),
    Route(
        "POST",
        "/admin/reports/{report_id}/dismiss",
        admin_reports.dismiss,
        "Close a report about which there is nothing to do; its reporter is told.",
        access=STAFF,
        problems=("conflict",),
        audit="report.dismiss",
    ),
    Route("GET", "/admin/parties", admin_content.parties, "List everybody's parties, the newest first.", access=STAFF),
    Route(
        "DELETE",
        "/admin/parties/{party_id}",
        admin_content.remove_party,
        "End a party and take it off all lists; its sockets close.",
        access=STAFF,
        status=204,
        problems=("ended",),
        audit="party.remove",
    ),
    Route(
        "DELETE",
        "/admin/parties/{party_id}/messages/{message_id}",
        admin_content.remove_message,
        "Take a message away, in front of the party.",
        access=STAFF,
        status=204,
        audit="message.remove",
    ),
    Route("GET", "/admin/videos", admin_content.videos, "List everybody's videos, the newest first.", access=STAFF),
    Route(
        "DELETE",
        "/admin/videos/{video_id}",
        admin_content.remove_video,
        "Take a video down; its file is removed.",
        access=STAFF,
        status=204,
        audit="video.remove",
    ),
)
