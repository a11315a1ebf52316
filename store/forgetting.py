"""How a person is found in a collection, and what is done with what is found when they go. `store.personal` says where."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from msgspec import Struct

from store.collection import Collection, Row
from store.documents import Erased
from store.reports import Reports

Find = Callable[[Erased], Row]
Erase = Callable[[Collection, Erased, str], Awaitable[int]]


class Held(Struct, frozen=True, kw_only=True):
    """One collection."""

    collection: str
    becomes: Literal["deleted", "anonymous", "kept", "expired"]
    why: str = ""
    """Said where it is not simply deleted."""
    own: Find | None = None
    """What of it is a person's own, which their export shows; None where nothing is."""
    unshown: frozenset[str] = frozenset()
    """Fields that no export shows: secrets, other people's names, and what is only there to be searched."""
    erase: Erase | None = None
    """Delete it or make it anonymous; returns how many documents it found. Done again, it finds none."""


def own(field: str) -> Find:
    return lambda who: {field: who.user_id}


def delete(*fields: str) -> Erase:
    async def erase(collection: Collection, who: Erased, _pseudonym: str) -> int:
        ways: list[Row] = [{field: who.user_id} for field in fields]
        return await collection.delete_all(ways[0] if len(ways) == 1 else {"$or": ways})

    return erase


def rename(*fields: str) -> Erase:
    """Put the pseudonym in the place of the id."""

    async def erase(collection: Collection, who: Erased, pseudonym: str) -> int:
        found = 0
        for field in fields:
            found += await collection.update_all({field: who.user_id}, {"$set": {field: pseudonym}})
        return found

    return erase


def mails(who: Erased) -> Row:
    """Find mails to somebody, in whatever case the address was given, and those that name them."""
    address = {"$regex": f"^{re.escape(who.email)}$", "$options": "i"}
    return {"$or": [{"to": address}, {"fields.by": who.username}, {"fields.username": who.username}]}


async def delete_mails(collection: Collection, who: Erased, _pseudonym: str) -> int:
    return await collection.delete_all(mails(who))


async def delete_notifications(collection: Collection, who: Erased, _pseudonym: str) -> int:
    about: Row = {"about.kind": "user", "about.id": who.user_id}
    return await collection.delete_all({"$or": [{"user_id": who.user_id}, {"by": who.user_id}, about]})


def runs(who: Erased) -> list[Row]:
    return [{"host_id": who.user_id}, {"creator_id": who.user_id}]


async def unname_parties(collection: Collection, who: Erased, pseudonym: str) -> int:
    hosted: Row = {
        "title": "A party",
        "description": "",
        "search_keys": [],
        "password_hash": None,
        "host_id": pseudonym,
    }
    found = await collection.update_all({"host_id": who.user_id}, {"$set": hosted})
    found += await collection.update_all({"creator_id": who.user_id}, {"$set": {"creator_id": pseudonym}})
    found += await collection.update_all(
        {"member_user_ids": who.user_id}, {"$set": {"member_user_ids.$[own]": pseudonym}}, [{"own": who.user_id}]
    )
    return found


async def unname_invites(collection: Collection, who: Erased, pseudonym: str) -> int:
    own: list[Row] = [{"by_id": who.user_id}, {"for_user_id": who.user_id}, {"email_key": who.email.casefold()}]
    found = await collection.delete_all({"$or": own})
    return found + await collection.update_all(
        {"used_by": who.user_id}, {"$set": {"used_by.$[own]": pseudonym}}, [{"own": who.user_id}]
    )


async def unname_reports(collection: Collection, who: Erased, pseudonym: str) -> int:
    found = await Reports(collection).forget(who.user_id)
    found += await collection.update_all(
        {"kind": "user", "subject_id": who.user_id}, {"$set": {"subject_id": pseudonym, "open_key": None}}
    )
    for field in ("assigned_to", "closed_by"):
        found += await collection.update_all({field: who.user_id}, {"$set": {field: pseudonym}})
    return found


async def unname_audit(collection: Collection, who: Erased, pseudonym: str) -> int:
    """Take out whom an action was about; who did it stays, as accountability is what the log is for."""
    return await collection.update_all({"about_id": who.user_id}, {"$set": {"about_id": pseudonym, "details": {}}})


def figures(who: Erased) -> Row:
    return {"kind": "user", "subject": who.in_lake or who.user_id}


async def forget_figures(collection: Collection, who: Erased, _pseudonym: str) -> int:
    """Delete a person's own figures at once; those of others in which they count are computed anew without them."""
    return await collection.delete_all(figures(who))


async def forget_traces(collection: Collection, who: Erased, _pseudonym: str) -> int:
    """Let those be that tell others of a thing that is gone, without the person; a relation's id is made of theirs."""
    found = await collection.delete_all({"user_ids": who.user_id, "kind": "relations"})
    found += await collection.delete_all({"user_ids": [who.user_id]})
    return found + await collection.update_all({"user_ids": who.user_id}, {"$pull": {"user_ids": who.user_id}})


def shown(row: Row, held: Held) -> dict[str, Any]:
    """Show a document to whom it is about."""
    kept = {name: value for name, value in row.items() if name not in held.unshown}
    return {"id" if name == "_id" else name: value for name, value in kept.items()}
