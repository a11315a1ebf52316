"""What a fresh mongod needs before anybody may use it: a replica set of one, the root user and the app's user.

Every step may be repeated, so a start that was cut off in the middle is taken up by the next one.
"""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from pymongo import MongoClient
from pymongo.errors import OperationFailure

from conf.secrets import Secrets
from matinee.mongod_errors import StartFailed

REPLICA_SET = "rs0"
APP_USER = "matinee"
ROOT_USER = "root"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.02

ALREADY_INITIALIZED = 23
UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18
NOT_YET_INITIALIZED = 94

Client = MongoClient[dict[str, Any]]


def uri(port: int, database: str, password: str | None) -> str:
    """Address of `database` for the app's user; without `password` it may be shown and logged."""
    secret = f":{quote_plus(password)}" if password is not None else ""
    return f"mongodb://{APP_USER}{secret}@127.0.0.1:{port}/{database}?replicaSet={REPLICA_SET}&authSource=admin"


def prepare(port: int, secrets: Secrets, database: str, alive: Callable[[], bool]) -> None:
    """Make the mongod on `port` a primary with its users. Raises `StartFailed` where the passwords do not fit."""
    host = f"127.0.0.1:{port}"
    if not _root_is_known(port, secrets):
        with _client(port) as client:
            _initiate(client, host)
            _until_primary(client, alive)
            _create_root(client, secrets)
    with root(port, secrets) as client:
        _follow_port(client, host, alive)
        _until_primary(client, alive)
        _keep_app_user(client, secrets)
        grant(client, database)


def root(port: int, secrets: Secrets) -> Client:
    return _client(port, username=ROOT_USER, password=secrets.mongo_root_password)


def grant(client: Client, database: str) -> None:
    """Let the app's user read, write and index `database`, and nothing else."""
    roles = [{"role": role, "db": database} for role in ("readWrite", "dbAdmin")]
    client.admin.command("grantRolesToUser", APP_USER, roles=roles)


def _client(port: int, **credentials: Any) -> Client:
    return MongoClient("127.0.0.1", port, directConnection=True, serverSelectionTimeoutMS=10_000, **credentials)


def _root_is_known(port: int, secrets: Secrets) -> bool:
    with root(port, secrets) as client:
        try:
            client.admin.command("ping")
        except OperationFailure as error:
            if error.code == AUTHENTICATION_FAILED:
                return False
            raise
    return True


def _initiate(client: Client, host: str) -> None:
    config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]}
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        if error.code == UNAUTHORIZED:
            raise _wrong_passwords() from error
        if error.code != ALREADY_INITIALIZED:
            raise


def _create_root(client: Client, secrets: Secrets) -> None:
    try:
        client.admin.command("createUser", ROOT_USER, pwd=secrets.mongo_root_password, roles=["root"])
    except OperationFailure as error:
        if error.code == UNAUTHORIZED:
            raise _wrong_passwords() from error
        raise


def _wrong_passwords() -> StartFailed:
    return StartFailed(
        "the database was made with other passwords: put back the secrets.toml that belongs to this data folder"
    )


def _follow_port(client: Client, host: str, alive: Callable[[], bool]) -> None:
    """Rewrite the member's address after the port changed: a member that does not find itself never leads."""
    config = _config(client, alive)
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _keep_app_user(client: Client, secrets: Secrets) -> None:
    known = client.admin.command("usersInfo", APP_USER)["users"]
    command = "updateUser" if known else "createUser"
    arguments: dict[str, Any] = {} if known else {"roles": []}
    client.admin.command(command, APP_USER, pwd=secrets.mongo_app_password, **arguments)


def _config(client: Client, alive: Callable[[], bool]) -> dict[str, Any]:
    """Read the replica set's configuration, which is loaded a moment after the port opened."""
    found: dict[str, Any] = {}

    def loaded() -> bool:
        try:
            found.update(client.admin.command("replSetGetConfig")["config"])
        except OperationFailure as error:
            if error.code != NOT_YET_INITIALIZED:
                raise
        return bool(found)

    _until(loaded, alive, "mongod did not load its replica set")
    return found


def _until_primary(client: Client, alive: Callable[[], bool]) -> None:
    _until(lambda: bool(client.admin.command("hello").get("isWritablePrimary")), alive, "mongod did not become primary")


def _until(reached: Callable[[], bool], alive: Callable[[], bool], failure: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not reached():
        if not alive() or time.monotonic() > deadline:
            raise StartFailed(failure)
        time.sleep(POLL_SECONDS)
