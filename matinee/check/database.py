"""The database: reachable, new enough, a replica set, acknowledging by majority, with its indexes."""

import re
from typing import Any

from pymongo import MongoClient, WriteConcern
from pymongo.errors import (
    ConfigurationError,
    ConnectionFailure,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from matinee.faults import Fault, in_one_line
from store.indexes import INDEXES

LEAST_VERSION = (6, 0)
ANSWER_MS = 4000
PROBE = "check_probe"
"""Collection that the majority write goes to; it is dropped again."""
CREDENTIALS = re.compile(r"//[^/@\s]*@")

Client = MongoClient[dict[str, Any]]


def database(uri: str, name: str) -> str:
    """Try the database `name` at `uri`; returns the detail or raises `Fault`."""
    try:
        with _client(uri) as client:
            facts = [_version(client), _replica_set(client), _majority(client, name), _indexes(client, name)]
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise Fault(f"the address is wrong: {_shown(error)}", "correct MATINEE_MONGO_URI") from error
    except ServerSelectionTimeoutError as error:
        mend = "start it, or correct MATINEE_MONGO_URI"
        raise Fault(f"no answer within {ANSWER_MS / 1000:.0f} s: {_first_cause(error)}", mend) from error
    except OperationFailure as error:
        raise Fault(f"refused: {_reason(error)}", "correct user, password and rights in MATINEE_MONGO_URI") from error
    except (ConnectionFailure, PyMongoError) as error:
        raise Fault(_shown(error), "start it, or correct MATINEE_MONGO_URI") from error
    return ", ".join(facts)


def _client(uri: str) -> Client:
    return MongoClient(uri, serverSelectionTimeoutMS=ANSWER_MS, connectTimeoutMS=ANSWER_MS, socketTimeoutMS=ANSWER_MS)


def _version(client: Client) -> str:
    version = client.server_info()["versionArray"]
    shown = ".".join(map(str, version[:3]))
    if tuple(version[:2]) < LEAST_VERSION:
        raise Fault(f"MongoDB {shown} is too old", f"MongoDB {'.'.join(map(str, LEAST_VERSION))} or newer is needed")
    return f"MongoDB {shown}"


def _replica_set(client: Client) -> str:
    name = client.admin.command("hello").get("setName")
    if not name:
        raise Fault("it is no replica set", "start mongod with --replSet and run rs.initiate() once")
    return f"replica set {name}"


def _majority(client: Client, name: str) -> str:
    probe = client[name].get_collection(PROBE, write_concern=WriteConcern("majority", wtimeout=ANSWER_MS, j=True))
    probe.insert_one({})
    probe.drop()
    return "acknowledges by majority, journalled"


def _indexes(client: Client, name: str) -> str:
    lacking = []
    for collection, models in INDEXES.items():
        present = client[name][collection].index_information()
        lacking += [
            f"{collection}.{model.document['name']}" for model in models if model.document["name"] not in present
        ]
    if len(lacking) == sum(map(len, INDEXES.values())):
        return "indexes are made at the first start"
    if lacking:
        raise Fault(f"indexes are missing: {', '.join(lacking)}", "matinee migrate makes them")
    return f"{sum(map(len, INDEXES.values()))} indexes"


def _first_cause(error: ServerSelectionTimeoutError) -> str:
    """Take the first of the driver's reasons; it repeats them with time-outs and its whole topology."""
    return _shown(error).split(" (configured timeouts")[0].split(", Timeout:")[0]


def _reason(error: OperationFailure) -> str:
    """Take the server's words; the driver repeats its whole answer behind them."""
    return _shown(error).split(", full error: ")[0]


def _shown(error: Exception) -> str:
    return CREDENTIALS.sub("//…@", in_one_line(error))
