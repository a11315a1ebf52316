"""Reports, and what only staff may do."""

from tests.api.authorisation.row import STAFF, USER, Rule, delete, get, patch, post

MODERATED = Rule("party:moderated", "required")
WHY = {"reason": "spam"}

ADMIN = (
    get("/admin/users", STAFF),
    get("/admin/users/export", STAFF),
    get("/admin/users/{user_id}", STAFF),
    post("/admin/users/{user_id}/suspend", STAFF, WHY),
    post("/admin/users/{user_id}/unsuspend", STAFF),
    post("/admin/users/{user_id}/ban", STAFF, WHY),
    post("/admin/users/{user_id}/unban", STAFF),
    post("/admin/users/{user_id}/role", STAFF, {"role": "staff"}),
    post("/reports", USER, {"kind": "user", "id": "{user_id}", "reason": "spam"}),
    get("/reports/mine", USER),
    get("/admin/reports", STAFF),
    get("/admin/reports/{report_id}", STAFF),
    post("/admin/reports/{report_id}/assign", STAFF),
    post("/admin/reports/{report_id}/resolve", STAFF, {"measure": "none"}),
    post("/admin/reports/{report_id}/dismiss", STAFF),
    get("/admin/parties", STAFF),
    delete("/admin/parties/{party_id}", STAFF),
    delete("/admin/parties/{party_id}/messages/{message_id}", STAFF),
    get("/admin/videos", STAFF),
    delete("/admin/videos/{video_id}", STAFF),
    get("/parties/{party_id}/moderation-log", MODERATED),
    get("/admin/overview", STAFF),
    get("/admin/system", STAFF),
    get("/admin/settings", STAFF),
    patch("/admin/settings", STAFF, {"registration_open": True}),
    post("/admin/maintenance", STAFF, {"on": False}),
    post("/admin/broadcast", STAFF, {"text": "hello"}),
    get("/admin/audit-log", STAFF),
    get("/admin/audit-log/export", STAFF),
    get("/admin/jobs", STAFF),
    get("/admin/jobs/runs", STAFF),
    post("/admin/jobs/{job}/run", STAFF),
)
