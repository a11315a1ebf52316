from typing import Any, Literal

import msgspec


class Alive(msgspec.Struct, frozen=True):
    status: Literal["ok"] = "ok"


class DependencyView(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    ok: bool
    latency_ms: float | None
    error: str | None = None


class ReadyView(msgspec.Struct, kw_only=True, frozen=True):
    status: Literal["ready", "not_ready", "draining"]
    dependencies: dict[str, DependencyView]


class VersionView(msgspec.Struct, kw_only=True, frozen=True):
    name: Literal["matinee"]
    version: str
    protocol: str


Document = dict[str, Any]
