"""The first screen of an app in one call: a handful of short queries at once, each with its own permission inside."""

import asyncio

from api.schemas.mobile import MobileHome
from api.schemas.users import own_view
from api.services.parties import Parties
from api.services.videos import Videos
from store.database import Store
from store.documents import User

ITEMS = 10
FOLLOWED = 500
"""People of whom live parties are looked for: the latest that were followed."""


class Home:
    def __init__(self, *, store: Store, parties: Parties, videos: Videos) -> None:
        self._store = store
        self._parties = parties
        self._videos = videos

    async def screen(self, user: User) -> MobileHome:
        """Put the screen together. Raises `store.errors.Unavailable`."""
        unseen, followed = await asyncio.gather(
            self._store.relations.blocked_between(user.id),
            self._store.relations.from_("follow", user.id, limit=FOLLOWED, cursor=None),
        )
        hosts = [relation.to_id for relation in followed.items]
        few = self._store.parties.few
        unread, live, upcoming, mine, recommended, videos = await asyncio.gather(
            self._store.notifications.unread(user.id),
            few("live", user.id, hosts=hosts, unseen=unseen, limit=ITEMS),
            few("upcoming", user.id, unseen=unseen, limit=ITEMS),
            few("mine", user.id, unseen=unseen, limit=ITEMS),
            few("public", user.id, unseen=unseen, ranked=True, limit=ITEMS),
            self._store.videos.page(user.id, unseen=unseen, limit=ITEMS),
        )
        return MobileHome(
            me=own_view(user),
            unread_count=unread,
            live=self._parties.views(live),
            upcoming=self._parties.views(upcoming),
            mine=self._parties.views(mine),
            recommended=self._parties.views(recommended),
            videos=[self._videos.view(video) for video in videos.items],
        )
