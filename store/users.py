"""The collection `users`: one document an account."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from conf.clock import to_ms
from store.collection import Collection, Row
from store.documents import Profile, User, UserHit
from store.encoding import from_document, to_document
from store.ids import made_at_ms
from store.pages import NEWEST_FIRST, Page, each, page
from store.search_keys import keys, rank
from store.searching import HALF_LIVES_MS, Asked, found, keyed, rekey

PROFILE_FIELDS = frozenset(field.name for field in msgspec.structs.fields(Profile))


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What staff have decided about an account."""

    suspended: bool = False
    suspended_until: datetime | None = None
    banned: bool = False
    standing_reason: str = ""


class UserFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which accounts; what is None does not matter."""

    q: str | None = None
    """Beginning of a username or an e-mail address, in any case."""
    role: Literal["user", "staff"] | None = None
    state: Literal["active", "suspended", "banned"] | None = None


ACTIVE = UserFilter(state="active")


class Users:
    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    async def add(self, user: User) -> None:
        """Insert a new account with its profile. Raises `AlreadyExists` with `email`, `username` or `skeleton`."""
        await self._collection.insert(with_keys(to_document(user)))

    async def by_id(self, user_id: str, *, recent: bool = False) -> User | None:
        """Find an account; `recent`: as it was at most a second ago will do."""
        row = await self._collection.find_one({"_id": user_id}, recent=recent)
        return None if row is None else from_document(row, User)

    async def by_email(self, email: str) -> User | None:
        """Find an account by its e-mail, in any case."""
        return await self._one({"email_key": email.casefold()})

    async def by_username(self, username: str) -> User | None:
        """Find an account by its username, in any case."""
        return await self._one({"username_key": username.casefold()})

    async def by_ids(self, user_ids: Sequence[str]) -> list[User]:
        """Find those accounts of `user_ids` that exist, in no particular order."""
        rows = await self._collection.find({"_id": {"$in": list(user_ids)}})
        return [from_document(row, User) for row in rows]

    async def staff(self) -> list[User]:
        """List the staff, the oldest account first."""
        rows = await self._collection.find({"role": "staff"}, sort=[("_id", 1)])
        return [from_document(row, User) for row in rows]

    async def set_password_hash(self, user_id: str, password_hash: str, *, instead_of: str | None = None) -> bool:
        """Change the hash; with `instead_of` only while it is still that, so that no slow caller undoes a change."""
        only: Row = {} if instead_of is None else {"password_hash": {"$in": [instead_of, password_hash]}}
        return await self._collection.update({"_id": user_id, **only}, {"$set": {"password_hash": password_hash}})

    async def set_role(self, user_id: str, role: str) -> bool:
        return await self._set(user_id, {"role": role})

    async def set_verified(self, user_id: str) -> bool:
        return await self._set(user_id, {"verified": True})

    async def confirm_email(self, user_id: str, email_key: str) -> bool:
        """Mark an address as confirmed; False where it is not the account's any more."""
        return await self._collection.update({"_id": user_id, "email_key": email_key}, {"$set": {"verified": True}})

    async def set_profile(
        self, user_id: str, changes: Mapping[str, Any], *, display_name: str | None = None
    ) -> User | None:
        """Change fields of a profile, and the name that is shown, in one step; return the account as it is then."""
        if unknown := set(changes) - PROFILE_FIELDS:
            raise ValueError(f"not a field of a profile: {sorted(unknown)}")
        update: Row = {f"profile.{name}": value for name, value in changes.items()}
        if display_name is not None:
            update["display_name"] = display_name
            known = await self._collection.find_one({"_id": user_id}, fields=["username"])  # which never changes
            update["search_keys"] = keys(_names(known["username"], display_name)) if known else []
        row = await self._collection.change({"_id": user_id}, {"$set": update})
        return None if row is None else from_document(row, User)

    async def set_avatar(self, user_id: str, avatar: str | None) -> User | None:
        """Name another picture, or (None) none; return the account as it was before, with the name of the old one."""
        update: Row = {"$set": {"profile.avatar": avatar}}
        row = await self._collection.change({"_id": user_id}, update, before=True)
        return None if row is None else from_document(row, User)

    async def page(self, which: UserFilter, now: datetime, *, limit: int, cursor: str | None) -> Page[User]:
        """List accounts, the newest first. Raises `BadCursor`."""
        query = _query(which, now)
        return await page(self._collection, User, query, order=NEWEST_FIRST, limit=limit, cursor=cursor)

    async def each(self, which: UserFilter, now: datetime) -> AsyncIterator[User]:
        """Read all accounts, the oldest first, in bounded memory."""
        async for row in each(self._collection, _query(which, now)):
            yield from_document(row, User)

    async def set_standing(self, user_id: str, standing: Standing) -> User | None:
        """Suspend, ban, or let in again; return the account as it is then, None where there is none."""
        changes = msgspec.structs.asdict(standing)
        row = await self._collection.change({"_id": user_id}, {"$set": changes})
        return None if row is None else from_document(row, User)

    async def count(self, *, verified: bool) -> int:
        """Count the accounts whose address is confirmed, or is not; both by an index."""
        return await self._collection.count({"verified": verified})

    async def search(self, asked: Asked, now: datetime) -> list[UserHit]:
        """Find people by the keys of their names: those whose profile is not private, and the asker."""
        found_by_all: Row = {"profile.privacy": {"$ne": "private"}}
        mine: list[Row] = [{"_id": asked.user_id}] if asked.user_id is not None else []
        audience = {"$and": [_query(ACTIVE, now), {"$or": [found_by_all, *mine]}]}
        if asked.unseen:
            audience["$and"].append({"_id": {"$nin": sorted(asked.unseen)}})
        return await found(self._collection, UserHit, asked, audience)

    async def named(self, username_key: str, now: datetime) -> UserHit | None:
        """Find the person of exactly this username, folded, however private."""
        row = await self._collection.find_one({"username_key": username_key, **_query(ACTIVE, now)})
        return None if row is None else from_document(row, UserHit)

    async def count_followers(self, user_id: str, followers: int) -> None:
        """Rank somebody in searches by how many follow them; fewer than before change nothing."""
        new = rank(made_at_ms(user_id), followers, HALF_LIVES_MS["users"], user_id)
        await self._collection.update({"_id": user_id}, {"$max": {"search_rank": new}})

    async def rekey(self) -> int:
        """Make the search keys of those that have none of this version; return how many there were."""
        return await rekey(self._collection, ["username", "display_name"], _found_by, fields=["created_at"])

    async def _one(self, query: Row) -> User | None:
        row = await self._collection.find_one(query)
        return None if row is None else from_document(row, User)

    async def _set(self, user_id: str, changes: Row) -> bool:
        """Change fields of an account; False where it does not exist."""
        return await self._collection.update({"_id": user_id}, {"$set": changes})


def _query(which: UserFilter, now: datetime) -> Row:
    over: Row = {"suspended_until": {"$lte": now}}
    lasting: Row = {"$or": [{"suspended_until": None}, {"suspended_until": {"$gt": now}}]}
    conditions: list[Row] = []
    if which.q is not None:
        start = which.q.casefold()
        ends = {"$gte": start, "$lt": f"{start}\U0010ffff"}
        conditions.append({"$or": [{"username_key": ends}, {"email_key": ends}]})
    if which.role is not None:
        conditions.append({"role": which.role})
    match which.state:
        case "active":
            conditions.append({"$or": [{"suspended": False}, over]})
        case "suspended":
            conditions += [{"suspended": True, "banned": {"$ne": True}}, lasting]
        case "banned":
            conditions.append({"suspended": True, "banned": True})
    return {"$and": conditions} if conditions else {}


def with_keys(row: Row) -> Row:
    return {**row, **_found_by(row)}


def _found_by(row: Row) -> Row:
    text_keys = keys(_names(row["username"], row["display_name"]))
    return keyed(text_keys, rank(to_ms(row["created_at"]), 0, HALF_LIVES_MS["users"], row["_id"]))


def _names(username: str, display_name: str) -> str:
    return f"{display_name} {username}"
