import importlib.util
import stat
from pathlib import Path

import pytest

from conf.secrets import load_or_create
from matinee import mongod_binary
from matinee.mongod import EmbeddedMongod
from matinee.mongod_errors import MissingBinary


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_setting_counts_more_than_the_path(tmp_path: Path) -> None:
    named = program(tmp_path / "my-mongod", "")
    program(tmp_path / "mongod", "")
    assert mongod_binary.find(str(named), path=str(tmp_path)) == named
    assert mongod_binary.find("", path=str(tmp_path)) == tmp_path / "mongod"


def test_a_setting_that_names_no_program_is_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "mongod").touch()
    for wrong in ("mongod", "absent", "."):
        with pytest.raises(MissingBinary, match=r"can be run.*MATINEE_MONGO_BINARY"):
            mongod_binary.find(str(tmp_path / wrong))


def test_the_wheel_comes_last() -> None:
    assert mongod_binary.find("", path="") == mongod_binary.from_wheel()


def test_without_any_the_message_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_wheel(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib.util, "find_spec", no_wheel)
    with pytest.raises(MissingBinary, match=r"matinee\[embedded\].*PATH.*MATINEE_MONGO_BINARY.*MATINEE_MONGO_URI"):
        mongod_binary.find("", path="")


def test_a_library_that_the_machine_lacks_is_named(tmp_path: Path) -> None:
    line = "error while loading shared libraries: libcurl.so.4: cannot open shared object file"
    binary = program(tmp_path / "mongod", f"#!/bin/sh\necho '{line}' >&2\nexit 127\n")
    embedded = EmbeddedMongod(tmp_path / "data", load_or_create(tmp_path, {}), str(binary))
    with pytest.raises(MissingBinary, match=r"libcurl\.so\.4.*apt install libcurl4"):
        embedded.start()
