"""The rows of the route table about notifications, and about who means to come to a party."""

from api.access import PARTY_VISIBLE_USER, USER
from api.handlers import notification_preferences, notifications, push_subscriptions, rsvps
from api.route import Route

NOTIFICATIONS = (
    Route("GET", "/notifications", notifications.index, "List what you were told, the newest first.", access=USER),
    Route(
        "POST",
        "/notifications/read-all",
        notifications.read_all,
        "Mark all that you were told as read.",
        access=USER,
    ),
    Route(
        "GET",
        "/notifications/preferences",
        notification_preferences.show,
        "Show what you want to be told, and by which ways.",
        access=USER,
    ),
    Route(
        "PUT",
        "/notifications/preferences",
        notification_preferences.put,
        "Choose what you want to be told, and by which ways; what is left out is as it is for everybody.",
        access=USER,
    ),
    Route(
        "POST",
        "/notifications/push-subscriptions",
        push_subscriptions.create,
        "Have web pushes sent to this browser.",
        access=USER,
        status=201,
        problems=("conflict",),
    ),
    Route(
        "DELETE",
        "/notifications/push-subscriptions/{subscription_id}",
        push_subscriptions.delete,
        "Have no more web pushes sent to a browser of yours.",
        access=USER,
        status=204,
    ),
    Route(
        "POST", "/notifications/{notification_id}/read", notifications.read, "Mark a notification as read.", access=USER
    ),
    Route(
        "DELETE",
        "/notifications/{notification_id}",
        notifications.delete,
        "Take a notification off your list.",
        access=USER,
        status=204,
    ),
    Route(
        "GET",
        "/parties/{party_id}/rsvp",
        rsvps.show,
        "Show whether you mean to come, and how many do.",
        access=PARTY_VISIBLE_USER,
    ),
    Route(
        "PUT",
        "/parties/{party_id}/rsvp",
        rsvps.put,
        "Say that you mean to come: you are reminded a day and a quarter of an hour before.",
        access=PARTY_VISIBLE_USER,
        problems=("ended",),
    ),
    Route("DELETE", "/parties/{party_id}/rsvp", rsvps.delete, "Say that you do not come.", access=PARTY_VISIBLE_USER),
)
