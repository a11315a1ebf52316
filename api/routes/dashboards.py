"""The rows of the route table about figures."""

from api.access import PARTY_DASHBOARD, PUBLIC, USER
from api.handlers import dashboards
from api.route import Route

DASHBOARDS = (
    Route(
        "GET",
        "/dashboards/parties/{party_id}",
        dashboards.party,
        "Show the report of one party.",
        access=PARTY_DASHBOARD,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "GET",
        "/dashboards/personal",
        dashboards.personal,
        "Show your own parties' figures over a range, day by day in UTC.",
        access=USER,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "GET",
        "/metrics-dictionary",
        dashboards.dictionary,
        "Say what each figure means.",
        access=PUBLIC,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
)
