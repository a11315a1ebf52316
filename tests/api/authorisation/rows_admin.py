"""What only staff may do."""

from tests.api.authorisation.row import STAFF, get, post

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
)
