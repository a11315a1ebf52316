"""The secrets of one installation: from the environment, else made once and kept in `<data>/secrets.toml`."""

import os
import secrets as random_source
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

SECRET_VARIABLES = frozenset({"MATINEE_SECRET_KEYS", "MATINEE_GOOGLE_CLIENT_SECRET", "MATINEE_VAPID_PRIVATE_KEY"})


class Secrets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must never be logged or shown."""

    secret_keys: tuple[str, ...]
    """Signing keys, the newest first: the first signs, all verify. Each has at least 32 characters."""
    mongo_root_password: str
    mongo_app_password: str
    google_client_secret: str = ""
    vapid_private_key: str = ""
    """32 bytes of a P-256 key in base64url; web pushes are sent where it is set."""

    def __repr__(self) -> str:
        return "Secrets(…)"


class SecretsError(Exception):
    """The secrets cannot be read, written or used; the message says what to mend."""


def load_or_create(data: Path, environment: Mapping[str, str] | None = None) -> Secrets:
    """Read `<data>/secrets.toml`, making it (mode 600) where there is none; the environment counts more.

    Raises `SecretsError` where the file cannot be read or written, or a key is shorter than 32 characters.
    """
    environment = os.environ if environment is None else environment
    path = data / "secrets.toml"
    try:
        kept = _read(path) if path.exists() else _create(path)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SecretsError(f"{path}: {error}") from error
    keys = tuple(key.strip() for key in environment.get("MATINEE_SECRET_KEYS", "").split(",") if key.strip())
    found = msgspec.structs.replace(
        kept,
        secret_keys=keys or kept.secret_keys,
        google_client_secret=environment.get("MATINEE_GOOGLE_CLIENT_SECRET") or kept.google_client_secret,
        vapid_private_key=environment.get("MATINEE_VAPID_PRIVATE_KEY") or kept.vapid_private_key,
    )
    if any(len(key) < 32 for key in found.secret_keys) or not found.secret_keys:  # noqa: PLR2004
        raise SecretsError("MATINEE_SECRET_KEYS: each key needs at least 32 characters")
    return found


def _read(path: Path) -> Secrets:
    return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Secrets)


def _create(path: Path) -> Secrets:
    made = Secrets(
        secret_keys=(random_source.token_urlsafe(32),),
        mongo_root_password=random_source.token_urlsafe(24),
        mongo_app_password=random_source.token_urlsafe(24),
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
        )
    try:
        os.link(aside, path)
    except FileExistsError:
        return _read(path)
    finally:
        aside.unlink()
    return made
