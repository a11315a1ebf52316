"""Somebody's account goes: what the server does in MongoDB, which is all before the pipeline comes."""

from datetime import datetime
from typing import Any

from pymongo.database import Database

from store.documents import Erasure, InLake
from store.encoding import to_document
from store.erasures import proof
from store.pseudonyms import pseudonym
from tests.pipeline.stored import LAKE_KEY

Mongo = Database[dict[str, Any]]


def in_lake(user_id: str) -> str:
    return pseudonym(LAKE_KEY, user_id)


def stand_in(user_id: str) -> str:
    """Give what the server puts in the place of an id."""
    return "x" + proof(user_id)[:31]


def renamed(mongo: Mongo, user_id: str) -> None:
    """Put the pseudonym in the place of an id in both collections of events, as `api.services.erasure` does."""
    for name in mongo.list_collection_names(filter={"name": {"$regex": "^events_"}}):
        mongo[name].update_many({"user_id": user_id}, {"$set": {"user_id": stand_in(user_id)}})
    own = [{"event.user_id": user_id}]
    mongo["party_log"].update_many(
        {"events.user_id": user_id}, {"$set": {"events.$[event].user_id": stand_in(user_id)}}, array_filters=own
    )


def handed_on(mongo: Mongo, user_id: str, at: datetime, *, state: str = "lake", since_ms: int = 0) -> str:
    """Write the row that the server leaves to the pipeline; return its id."""
    row = Erasure(
        id=proof(user_id),
        state=state,  # type: ignore[arg-type]
        pseudonym=stand_in(user_id),
        lake=InLake(person=in_lake(user_id), since_ms=since_ms),
        begun_at=at,
        due_at=at,
    )
    mongo["erasures"].insert_one(to_document(row))
    return row.id
