"""The one route table. A row says what, who may, and which endpoint; everything else is read from the endpoint's types."""

from api.route import Route
from api.routes.admin_site import ADMIN_SITE
from api.routes.admin_users import ADMIN_USERS
from api.routes.auth import AUTH
from api.routes.dashboards import DASHBOARDS
from api.routes.events import EVENTS
from api.routes.health import HEALTH
from api.routes.invites import INVITES
from api.routes.mobile import MOBILE
from api.routes.notifications import NOTIFICATIONS
from api.routes.parties import PARTIES
from api.routes.people import PEOPLE
from api.routes.reports import REPORTS
from api.routes.search import SEARCH
from api.routes.users import USERS
from api.routes.videos import VIDEOS

ROUTES: tuple[Route, ...] = (
    *AUTH,
    *USERS,
    *PEOPLE,
    *VIDEOS,
    *PARTIES,
    *INVITES,
    *SEARCH,
    *MOBILE,
    *NOTIFICATIONS,
    *EVENTS,
    *DASHBOARDS,
    *REPORTS,
    *ADMIN_USERS,
    *ADMIN_SITE,
    *HEALTH,
)
