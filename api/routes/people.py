"""The rows of the route table about people to each other."""

from api.access import PERSON_NAMED, PERSON_VISIBLE, PERSON_VISIBLE_USER, USER
from api.handlers import avatars, people
from api.route import Route

PEOPLE = (
    Route("GET", "/users/me/followers", people.followers, "List who follows you, the latest first.", access=USER),
    Route("GET", "/users/me/following", people.following, "List whom you follow, the latest first.", access=USER),
    Route("GET", "/users/me/blocks", people.blocks, "List whom you block, the latest first.", access=USER),
    Route("GET", "/users/me/activity", people.activity, "List what you did, the newest first.", access=USER),
    Route(
        "GET",
        "/users/{username}",
        people.show,
        "Show somebody, as far as their privacy allows.",
        access=PERSON_VISIBLE,
    ),
    Route(
        "GET",
        "/users/{username}/avatar",
        avatars.show,
        "Show somebody's picture, as far as their privacy allows.",
        access=PERSON_VISIBLE,
        also={304: "Not changed since the tag in If-None-Match."},
    ),
    Route(
        "POST",
        "/users/{username}/follow",
        people.follow,
        "Follow somebody, who is told so; done already, nothing changes.",
        access=PERSON_VISIBLE_USER,
        status=204,
        problems=("conflict", "forbidden"),
    ),
    Route(
        "DELETE",
        "/users/{username}/follow",
        people.unfollow,
        "Follow somebody no more.",
        access=PERSON_VISIBLE_USER,
        status=204,
    ),
    Route(
        "POST",
        "/users/{username}/block",
        people.block,
        "Block somebody: they are out of your parties at once and see nothing of yours; neither follows the other.",
        access=PERSON_NAMED,
        status=204,
        problems=("conflict",),
    ),
    Route(
        "DELETE",
        "/users/{username}/block",
        people.unblock,
        "Block somebody no more.",
        access=PERSON_NAMED,
        status=204,
    ),
)
