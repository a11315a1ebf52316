"""What every collection holds about a person: how it is found for them, and what is done with it when they go.

One row a collection, so that a new collection must say so too: a test compares these rows with the database.
"""

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


def _own(field: str) -> Find:
    return lambda who: {field: who.user_id}


def _delete(*fields: str) -> Erase:
    async def erase(collection: Collection, who: Erased, _pseudonym: str) -> int:
        ways: list[Row] = [{field: who.user_id} for field in fields]
        return await collection.delete_all(ways[0] if len(ways) == 1 else {"$or": ways})

    return erase


def _rename(*fields: str) -> Erase:
    """Put the pseudonym in the place of the id."""

    async def erase(collection: Collection, who: Erased, pseudonym: str) -> int:
        found = 0
        for field in fields:
            found += await collection.update_all({field: who.user_id}, {"$set": {field: pseudonym}})
        return found

    return erase


def _mails(who: Erased) -> Row:
    """Find mails to somebody, in whatever case the address was given, and those that name them."""
    address = {"$regex": f"^{re.escape(who.email)}$", "$options": "i"}
    return {"$or": [{"to": address}, {"fields.by": who.username}, {"fields.username": who.username}]}


async def _delete_mails(collection: Collection, who: Erased, _pseudonym: str) -> int:
    return await collection.delete_all(_mails(who))


async def _delete_notifications(collection: Collection, who: Erased, _pseudonym: str) -> int:
    about: Row = {"about.kind": "user", "about.id": who.user_id}
    return await collection.delete_all({"$or": [{"user_id": who.user_id}, {"by": who.user_id}, about]})


def _runs(who: Erased) -> list[Row]:
    return [{"host_id": who.user_id}, {"creator_id": who.user_id}]


async def _unname_parties(collection: Collection, who: Erased, pseudonym: str) -> int:
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


async def _unname_invites(collection: Collection, who: Erased, pseudonym: str) -> int:
    own: list[Row] = [{"by_id": who.user_id}, {"for_user_id": who.user_id}, {"email_key": who.email.casefold()}]
    found = await collection.delete_all({"$or": own})
    return found + await collection.update_all(
        {"used_by": who.user_id}, {"$set": {"used_by.$[own]": pseudonym}}, [{"own": who.user_id}]
    )


async def _unname_reports(collection: Collection, who: Erased, pseudonym: str) -> int:
    found = await Reports(collection).forget(who.user_id)
    found += await collection.update_all(
        {"kind": "user", "subject_id": who.user_id}, {"$set": {"subject_id": pseudonym, "open_key": None}}
    )
    for field in ("assigned_to", "closed_by"):
        found += await collection.update_all({field: who.user_id}, {"$set": {field: pseudonym}})
    return found


async def _unname_audit(collection: Collection, who: Erased, pseudonym: str) -> int:
    """Take out whom an action was about; who did it stays, as accountability is what the log is for."""
    return await collection.update_all({"about_id": who.user_id}, {"$set": {"about_id": pseudonym, "details": {}}})


def _figures(who: Erased) -> Row:
    return {"kind": "user", "subject": who.in_lake or who.user_id}


async def _forget_figures(collection: Collection, who: Erased, _pseudonym: str) -> int:
    """Delete a person's own figures at once; those of others in which they count are computed anew without them."""
    return await collection.delete_all(_figures(who))


async def _forget_traces(collection: Collection, who: Erased, _pseudonym: str) -> int:
    """Let those be that tell others of a thing that is gone, without the person; a relation's id is made of theirs."""
    found = await collection.delete_all({"user_ids": who.user_id, "kind": "relations"})
    found += await collection.delete_all({"user_ids": [who.user_id]})
    return found + await collection.update_all({"user_ids": who.user_id}, {"$pull": {"user_ids": who.user_id}})


SEARCHED = frozenset({"search_keys", "search_rank", "search_version", "changed"})

