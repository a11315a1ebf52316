"""Events, figures and the server itself."""

from tests.api.authorisation.row import OPEN, OPTIONAL, STAFF, USER, Rule, delete, get, post

PHONE = {"id": "phone", "platform": "ios", "name": "Phone", "app_version": "1.0"}
OWN_ONLY = dict.fromkeys(("unverified", "stranger", "member", "staff"), "not_found")
DASHBOARD = Rule("party:dashboard", "required")
UPLOADER = Rule("video:uploader", "required")

REST = (
    post("/events", USER, {"events": [{"event_id": "0" * 32, "type": "view.started", "party_id": "none"}]}),
    get("/search", OPTIONAL, query={"q": "film"}),
    get("/search/suggest", OPTIONAL, query={"q": "fi"}),
    get("/mobile/config", OPEN),
    get("/mobile/home", USER),
    get("/mobile/devices", USER),
    post("/mobile/devices", USER, PHONE),
    delete("/mobile/devices/{device_id}", USER, but=OWN_ONLY, why="a device is nobody's but its owner's"),
    get("/mobile/sync", USER),
    get("/dashboards/personal", USER),
    get("/dashboards/personal/export", USER),
    get("/dashboards/parties/{party_id}", DASHBOARD),
    get("/dashboards/parties/{party_id}/export", DASHBOARD),
    get("/dashboards/videos/{video_id}", UPLOADER),
    get("/dashboards/videos/{video_id}/export", UPLOADER),
    get("/dashboards/advanced", STAFF),
    get("/dashboards/advanced/export", STAFF),
    get("/dashboards/live", STAFF),
    get("/dashboards/query", STAFF, query={"metric": "views", "dimension": "device"}),
    get("/metrics-dictionary", OPEN),
    get("/healthz", OPEN),
    get("/readyz", OPEN),
    get("/version", OPEN),
    get("/openapi.json", OPEN),
    get("/asyncapi.json", OPEN),
)
