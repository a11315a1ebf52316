"""How much a web node keeps in memory of what it has read."""

from conf.settings import Settings
from store.cached.all import Sizes


def cache_sizes(settings: Settings) -> Sizes:
    """Read the sizes of the caches."""
    return Sizes(
        entries={
            "users": settings.cache_users,
            "videos": settings.cache_videos,
            "parties": settings.cache_parties,
            "aggregates": settings.cache_aggregates,
        },
        limit_bytes=settings.cache_bytes,
    )