HELD: tuple[Held, ...] = (
    Held(
        collection="users",
        becomes="deleted",
        own=_own("_id"),
        unshown=frozenset({"password_hash", "email_key", "username_key", "skeleton"}) | SEARCHED,
        erase=_delete("_id"),
    ),
    Held(
        collection="refresh_tokens",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"_id", "successor"}),
        erase=_delete("user_id"),
    ),
    Held(
        collection="tickets",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"_id"}),
        erase=_delete("user_id"),
    ),
    Held(
        collection="mail_tokens",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"_id", "redemption"}),
        erase=_delete("user_id"),
    ),
    Held(
        collection="outbox",
        becomes="deleted",
        own=lambda who: {"to": _mails(who)["$or"][0]["to"]},
        erase=_delete_mails,
    ),
    Held(
        collection="relations",
        becomes="deleted",
        own=lambda who: {"$or": [{"from_id": who.user_id}, {"to_id": who.user_id, "kind": "follow"}]},
        unshown=frozenset({"changed"}),
        erase=_delete("from_id", "to_id"),
    ),
    Held(
        collection="notifications",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"key", "changed"}),
        erase=_delete_notifications,
    ),
    Held(collection="deliveries", becomes="deleted", own=_own("user_id"), erase=_delete("user_id")),
    Held(collection="notification_preferences", becomes="deleted", own=_own("_id"), erase=_delete("_id")),
    Held(
        collection="push_subscriptions",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"_id", "endpoint", "p256dh", "auth"}),
        erase=_delete("user_id"),
    ),
    Held(
        collection="devices",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"push_token"}),
        erase=_delete("user_id"),
    ),
    Held(collection="rsvps", becomes="deleted", own=_own("user_id"), erase=_delete("user_id")),
    Held(
        collection="idempotency",
        becomes="deleted",
        own=_own("user_id"),
        unshown=frozenset({"_id", "fingerprint", "attempt", "lines", "body"}),
        erase=_delete("user_id"),
    ),
    Held(
        collection="videos",
        becomes="deleted",
        own=_own("uploader_id"),
        unshown=frozenset({"file_name"}) | SEARCHED,
        erase=_delete("uploader_id"),
    ),
    Held(
        collection="parties",
        becomes="anonymous",
        why="A party is its members' too. Those that one hosts end and lose their title.",
        own=lambda who: {"$or": [*_runs(who), {"member_user_ids": who.user_id}]},
        unshown=frozenset({"password_hash", "member_user_ids"}) | SEARCHED,
        erase=_unname_parties,
    ),
    Held(
        collection="invites",
        becomes="deleted",
        own=lambda who: {"$or": [{"by_id": who.user_id}, {"for_user_id": who.user_id}]},
        unshown=frozenset({"token_hashes", "used_by"}),
        erase=_unname_invites,
    ),
    Held(
        collection="reports",
        becomes="anonymous",
        why="What staff decided stays; who reported and what they wrote goes, and what was quoted once staff are through.",
        own=_own("reporter_id"),
        unshown=frozenset({"evidence", "note", "open_key", "assigned_to", "closed_by", "claim", "claimed_until"}),
        erase=_unname_reports,
    ),
    Held(
        collection="audit_log",
        becomes="anonymous",
        why="Of actions about somebody the name goes. Who acted, as staff, stays: that is what the log is for.",
        erase=_unname_audit,
    ),
    Held(
        collection="aggregates",
        becomes="deleted",
        why="Figures that they were part of are computed anew without them.",
        own=_figures,
        erase=_forget_figures,
    ),
    Held(
        collection="job_requests",
        becomes="anonymous",
        why="That a run was asked for stays.",
        erase=_rename("asked_by"),
    ),
    Held(
        collection="switches",
        becomes="anonymous",
        why="That a switch was changed stays.",
        erase=_rename("changed_by"),
    ),
    Held(
        collection="party_log",
        becomes="anonymous",
        why="It has no gap, for its members: words and names go, and events stay (docs/decisions/erasure.md).",
    ),
    Held(
        collection="party_archive",
        becomes="anonymous",
        why="The same events, packed.",
    ),
    Held(
        collection="party_snapshots",
        becomes="deleted",
        why="They are made of party logs, and made again when those have been rewritten.",
    ),
    Held(
        collection="events",
        becomes="anonymous",
        why="Where there is a lake, the pipeline deletes them once it is clean.",
    ),
    Held(
        collection="deletions",
        becomes="deleted",
        why="Only when it is gone through for the second time: until then other people's apps learn from it what is gone.",
        erase=_forget_traces,
    ),
    Held(collection="rate_buckets", becomes="expired", why="It runs out within the hour that it counts."),
    Held(collection="party_reactions", becomes="kept", why="They are counts: they name nobody."),
    Held(collection="job_runs", becomes="kept", why="It names slots and files."),
    Held(collection="job_schedule", becomes="kept", why="It names jobs."),
    Held(collection="owed", becomes="kept", why="It names days and parties."),
    Held(
        collection="first_views", becomes="kept", why="It holds the lake's pseudonyms, and goes with the lake's rows."
    ),
    Held(collection="positions", becomes="kept", why="It names followers of collections."),
    Held(collection="erasures", becomes="kept", why="It is the proof: a SHA-256 sum, times and counts."),
)
"""In the order in which they are erased: what opens something first."""


def shown(row: Row, held: Held) -> dict[str, Any]:
    """Show a document to whom it is about."""
    kept = {name: value for name, value in row.items() if name not in held.unshown}
    return {"id" if name == "_id" else name: value for name, value in kept.items()}
