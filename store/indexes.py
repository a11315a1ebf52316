"""Every index, as data. `ensure` makes those that are missing; doing it again changes nothing."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from store.collection import Calls

BY_KEYS = [("search_keys", ASCENDING), ("search_rank", DESCENDING)]
# What is not public is searched by its own people only, among what is theirs: five times fewer entries, as most is not.
PUBLIC: dict[str, Any] = {"partialFilterExpression": {"visibility": "public"}}

INDEXES: dict[str, list[IndexModel]] = {
    "users": [
        IndexModel("email_key", unique=True),
        IndexModel("username_key", unique=True),
        IndexModel("skeleton", unique=True, partialFilterExpression={"skeleton": {"$gt": ""}}),
        IndexModel("role", partialFilterExpression={"role": "staff"}),
        IndexModel("verified"),
        IndexModel([("suspended", ASCENDING), ("_id", DESCENDING)], partialFilterExpression={"suspended": True}),
        IndexModel(BY_KEYS),
    ],
    "refresh_tokens": [
        IndexModel("family"),
        # Who was here today: everybody who stays for more than 15 minutes gets a new token.
        IndexModel([("created_at", ASCENDING), ("user_id", ASCENDING)]),
        IndexModel([("user_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "tickets": [IndexModel("expires_at", expireAfterSeconds=0)],
    "mail_tokens": [
        IndexModel([("user_id", ASCENDING), ("purpose", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "relations": [
        IndexModel([("from_id", ASCENDING), ("kind", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("to_id", ASCENDING), ("kind", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)]),
    ],
    "erasures": [IndexModel("due_at", partialFilterExpression={"done_at": None})],
    "rate_buckets": [IndexModel("expires_at", expireAfterSeconds=0)],
    "idempotency": [IndexModel("expires_at", expireAfterSeconds=0)],
    "outbox": [
        IndexModel("next_at", partialFilterExpression={"state": "pending"}),
        IndexModel("state"),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "notifications": [
        # Of any number who tell somebody the same thing at once, one does.
        IndexModel([("user_id", ASCENDING), ("key", ASCENDING)], unique=True),
        IndexModel([("user_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("user_id", ASCENDING), ("changed", ASCENDING)]),
        IndexModel("created_at", partialFilterExpression={"planned": False}),
        # What names somebody who is erased.
        IndexModel("by", partialFilterExpression={"by": {"$gt": ""}}),
        IndexModel("about.id", partialFilterExpression={"about.kind": "user"}),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "deliveries": [
        IndexModel("next_at", partialFilterExpression={"state": "pending"}),
        IndexModel("digest", partialFilterExpression={"state": "pending"}),
        IndexModel("user_id"),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "push_subscriptions": [IndexModel("user_id")],
    "rsvps": [
        IndexModel([("party_id", ASCENDING), ("_id", ASCENDING)]),
        IndexModel("user_id"),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "videos": [
        IndexModel([("uploader_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel(BY_KEYS, **PUBLIC),
        IndexModel([("visibility", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)]),
    ],
    "parties": [
        IndexModel("code", unique=True),
        IndexModel([("status", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("visibility", ASCENDING), ("status", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("status", ASCENDING), ("scheduled_for", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("host_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("creator_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("member_user_ids", ASCENDING), ("_id", DESCENDING)]),
        IndexModel(BY_KEYS, **PUBLIC),
        IndexModel([("visibility", ASCENDING), ("search_rank", DESCENDING)], **PUBLIC),
        IndexModel("video_id", sparse=True),
        # What is over and not archived is found at once, however much is.
        IndexModel(
            [("archived_at", ASCENDING), ("ended_at", ASCENDING)],
            partialFilterExpression={"ended_at": {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}},
        ),
    ],
    "invites": [
        IndexModel("token_hashes", unique=True),
        IndexModel([("party_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel("for_user_id", sparse=True),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "devices": [
        IndexModel([("user_id", ASCENDING), ("seen_at", DESCENDING)]),
        # `$gt`, for a query of a string is not known to keep to `{"$type": "string"}`, and would read all devices.
        IndexModel("push_token", partialFilterExpression={"push_token": {"$gt": ""}}),
    ],
    # What was deleted of tracked collections, and who has to know.
    "deletions": [
        IndexModel([("user_ids", ASCENDING), ("changed", ASCENDING)]),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "party_log": [
        # One commit a seq: of two nodes that write the same one, the second gets a duplicate-key error.
        IndexModel([("party_id", ASCENDING), ("seq", ASCENDING)], unique=True),
        IndexModel("received_ms"),
    ],
    "party_archive": [
        IndexModel([("party_id", ASCENDING), ("last_seq", ASCENDING)]),
        IndexModel("user_ids"),
        IndexModel([("last_ms", ASCENDING), ("first_ms", ASCENDING)]),
    ],
    "party_snapshots": [IndexModel([("party_id", ASCENDING), ("seq", DESCENDING)])],
    "job_requests": [
        IndexModel("waiting_for", unique=True, partialFilterExpression={"waiting_for": {"$type": "string"}}),
        IndexModel("state"),
        IndexModel("expires_at", expireAfterSeconds=0),
    ],
    "reports": [
        IndexModel("open_key", unique=True, partialFilterExpression={"open_key": {"$type": "string"}}),
        IndexModel([("state", ASCENDING), ("_id", ASCENDING)]),
        IndexModel([("reporter_id", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("about_user_id", ASCENDING), ("_id", DESCENDING)]),
    ],
    "audit_log": [
        IndexModel([("by", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("action", ASCENDING), ("_id", DESCENDING)]),
        IndexModel([("about_id", ASCENDING), ("_id", DESCENDING)]),
    ],
    # The claim of a slot is by _id; these serve the run history and the search for what is due again.
    "job_runs": [
        IndexModel([("job", ASCENDING), ("slot", DESCENDING)]),
        IndexModel([("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("job", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel("state", partialFilterExpression={"state": "failed"}),
        # The manifest of the lake: which files hold a party, and which slots the later jobs have still to take in.
        IndexModel([("job", ASCENDING), ("outcome.parties", ASCENDING)]),
        IndexModel([("job", ASCENDING), ("outcome.owed", ASCENDING)]),
        IndexModel("outcome.days", sparse=True),
    ],
    "live": [IndexModel("expires_at", expireAfterSeconds=0)],
    "live_days": [IndexModel("expires_at", expireAfterSeconds=0)],
    "owed": [IndexModel([("job", ASCENDING), ("subject", ASCENDING)])],
    "first_views": [
        IndexModel([("family", ASCENDING), ("subject", ASCENDING), ("day", ASCENDING)]),
        IndexModel([("family", ASCENDING), ("day", ASCENDING)]),
    ],
    "aggregates": [
        # A day of a family as a whole; and what is to be published once more when it is final.
        IndexModel([("family", ASCENDING), ("window", ASCENDING)]),
        IndexModel("family", partialFilterExpression={"provisional": True}),
        # A subject's windows; their state (`Aggregates.stamp`) is read from here alone, so it holds the _id as well.
        IndexModel([(name, ASCENDING) for name in ("kind", "subject", "family", "window", "computed_at", "_id")]),
    ],
}

EVENTS_OF_A_DAY = [IndexModel("received_ms")]


async def ensure(database: Any, calls: Calls) -> None:
    """Create the indexes of every collection of `database`, through either driver."""
    made = await asyncio.gather(
        *(calls.run(partial(database[name].create_indexes, models)) for name, models in INDEXES.items()),
        return_exceptions=True,  # all of them end before the client is closed, also when the first one fails
    )
    for outcome in made:
        if isinstance(outcome, BaseException):
            raise outcome
