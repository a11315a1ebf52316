"""People to each other: whom one sees and how much of them, and who follows and blocks whom."""

from msgspec import structs

from api.ask import Caller
from api.problems import Problem, not_found
from api.schemas.fields import PageQuery
from api.schemas.users import CardList, CardView, PersonView, avatar_url
from api.services.analytics import note
from api.services.blocking import Blocking
from api.services.notifications.notifier import Note, Notifier
from api.services.parties import Parties
from conf.clock import Clock, utc
from store.database import Store
from store.documents import About, Relation, User
from store.pages import Page


class People:
    def __init__(self, *, store: Store, blocking: Blocking, parties: Parties, notifier: Notifier, clock: Clock) -> None:
        self._store = store
        self._blocking = blocking
        self._parties = parties
        self._notifier = notifier
        self._clock = clock

    async def named(self, username: str) -> User:
        """Find somebody by their username, whatever is between them and the caller. Raises `Problem("not_found")`."""
        person = await self._store.users.by_username(username)
        if person is None or person.shut_out(utc(self._clock.now_ms())):
            raise not_found("person")
        return person

    async def visible(self, username: str, caller: Caller) -> User:
        """Find somebody whom the caller may see. Raises `Problem("not_found")` where one of them blocks the other."""
        person = await self.named(username)
        if caller.user_id is not None and not caller.staff and await self._blocking.between(person.id, caller.user_id):
            raise not_found("person")
        return person

    async def view(self, person: User, caller: Caller) -> PersonView:
        """Show somebody: their name to all, the rest as their privacy says."""
        between: frozenset[tuple[str, str | None]] = frozenset()
        if caller.user_id is not None:
            between |= await self._store.relations.between(caller.user_id, person.id)
        view = PersonView(
            id=person.id,
            username=person.username,
            display_name=person.display_name,
            privacy=person.profile.privacy,
            you_follow=("follow", caller.user_id) in between,
            follows_you=("follow", person.id) in between,
        )
        if not _shows(person, caller, follows=view.you_follow):
            return view
        return structs.replace(
            view,
            avatar_url=avatar_url(person),
            bio=person.profile.bio,
            time_zone=person.profile.time_zone,
            followers_count=await self._store.relations.count_to("follow", person.id),
            following_count=await self._store.relations.count_from("follow", person.id),
            created_at=person.created_at,
        )

    async def shows_avatar(self, person: User, caller: Caller) -> bool:
        """Say whether a caller is shown somebody's picture."""
        if _shows(person, caller, follows=False):
            return True
        return caller.user_id is not None and await self._follows(caller.user_id, person)

    async def follow(self, user: User, person: User) -> None:
        """Follow somebody, who is told so, once. Raises `Problem`: `conflict`, `forbidden`, `not_found`."""
        if user.id == person.id:
            raise Problem("conflict", "Nobody follows themselves.")
        if await self._blocking.between(user.id, person.id):
            raise not_found("person")
        if person.profile.privacy == "private" and not await self._store.relations.exists("follow", user.id, person.id):
            raise Problem("forbidden", "This person takes no followers.")
        made = await self._store.relations.add("follow", user.id, person.id, utc(self._clock.now_ms()))
        # Asked after the row is there: a block made meanwhile has removed it, or is seen here.
        if await self._blocking.between(user.id, person.id):
            await self._store.relations.remove("follow", user.id, person.id)
            raise not_found("person")
        about = About(kind="user", id=user.id)
        fields = {"username": user.username}
        told = Note(
            user_id=person.id, kind="followed", key=f"followed:{user.id}", by=user.id, about=about, fields=fields
        )
        await self._notifier.tell(told)
        if made:
            await self._store.users.count_followers(
                person.id, await self._store.relations.count_to("follow", person.id)
            )
            await note(self._store, self._clock, "account.followed", user_id=user.id)

    async def unfollow(self, user: User, person: User) -> None:
        await self._store.relations.remove("follow", user.id, person.id)

    async def block(self, user: User, person: User) -> None:
        """Block somebody and take them out of the parties that `user` runs. Raises `Problem("conflict")` for oneself."""
        if user.id == person.id:
            raise Problem("conflict", "Nobody blocks themselves.")
        made = await self._blocking.block(user, person)
        await self._parties.put_out(user, person)
        if made:
            await note(self._store, self._clock, "account.blocked", user_id=user.id)

    async def unblock(self, user: User, person: User) -> None:
        await self._blocking.unblock(user, person.id)

    async def followers(self, user: User, query: PageQuery) -> CardList:
        found = await self._store.relations.to("follow", user.id, limit=query.limit, cursor=query.cursor)
        return await self._cards(found, "from_id")

    async def following(self, user: User, query: PageQuery) -> CardList:
        found = await self._store.relations.from_("follow", user.id, limit=query.limit, cursor=query.cursor)
        return await self._cards(found, "to_id")

    async def blocks(self, user: User, query: PageQuery) -> CardList:
        found = await self._store.relations.from_("block", user.id, limit=query.limit, cursor=query.cursor)
        return await self._cards(found, "to_id")

    async def _follows(self, user_id: str, person: User) -> bool:
        return person.profile.privacy == "followers" and await self._store.relations.exists(
            "follow", user_id, person.id
        )

    async def _cards(self, found: Page[Relation], side: str) -> CardList:
        """Show the people at one side of some relations; who is suspended or gone is left out."""
        now = utc(self._clock.now_ms())
        ids = [getattr(relation, side) for relation in found.items]
        people = {person.id: person for person in await self._store.users.by_ids(ids) if not person.shut_out(now)}
        cards = [
            CardView(
                id=person.id,
                username=person.username,
                display_name=person.display_name,
                avatar_url=avatar_url(person) if person.profile.privacy == "public" else None,
                since=relation.created_at,
            )
            for relation, person_id in zip(found.items, ids, strict=True)
            if (person := people.get(person_id)) is not None
        ]
        return CardList(items=cards, next=found.next)


def _shows(person: User, caller: Caller, *, follows: bool) -> bool:
    if caller.staff or caller.user_id == person.id:
        return True
    return person.profile.privacy == "public" or (person.profile.privacy == "followers" and follows)
