"""The rows of the route table about finding things."""

from api.access import PUBLIC_OR_USER
from api.handlers import search
from api.route import Route

SEARCH = (
    Route(
        "GET",
        "/search",
        search.index,
        "Find videos, parties and people by words and their beginnings, the best first.",
        access=PUBLIC_OR_USER,
    ),
    Route(
        "GET",
        "/search/suggest",
        search.suggest,
        "Say what somebody who types may mean: the eight best.",
        access=PUBLIC_OR_USER,
    ),
)
