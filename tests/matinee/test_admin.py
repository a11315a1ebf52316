import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from pymongo import MongoClient

from conf.secrets import load_or_create
from conf.settings import Settings
from matinee import database
from matinee.cli import main
from matinee.mongod import EmbeddedMongod

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose database runs."""
    folder = tmp_path_factory.mktemp("admin")
    mongod = EmbeddedMongod(folder, load_or_create(folder, {}))
    mongod.start()
    yield folder
    mongod.stop()


def matinee(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env={"MATINEE_LOG_LEVEL": None})


def admin(data: Path, *arguments: str) -> Result:
    return matinee("admin", *arguments, "--data", str(data))


def test_a_staff_account_is_made_with_a_password_that_is_shown_once(data: Path) -> None:
    made = admin(data, "create", "--email", "ann@example.com", "--username", "ann")
    assert made.exit_code == 0, made.stderr
    (password,) = re.findall(r"^password: (\S{16,})$", made.stdout, re.MULTILINE)
    listed = admin(data, "list")
    assert "ann <ann@example.com>" in listed.stdout
    assert password not in listed.output


def test_what_the_command_line_does_is_in_the_audit_log(data: Path) -> None:
    admin(data, "create", "--email", "eve@example.com", "--username", "eve")
    promoted = admin(data, "promote", "eve@example.com")
    assert promoted.exit_code == 0, promoted.stderr
    with database.at_hand(Settings(data=data), load_or_create(data, {})) as uri, MongoClient[Any](uri) as client:
        (user,) = client["matinee"]["users"].find({"username": "eve"})
        rows = list(client["matinee"]["audit_log"].find({"about_id": user["_id"]}))
    assert [(row["action"], row["by"], row["by_name"], row["outcome"]) for row in rows] == [
        ("user.role", None, "command line", "done")
    ] * 2


def test_an_account_that_exists_is_not_made_again(data: Path) -> None:
    admin(data, "create", "--email", "bob@example.com", "--username", "bob")
    again = admin(data, "create", "--email", "BOB@example.com", "--username", "bobby")
    assert again.exit_code == 1
    assert "e-mail address is already taken" in again.stderr
    assert "password" not in again.output


@pytest.mark.parametrize(
    ("email", "username", "word"), [("no-address", "carl", "e-mail"), ("c@example.com", "-", "username")]
)
def test_bad_names_are_refused_before_anything_is_asked(data: Path, email: str, username: str, word: str) -> None:
    refused = admin(data, "create", "--email", email, "--username", username)
    assert refused.exit_code == 1
    assert word in refused.stderr


def test_nobody_is_promoted_who_is_not_there(data: Path) -> None:
    refused = admin(data, "promote", "nobody@example.com")
    assert refused.exit_code == 1
    assert "there is no account" in refused.stderr


def test_migrate_makes_the_indexes_and_can_be_repeated(data: Path) -> None:
    for _ in range(2):
        done = matinee("migrate", "--data", str(data))
        assert done.exit_code == 0, done.stderr
        assert "indexes in" in done.stdout
        assert "0 documents were given search keys" in done.stdout
