import json
from pathlib import Path

import pytest

from matinee.mongod_errors import DataFolderInUse, DiskFull, MongodError, PortBusy, StartFailed
from matinee.mongod_log import reason


def written(tmp_path: Path, *entries: dict[str, object]) -> Path:
    log = tmp_path / "mongod.log"
    log.write_text("\n".join(["no json", *map(json.dumps, entries)]))
    return log


def why(tmp_path: Path, log: Path, status: int = 100) -> MongodError:
    return reason(status=status, log=log, output=tmp_path / "absent", port=27017, db=tmp_path / "db")


@pytest.mark.parametrize(
    ("message", "kind", "mend"),
    [
        ("Error: No space left on device", DiskFull, "free some space"),
        ("DBPathInUse: Unable to lock the lock file", DataFolderInUse, "--data"),
        ("SocketException: Address already in use", PortBusy, "port 27017"),
        ("Wrong mongod version: UPGRADE PROBLEM", StartFailed, "UPGRADE PROBLEM"),
    ],
)
def test_the_useful_line_of_the_log_is_shown(tmp_path: Path, message: str, kind: type[MongodError], mend: str) -> None:
    log = written(tmp_path, {"s": "I", "msg": "Starting"}, {"s": "E", "msg": "Failed", "attr": {"error": message}})
    found = why(tmp_path, log)
    assert type(found) is kind
    assert mend in str(found)


def test_the_first_fault_of_the_last_start_is_the_cause(tmp_path: Path) -> None:
    log = written(
        tmp_path,
        {"s": "F", "msg": "of an earlier start"},
        {"s": "I", "msg": "***** SERVER RESTARTED *****"},
        {"s": "E", "msg": "the cause"},
        {"s": "F", "msg": "what followed"},
    )
    assert "the cause" in str(why(tmp_path, log))


def test_silence_is_said_to_be_silence(tmp_path: Path) -> None:
    assert "ended with status 14 and said nothing" in str(why(tmp_path, tmp_path / "absent", status=14))


def test_the_exit_status_of_a_taken_port_is_enough(tmp_path: Path) -> None:
    assert isinstance(why(tmp_path, tmp_path / "absent", status=48), PortBusy)
