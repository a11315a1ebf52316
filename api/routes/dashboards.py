"""The rows of the route table about figures."""

from api.access import PARTY_DASHBOARD, PUBLIC, STAFF, USER, VIDEO_UPLOADER, Access
from api.handlers import dashboards
from api.route import Endpoint, Route

SAME = {304: "Not changed since the tag in If-None-Match."}


def _shown(path: str, endpoint: Endpoint, summary: str, access: Access) -> Route:
    return Route("GET", path, endpoint, summary, access=access, also=SAME)


def _table(path: str, endpoint: Endpoint, summary: str, access: Access) -> Route:
    return Route("GET", f"{path}/export", endpoint, summary, access=access)


DASHBOARDS = (
    _shown("/dashboards/personal", dashboards.personal, "Show the figures of your own parties and videos.", USER),
    _table("/dashboards/personal", dashboards.export_personal, "Download your figures as a table.", USER),
    _shown("/dashboards/parties/{party_id}", dashboards.party, "Show the report of one party.", PARTY_DASHBOARD),
    _table(
        "/dashboards/parties/{party_id}",
        dashboards.export_party,
        "Download the report of one party as a table.",
        PARTY_DASHBOARD,
    ),
    _shown("/dashboards/videos/{video_id}", dashboards.video, "Show the figures of one video.", VIDEO_UPLOADER),
    _table(
        "/dashboards/videos/{video_id}",
        dashboards.export_video,
        "Download the figures of one video as a table.",
        VIDEO_UPLOADER,
    ),
    _shown("/dashboards/advanced", dashboards.advanced, "Show the figures of the whole platform.", STAFF),
    _table("/dashboards/advanced", dashboards.export_advanced, "Download the platform's figures as a table.", STAFF),
    Route("GET", "/dashboards/live", dashboards.live, "Show what happens right now, over all nodes.", access=STAFF),
    _shown("/dashboards/query", dashboards.query, "Break one figure of the platform down.", STAFF),
    _shown("/metrics-dictionary", dashboards.dictionary, "Say what each figure means.", PUBLIC),
)
