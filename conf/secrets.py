"""The secrets of one installation: from the environment, else made once and kept in `<data>/secrets.toml`."""

import fcntl
import os
import secrets as random_source
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

SECRET_VARIABLES = frozenset(
    {"MATINEE_SECRET_KEYS", "MATINEE_LAKE_KEY", "MATINEE_GOOGLE_CLIENT_SECRET", "MATINEE_VAPID_PRIVATE_KEY"}
)
SHORTEST_KEY = 32


class Secrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must never be logged or shown."""

    secret_keys: tuple[str, ...]
    """Signing keys, the newest first: the first signs, all verify. Each has at least 32 characters."""
    mongo_root_password: str
    mongo_app_password: str
    lake_key: str = ""
    """Makes the pseudonyms of the lake, at least 32 characters. Another key makes other people of them: it never changes."""
    google_client_secret: str = ""
    vapid_private_key: str = ""
    """32 bytes of a P-256 key in base64url; web pushes are sent where it is set."""

    def __repr__(self) -> str:
        return "Secrets(…)"


class SecretsError(Exception):
    """The secrets cannot be read, written or used; the message says what to mend."""


def load_or_create(data: Path, environment: Mapping[str, str] | None = None) -> Secrets:
    """Read `<data>/secrets.toml`, making it (mode 600) where there is none; the environment counts more.

    A file of an older version gets what it lacks. Raises `SecretsError` where the file cannot be read or written, or a
    key is shorter than 32 characters.
    """
    environment = os.environ if environment is None else environment
    path = data / "secrets.toml"
    try:
        kept = _read(path) if path.exists() else _create(path)
        if not (kept.lake_key or environment.get("MATINEE_LAKE_KEY")):
            kept = _completed(path)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SecretsError(f"{path}: {error}") from error
    keys = tuple(key.strip() for key in environment.get("MATINEE_SECRET_KEYS", "").split(",") if key.strip())
    found = msgspec.structs.replace(
        kept,
        secret_keys=keys or kept.secret_keys,
        lake_key=environment.get("MATINEE_LAKE_KEY") or kept.lake_key,
        google_client_secret=environment.get("MATINEE_GOOGLE_CLIENT_SECRET") or kept.google_client_secret,
        vapid_private_key=environment.get("MATINEE_VAPID_PRIVATE_KEY") or kept.vapid_private_key,
    )
    if any(len(key) < SHORTEST_KEY for key in found.secret_keys) or not found.secret_keys:
        raise SecretsError(f"MATINEE_SECRET_KEYS: each key needs at least {SHORTEST_KEY} characters")
    if len(found.lake_key) < SHORTEST_KEY:
        raise SecretsError(f"MATINEE_LAKE_KEY: the key needs at least {SHORTEST_KEY} characters")
    return found


def _read(path: Path) -> Secrets:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Secrets)


def _completed(path: Path) -> Secrets:
    """Add the key that files of before there was a lake of pseudonyms lack; of several starts at once, one does."""
    with path.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (known := _read(path)).lake_key:
            before = file.read()
            file.write(f'{"" if before.endswith(chr(10)) else chr(10)}lake_key = "{random_source.token_urlsafe(32)}"\n')
            file.flush()
            os.fsync(file.fileno())
            known = _read(path)
    return known


def _create(path: Path) -> Secrets:
    made = Secrets(
        secret_keys=(random_source.token_urlsafe(32),),
        mongo_root_password=random_source.token_urlsafe(24),
        mongo_app_password=random_source.token_urlsafe(24),
        lake_key=random_source.token_urlsafe(32),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside, then linked: of two first starts at once, one makes the file and the other reads it.
    aside = path.with_name(f".secrets-{random_source.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(
            "# Made on first start. Keep it: without it nobody stays signed in and the database does not open.\n"
            f'secret_keys = ["{made.secret_keys[0]}"]\n'
            f'mongo_root_password = "{made.mongo_root_password}"\n'
            f'mongo_app_password = "{made.mongo_app_password}"\n'
            f'lake_key = "{made.lake_key}"\n'
        )
    try:
        os.link(aside, path)
    except FileExistsError:
        return _read(path)
    finally:
        aside.unlink()
    return made
