"""The reviewed rows, one a route. A route that has none fails `test_matrix.py`."""

from tests.api.authorisation.row import Row
from tests.api.authorisation.rows_accounts import ACCOUNTS
from tests.api.authorisation.rows_admin import ADMIN
from tests.api.authorisation.rows_notifications import NOTIFICATIONS
from tests.api.authorisation.rows_parties import PARTIES
from tests.api.authorisation.rows_rest import REST
from tests.api.authorisation.rows_videos import VIDEOS

ROWS: dict[str, Row] = {row.route: row for row in (*ACCOUNTS, *VIDEOS, *PARTIES, *NOTIFICATIONS, *REST, *ADMIN)}
