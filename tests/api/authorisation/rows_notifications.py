"""What people are told."""

from tests.api.authorisation.row import USER, delete, get, post, put
from tests.api.authorisation.rows_accounts import OWN_ONLY

BROWSER = {
    "endpoint": "https://push.example.com/{new}",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
}

NOTIFICATIONS = (
    get("/notifications", USER),
    post("/notifications/read-all", USER),
    get("/notifications/preferences", USER),
    put("/notifications/preferences", USER, {"email_mode": "daily"}),
    post("/notifications/push-subscriptions", USER, BROWSER),
    delete(
        "/notifications/push-subscriptions/{subscription_id}",
        USER,
        but=OWN_ONLY,
        why="a browser is nobody's but its owner's",
    ),
    post("/notifications/{notification_id}/read", USER, but=OWN_ONLY, why="nobody reads what another was told"),
    delete("/notifications/{notification_id}", USER, but=OWN_ONLY, why="nobody deletes what another was told"),
)
