"""Events, figures and the server itself."""

from tests.api.authorisation.row import OPEN, OPTIONAL, USER, Rule, get, post

DASHBOARD = Rule("party:dashboard", "required")

REST = (
    post("/events", USER, {"events": [{"event_id": "0" * 32, "type": "view.started", "party_id": "none"}]}),
    get("/search", OPTIONAL, query={"q": "film"}),
    get("/search/suggest", OPTIONAL, query={"q": "fi"}),
    get("/dashboards/parties/{party_id}", DASHBOARD),
    get("/dashboards/personal", USER),
    get("/metrics-dictionary", OPEN),
    get("/healthz", OPEN),
    get("/readyz", OPEN),
    get("/version", OPEN),
    get("/openapi.json", OPEN),
)
